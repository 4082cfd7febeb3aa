import { count } from '../../components/count.ts'
import { ProblemNote } from '../../components/problem-note.tsx'
import { StateMark } from '../../components/state-mark.tsx'
import type { Lint } from './use-lint.ts'

/** Whether it could be published, and how much there is to be said. */
export function FindingsInShort({ lint: { result, isChecking, error } }: { readonly lint: Lint }) {
  if (error !== null) return <ProblemNote problem={error} />
  return (
    <p aria-live="polite" className="flex items-baseline gap-3">
      {result !== undefined && <InShort result={result} />}
      {isChecking && <span className="text-quiet">checking</span>}
    </p>
  )
}

function InShort({ result: { ok, findings } }: { readonly result: NonNullable<Lint['result']> }) {
  const errors = findings.filter(({ level }) => level === 'error').length
  const warnings = findings.length - errors
  if (!ok)
    return (
      <StateMark state="fails">
        {count(errors, 'error')}
        {warnings > 0 && `, ${count(warnings, 'warning')}`}: it can’t be published
      </StateMark>
    )
  if (warnings > 0) return <StateMark state="watch">{count(warnings, 'warning')}</StateMark>
  return <StateMark state="holds">nothing to be said against it</StateMark>
}

interface FindingsProps {
  readonly lint: Lint
  onGoTo(line: number, column: number): void
}

/** What lint says, errors first, each finding a way to its line. */
export function Findings({ lint: { result }, onGoTo }: FindingsProps) {
  const findings =
    result?.findings.toSorted((a, b) => Number(a.level === 'warning') - Number(b.level === 'warning')) ?? []
  if (findings.length === 0) return null
  return (
    <ul aria-label="Findings" className="max-h-64 divide-y divide-line overflow-y-auto border-y border-line">
      {findings.map(({ level, line, column, rule, message, path }) => (
        <li key={`${line}:${column} ${rule} ${path} ${message}`}>
          <button
            type="button"
            onClick={() => onGoTo(line, column)}
            className="grid w-full grid-cols-[4rem_minmax(0,1fr)] gap-x-3 px-1 py-1 text-left hover:bg-sunken sm:grid-cols-[4rem_5rem_minmax(0,1fr)]"
          >
            <span className="text-quiet tabular-nums">{`${line}:${column}`}</span>
            <StateMark state={level === 'error' ? 'fails' : 'watch'}>{level}</StateMark>
            <span className="col-span-2 sm:col-span-1">
              <bdi>{message}</bdi> <span className="text-xs text-quiet">{rule}</span>
            </span>
          </button>
        </li>
      ))}
    </ul>
  )
}
