import { describe, expect, it } from 'vitest'
import { ManualClock } from '../../../base/clock.ts'
import { DAY_MS } from '../../../base/quarter.ts'
import type { LedgerEvent } from '../../../ledger/index.ts'
import type { EntryNote } from '../world.ts'
import { reportedProbe } from './reported.ts'

/** A month and a half after the first quarter. */
const NOW_MS = Date.UTC(2026, 4, 15)

function world(events: readonly LedgerEvent['data'][], attestation: 'none' | 'holds' = 'none') {
  const clock = new ManualClock(NOW_MS)
  const at = '2026-04-20T00:00:00.000Z'
  const noteOf = (_: unknown, entry: number): EntryNote => ({
    ...{ entry, event: 'controls.report_delivered', at, subject: `crp_${entry}` },
  })
  const word = { id: 'cat_1', control: 'GOV-06', holds: true, by: 'per_1', at, until: '2026-07-20T00:00:00.000Z' }
  const probe = reportedProbe({
    clock,
    entries: {
      last: async () => null,
      each: async () => events.map(noteOf),
      event: async (entry) => ({
        ...{ id: `evt_${entry}`, time: at, kind: 'controls.report_delivered', actor: { type: 'staff', id: 'per_1' } },
        ...{ subject: { type: 'control_report', id: `crp_${entry}` }, digests: {}, data: events[entry] ?? {} },
      }),
    },
    attestations: { fresh: async () => (attestation === 'holds' ? word : null) },
  })
  return { clock, look: () => probe.look() }
}
const delivered = (quarter: string, kind = 'rso') => ({ kind, quarter })

describe('whether the board has the report of the quarter (GOV-06)', () => {
  it('holds where it was delivered, until the next one is due, and not where it was another report', async () => {
    const { clock, look } = world([delivered('2025-q4'), delivered('2026-q1')])
    expect(await look()).toMatchObject({
      state: 'holds',
      says: expect.stringContaining('2026-q1'),
      evidence: [{ entry: 1 }],
    })
    clock.advance(61 * DAY_MS)
    expect(await look(), 'that of the next quarter is not due yet').toMatchObject({ state: 'holds' })
    clock.advance(30 * DAY_MS)
    expect(await look()).toMatchObject({ state: 'stale', next: 'safelevel controls report compile rso' })
    const others = world([delivered('2026-q1', 'board'), delivered('2026-q1', 'risk')])
    expect(await others.look()).toMatchObject({ state: 'unknown' })
  })

  it('is unknown while there is none, and may be said by who answers for it', async () => {
    expect(await world([]).look()).toMatchObject({ state: 'unknown', next: 'safelevel controls report compile rso' })
    expect(await world([], 'holds').look()).toMatchObject({ state: 'holds', says: expect.stringContaining('attested') })
    expect(await world([delivered('2025-q3')]).look()).toMatchObject({ state: 'stale' })
    expect(await world([delivered('2026-q2')]).look(), 'the quarter was not over').toMatchObject({ state: 'unknown' })
  })
})
