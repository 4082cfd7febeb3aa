import type { DecisionView, ReviewCaseDetail } from '../../app/api/schema.ts'
import { AppLink } from '../../components/app-link.tsx'
import { Code } from '../../components/copy.tsx'
import { Facts, Section } from '../../components/page.tsx'
import { When } from '../../components/when.tsx'
import { ObjectLink } from '../decisions/marks.tsx'
import { score } from '../decisions/words.ts'
import { BASES } from './words.ts'

/** What the case is about: the rule, and what the machine did by it. */
export function CaseFacts({
  one,
  judged,
}: {
  readonly one: ReviewCaseDetail
  readonly judged: DecisionView | undefined
}) {
  const { clause, score: reached, threshold, policyVersion, model, organisation, decisions } = one
  const rule = judged?.clause === clause ? (judged?.rule ?? null) : null
  return (
    <Section title={clause === null ? 'About' : `Clause ${clause}${rule === null ? '' : ` · ${rule.title}`}`}>
      {rule !== null && <blockquote className="border-l-2 border-edge pl-3">{rule.wording}</blockquote>}
      <Facts
        rows={[
          ['What happened', BASES[one.basis][1]],
          ...(reached === null
            ? []
            : [
                [
                  'Score',
                  threshold === null ? score(reached) : `${score(reached)}, refused from ${score(threshold)}`,
                ] as const,
              ]),
          ...(policyVersion === null ? [] : [['Policy', policyVersion] as const]),
          ...(model === null ? [] : [['Model', <bdi key="model">{model}</bdi>] as const]),
          ['Organisation', <ObjectLink key="org" id={organisation} />],
          [
            decisions.length === 1 ? 'Decision' : 'Decisions',
            decisions.length === 0 ? (
              'none'
            ) : (
              <span key="dec" className="flex flex-col">
                {decisions.slice(0, 5).map((id) => (
                  <AppLink key={id} inline href={`/decisions/${id}`}>
                    <code>{id}</code>
                  </AppLink>
                ))}
                {one.items > 5 && <span className="text-quiet">and {(one.items - 5).toLocaleString('en')} more</span>}
              </span>
            ),
          ],
          ['Opened', <When key="opened" at={one.openedAt} />],
          ['Case', <Code key="id">{one.id}</Code>],
        ]}
      />
    </Section>
  )
}
