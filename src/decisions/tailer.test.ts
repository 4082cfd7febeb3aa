import { expect, it } from 'vitest'
import { decisionEvent, EventList } from '../../test/support/decision-events.ts'
import { storeKinds } from '../../test/support/stores.ts'
import { ManualClock } from '../base/clock.ts'
import { silentLog } from '../base/log.ts'
import { Decisions } from './index.ts'

it('is not late under a load that never pauses, as long as it keeps up', async () => {
  const [embedded] = storeKinds('the lag of the view')
  if (embedded === undefined) throw new Error('there is always the embedded store')
  await using store = await embedded.create()
  await using handle = await store.open()
  const clock = new ManualClock()
  const seen: number[] = []
  class Busy extends EventList {
    override async recorded(from: number, limit: number) {
      seen.push(decisions.lag().ms)
      clock.advance(1_000)
      const found = await super.recorded(from, limit)
      if (seen.length < 30) this.append(decisionEvent({ atMs: clock.now() }))
      return found
    }
  }
  const ledger = new Busy()
  await using decisions = await Decisions.open({ db: handle, ledger, clock, log: silentLog })
  ledger.append(decisionEvent({ atMs: clock.now() }))
  for (let turn = 0; turn < 30; turn++) await decisions.catchUp()
  expect(seen).toHaveLength(30)
  expect(Math.max(...seen)).toBeLessThanOrEqual(1_000)
}, 60_000)
