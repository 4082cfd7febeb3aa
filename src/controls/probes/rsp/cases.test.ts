import { expect, it } from 'vitest'
import { ManualClock } from '../../../base/clock.ts'
import { ResponseCase } from '../../../models/response/index.ts'
import { moved } from './cases.ts'

const START_MS = Date.UTC(2026, 0, 10)
const at = (ms: number) => new Date(START_MS + ms).toISOString()

/** A case that stands otherwise than the last entry that was read says. */
function look(changedAt: string, nowMs: number) {
  const of = ResponseCase.parse({
    ...{ id: 'training/orca', machine: 'training', model: 'orca', deployment: null, gatewayModels: [], drill: false },
    ...{ state: 'training', shown: [], history: [], frozen: null, safeguards: null, incident: null, expiresAt: null },
    changedAt,
  })
  const entry = { entry: 3, event: 'response.training_step', at: at(0), subject: of.id }
  const event = {
    ...{ id: 'evt_1', time: entry.at, kind: entry.event, actor: { type: 'system', id: 'response' } as const },
    ...{ subject: { type: 'response_case', id: of.id }, digests: {}, data: { to: 'below' } },
  }
  const entries = { last: async () => entry, each: async () => [], event: async () => event }
  return moved({ clock: new ManualClock(START_MS + nowMs), entries }, of)
}

it('takes no step for tampering whose entry could not be read yet, and for no longer than that takes', async () => {
  expect(await look(at(60_000), 61_000)).toBeNull()
  expect(await look(at(60_000), 95_000)).toMatchObject({ state: 'fails' })
  // In the store alone, by somebody who knows that.
  expect(await look(at(600_000), 61_000)).toMatchObject({ state: 'fails' })
  expect(await look(at(0), 10_000)).toMatchObject({ state: 'fails' })
})
