import { DAY_MS, quarterOf, spanOf } from '../../../base/quarter.ts'
import type { Finding, Probe } from '../../probe.ts'
import { attested, day, entryOf, holds, stale } from '../findings.ts'
import type { EntryNote, World } from '../world.ts'

/** So many days after a quarter its report is in the board's hands. */
const DUE_DAYS = 30
const MOST_LOOKED_AT = 40
/** That all who must receive a report have opened it; of an implementation report the board is among them. */
const DELIVERED = 'controls.report_delivered'

type Seen = Pick<World, 'clock' | 'entries' | 'attestations'>

/** GOV-06: that the board opened the quarter's implementation report is seen, where it was delivered here; else somebody says so. */
export function reportedProbe(world: Seen): Probe {
  return { control: 'GOV-06', look: () => reported(world) }
}

async function reported(world: Seen): Promise<Finding> {
  const nowMs = world.clock.now()
  const last = before(quarterOf(nowMs))
  const newest = await newestDelivered(world)
  if (newest !== null) {
    const { quarter, note } = newest
    const says = `board and CEO have opened the implementation report of ${quarter}, the last of them on ${day(note.at)}`
    const dueMs = spanOf(last).untilMs + DUE_DAYS * DAY_MS
    if (quarter >= last) return holds(says, entryOf(note))
    if (quarter === before(last) && nowMs < dueMs)
      return holds(`${says}; that of ${last} is due by ${day(new Date(dueMs).toISOString())}`, entryOf(note))
  }
  const word = await attested(world, 'GOV-06', `nobody has shown or attested that the board has the report of ${last}`)
  if (word.state !== 'unknown') return word
  const next = 'safelevel controls report compile rso'
  if (newest === null) return { ...word, next }
  return stale(
    `the last implementation report that was delivered is that of ${newest.quarter}`,
    next,
    entryOf(newest.note),
  )
}

/** Of the latest quarter, by what the ledger says; one that was delivered before its quarter was over is none. */
async function newestDelivered({ entries }: Seen): Promise<{ quarter: string; note: EntryNote } | null> {
  let newest: { quarter: string; note: EntryNote } | null = null
  for (const note of await entries.each(DELIVERED, MOST_LOOKED_AT)) {
    const { kind, quarter } = (await entries.event(note.entry))?.data ?? {}
    if (kind !== 'rso' || typeof quarter !== 'string' || Date.parse(note.at) < spanOf(quarter).untilMs) continue
    if (newest === null || quarter > newest.quarter) newest = { quarter, note }
  }
  return newest
}

function before(quarter: string): string {
  return quarterOf(spanOf(quarter).fromMs - 1)
}
