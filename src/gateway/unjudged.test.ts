import { afterEach, expect, it } from 'vitest'
import { ManualClock } from '../base/clock.ts'
import { seededIds } from '../base/ids.ts'
import { silentLog } from '../base/log.ts'
import type { LedgerEvent } from '../ledger/index.ts'
import { DecisionRecord } from './decision-record.ts'
import { Unjudged } from './unjudged.ts'

const clock = new ManualClock()
const events: LedgerEvent[] = []
const log = { append: async (event: LedgerEvent) => ({ position: events.push(event) - 1 }) }
const open = () => new Unjudged(log, clock, seededIds(clock), silentLog)

afterEach(() => {
  events.length = 0
})

it('records twenty rejections a second one by one, and counts the rest by their code', async () => {
  const unjudged = open()
  for (let i = 0; i < 25; i++) await unjudged.record(new DecisionRecord(`dec_${i}`, 'generate'), 'UNAUTHENTICATED')
  await unjudged.close()
  expect(events.filter(({ kind }) => kind === 'gateway.decision')).toHaveLength(20)
  expect(events.at(-1)).toMatchObject({ kind: 'gateway.rejections', data: { counts: { UNAUTHENTICATED: 5 } } })
})

it('leaves one event for all who asked which models there are, of bounded size', async () => {
  const unjudged = open()
  for (let project = 0; project < 1_000; project++) {
    unjudged.listed(`prj_${project}`)
    unjudged.listed('prj_0')
  }
  await unjudged.flush()
  const [event, ...more] = events
  expect(more).toEqual([])
  expect(event).toMatchObject({ kind: 'gateway.listings', data: { counts: { prj_0: 1_001, others: 800 } } })
  await unjudged.close()
  expect(events).toHaveLength(1)
})
