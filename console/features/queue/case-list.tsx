import type { ReviewCase } from '../../app/api/schema.ts'
import { AppLink } from '../../components/app-link.tsx'
import { StateMark } from '../../components/state-mark.tsx'
import { When } from '../../components/when.tsx'
import { BASES, caseTitle, STATES, VERDICTS } from './words.ts'

/** A few cases, one line each. */
export function CaseList({ cases }: { readonly cases: readonly ReviewCase[] }) {
  return (
    <ul className="divide-y divide-line border-y border-line">
      {cases.map((one) => (
        <li key={one.id} className="relative flex flex-wrap items-baseline gap-x-3 py-1.5 hover:bg-sunken">
          <AppLink href={`/queue/cases/${one.id}`} className="font-medium after:absolute after:inset-0">
            {caseTitle(one)}
          </AppLink>
          <span className="text-quiet">
            {BASES[one.basis][0].toLowerCase()} · {one.severity}
          </span>
          <span className="grow" />
          <CaseMark one={one} />
          <When at={one.decidedAt ?? one.openedAt} />
        </li>
      ))}
    </ul>
  )
}

/** How far a case is, and what it came to. */
export function CaseMark({ one }: { readonly one: Pick<ReviewCase, 'state' | 'outcome' | 'overdue'> }) {
  const { state, outcome, overdue } = one
  const [mark, words] = STATES[state]
  if (overdue)
    return (
      <StateMark state="fails" className="sm:whitespace-nowrap">
        overdue, {words}
      </StateMark>
    )
  return (
    <StateMark state={mark} className="whitespace-nowrap">
      {outcome === null ? words : VERDICTS[outcome][1]}
    </StateMark>
  )
}
