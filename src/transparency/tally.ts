import { dayOf } from '../base/quarter.ts'
import type { Db } from '../db/index.ts'
import type { RecordedDecision } from '../decisions/index.ts'
import { put } from '../journal/index.ts'
import { DAY, type DayCounts, records } from './kinds.ts'

/** What a cell of refusals is called: `4.2/cyber_operations`; a part that a decision doesn't name is `-`. */
export function cellKey(clause: string | null, label: string | null): string {
  return `${clause ?? '-'}/${label ?? '-'}`
}

export function noCounts(day: string): DayCounts {
  return {
    ...{ day, outcomes: {}, passedOn: 0, tests: 0, unevaluated: 0, cells: {} },
    canaries: { sent: 0, missed: 0, unanswered: 0 },
  }
}

/** Adds one decision to what is counted of its day. */
export function count(counts: DayCounts, decision: RecordedDecision): void {
  const { outcome, enforced, testString, prompt, completion, clause, label } = decision
  if (decision.canary) {
    counts.canaries.sent += 1
    if (outcome === 'allow') counts.canaries.missed += 1
    else if (outcome !== 'refuse' && outcome !== 'cut') counts.canaries.unanswered += 1
    return
  }
  const isRefused = outcome === 'refuse' || outcome === 'cut'
  if (isRefused && testString) counts.tests += 1
  else if (isRefused && !enforced) counts.passedOn += 1
  else {
    counts.outcomes[outcome] = (counts.outcomes[outcome] ?? 0) + 1
    if (isRefused) {
      const key = cellKey(clause, label)
      counts.cells[key] = (counts.cells[key] ?? 0) + 1
    }
  }
  const unjudged = (prompt?.unevaluated.length ?? 0) + (completion?.unevaluated.length ?? 0)
  if (outcome === 'allow' && unjudged > 0) counts.unevaluated += 1
}

/**
 * Adds decisions to the counts of their days, in the transaction that also keeps how far they were followed: each counts once. Writers
 * of several ledgers over one store come one after another.
 */
export async function tally(decisions: readonly RecordedDecision[], tx: Db): Promise<void> {
  await tx.selectFrom('transparencyHead').select('version').forUpdate().executeTakeFirstOrThrow()
  const days = await records.findMany(tx, DAY, new Set(decisions.map(({ at }) => dayOf(at))))
  for (const decision of decisions) {
    const day = dayOf(decision.at)
    const counts = days.get(day) ?? noCounts(day)
    days.set(day, counts)
    count(counts, decision)
  }
  await records.apply(
    tx,
    [...days.values()].map((counts) => put(DAY, counts)),
  )
}
