import type { PolicyClauseView, PolicyRuleView, PolicyView } from '../../app/api/schema.ts'
import { cn } from '../../components/class-names.ts'
import { EmptyState } from '../../components/page.tsx'
import { EFFECTS, labelName, ruleInWords, scoreInWords, spanOfScores } from './words.ts'

/** The clauses of a policy, section by section; each opens to what the public reads and to the scores from which it acts. */
export function ClauseTree({ policy, find }: { readonly policy: PolicyView; readonly find: string }) {
  const wanted = find.trim().toLowerCase()
  const sections = policy.sections
    .map((section) => ({ ...section, clauses: section.clauses.filter((clause) => matches(clause, wanted)) }))
    .filter(({ clauses }) => clauses.length > 0)
  if (sections.length === 0)
    return (
      <EmptyState title="No clause holds these words">
        Look for a number, a title, a label or a word of the wording.
      </EmptyState>
    )
  return (
    <div className="flex flex-col gap-4">
      {sections.map(({ id, title, clauses }) => (
        <section key={id} aria-labelledby={`section-${id}`}>
          <h3
            id={`section-${id}`}
            className="flex gap-3 border-y border-line bg-sunken px-3 py-1 text-xs font-medium text-quiet"
          >
            <span className="w-8 tabular-nums">{id}</span>
            {title}
          </h3>
          {clauses.map((clause) => (
            <ClauseRow key={clause.id} clause={clause} />
          ))}
        </section>
      ))}
    </div>
  )
}

function matches({ id, title, wording, labels, severity }: PolicyClauseView, wanted: string): boolean {
  if (wanted === '') return true
  return [id, title, wording, severity, ...labels, ...labels.map(labelName)].some((text) =>
    text.toLowerCase().includes(wanted),
  )
}

const GRID = 'grid grid-cols-[2rem_minmax(0,1fr)_5rem] gap-x-3 lg:grid-cols-[2rem_minmax(0,1fr)_5rem_13rem_13rem]'

function ClauseRow({ clause }: { readonly clause: PolicyClauseView }) {
  const { id, depth, title, effect, severity, minimum, prompt, completion } = clause
  return (
    <details className="group border-b border-line" id={`clause-${id}`}>
      <summary className={cn(GRID, 'cursor-pointer list-none px-3 py-1.5 hover:bg-sunken group-open:bg-sunken')}>
        <span className="tabular-nums text-quiet">{id}</span>
        <span className={cn('min-w-0', depth === 1 && 'pl-4', depth >= 2 && 'pl-8')}>
          <span className="font-medium">{title}</span>
          {minimum && <span className="ml-2 text-xs text-quiet">ASL-2 minimum</span>}
          {effect !== 'prohibit' && <span className="ml-2 text-xs text-quiet">{EFFECTS[effect]}</span>}
        </span>
        <Severity severity={severity} />
        <RuleCell side="prompt" rule={prompt} />
        <RuleCell side="answer" rule={completion} />
      </summary>
      <ClauseBody clause={clause} />
    </details>
  )
}

const WEIGHTS: Record<PolicyClauseView['severity'], string> = {
  extreme: 'font-semibold text-ink',
  high: 'font-medium text-ink',
  moderate: 'text-ink',
  low: 'text-quiet',
}

function Severity({ severity }: Pick<PolicyClauseView, 'severity'>) {
  return <span className={WEIGHTS[severity]}>{severity}</span>
}

function RuleCell({ side, rule }: { readonly side: string; readonly rule: PolicyRuleView | null }) {
  if (rule === null) return <span className="hidden text-quiet lg:block">–</span>
  const scores = spanOfScores(rule)
  return (
    <span className="hidden min-w-0 lg:block">
      <span className="text-quiet">{side}</span> {ruleInWords(rule)}
      {scores !== null && <span className="tabular-nums text-quiet"> {scores}</span>}
    </span>
  )
}

function ClauseBody({ clause }: { readonly clause: PolicyClauseView }) {
  const { wording, labels, prompt, completion, requirement, exemptible, examples } = clause
  return (
    <div className="flex flex-col gap-4 px-3 pt-2 pb-4 sm:pl-14">
      <p className="max-w-prose text-pretty whitespace-pre-line">{wording}</p>
      {requirement !== null && (
        <p className="max-w-prose text-quiet">
          Owed by the {requirement.of}.{' '}
          {requirement.check === 'stated'
            ? 'Stated; no machine checks it.'
            : `Each request’s instructions must hold “${requirement.marker}”, or it is ${requirement.action === 'refuse' ? 'refused' : 'flagged'}.`}
        </p>
      )}
      {(prompt !== null || completion !== null) && (
        <div className="grid gap-4 md:grid-cols-2">
          <RuleDetail title="On the prompt" rule={prompt} />
          <RuleDetail title="On the answer" rule={completion} />
        </div>
      )}
      <p className="text-xs text-quiet">
        {labels.length > 0 && <>Labels: {labels.map(labelName).join(', ')}. </>}
        {exemptible ? 'Customers can be exempted by two people.' : 'Nobody can be exempted.'}
      </p>
      {examples.length > 0 && <Examples examples={examples} />}
    </div>
  )
}

function RuleDetail({ title, rule }: { readonly title: string; readonly rule: PolicyRuleView | null }) {
  if (rule === null) return <p className="text-quiet">{title}: nothing is done.</p>
  return (
    <div className="flex flex-col gap-1">
      <p>
        <span className="font-medium">{title}</span> {ruleInWords(rule)}
      </p>
      {rule.thresholds.length > 0 && (
        <table className="w-full">
          <caption className="sr-only">{title}: the score from which it acts, by label</caption>
          <tbody>
            {rule.thresholds.map(({ label, score, calibrated }) => (
              <tr key={label} className="border-t border-line">
                <th scope="row" className="py-0.5 text-left font-normal">
                  {labelName(label)}
                </th>
                <td className="py-0.5 text-right">{scoreInWords(score)}</td>
                <td className="w-24 py-0.5 pl-3 text-quiet">{calibrated ? 'calibrated' : 'set here'}</td>
              </tr>
            ))}
          </tbody>
        </table>
      )}
      {[...rule.terms, ...rule.patterns].length > 0 && (
        <p className="text-quiet">
          Words:{' '}
          {[...rule.terms, ...rule.patterns].map((word) => (
            <code key={word} className="mr-2 text-ink">
              {word}
            </code>
          ))}
        </p>
      )}
      <p className="text-xs text-quiet">
        {rule.whenUnavailable === 'refuse'
          ? 'When nobody can judge: refused.'
          : 'When nobody can judge: let through, and recorded as not judged.'}
      </p>
    </div>
  )
}

const WANTED = { refuse: 'refused', revise: 'revised', flag: 'flagged', allow: 'allowed' } as const

function Examples({ examples }: Pick<PolicyClauseView, 'examples'>) {
  return (
    <ul aria-label="Examples" className="divide-y divide-line border-y border-line">
      {examples.map(({ side, expect, text }, i) => (
        <li key={i} className="grid grid-cols-[7.5rem_minmax(0,1fr)] gap-3 py-1">
          <span className="text-quiet">
            {side === 'prompt' ? 'prompt' : 'answer'}, {WANTED[expect]}
          </span>
          <bdi>{text}</bdi>
        </li>
      ))}
    </ul>
  )
}
