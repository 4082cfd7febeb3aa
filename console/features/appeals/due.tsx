import type { Appeal } from '../../app/api/schema.ts'
import { StateMark } from '../../components/state-mark.tsx'
import { span, useNow, When } from '../../components/when.tsx'

const SOON_MS = 3 * 86_400_000

/** The clock of an appeal: how long is left, or how late it is. */
export function Due({ appeal: { state, dueAt, closedAt } }: { readonly appeal: Appeal }) {
  const left = Date.parse(dueAt) - useNow()
  if (state !== 'open') return closedAt === null ? null : <When at={closedAt} />
  const words = span(Math.abs(left)) ?? 'now'
  if (left <= 0) return <StateMark state="fails">{words} late</StateMark>
  if (left < SOON_MS) return <StateMark state="watch">{words} left</StateMark>
  return <span className="whitespace-nowrap">{words} left</span>
}
