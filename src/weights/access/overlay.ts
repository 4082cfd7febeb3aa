import { put } from '../../journal/index.ts'
import { type ActionDefinition, twoPeople } from '../../staff/index.ts'
import { records } from '../records/index.ts'
import { type AccessContext, conflict, DAY_MS, SYSTEM } from './context.ts'
import { shortenGrant } from './grant-machine.ts'
import { leastApprovers } from './granting.ts'
import { GRANT, OVERLAY } from './kinds.ts'
import { type Overlay, OverlaySwitch } from './schema.ts'

/** The name under which two people switch the stretch of ASL-3. */
export const OVERLAY_ACTION = 'weights.overlay'

/** What too few agreed to goes on for so long once more must: time to ask again. */
const GRACE_MS = DAY_MS

/** What ASL-3 asks of access to weights, offered already: off until two people switch it on, with a recorded decision. */
export class OverlaySwitching {
  readonly #context: AccessContext
  constructor(context: AccessContext) {
    this.#context = context
  }

  /** As this replica knows it. */
  now(): Overlay {
    return this.#context.board.overlay
  }

  /** As it is now on every replica. */
  async get(): Promise<Overlay> {
    await this.#context.refresh()
    return this.now()
  }

  switching(): ActionDefinition<OverlaySwitch> {
    return {
      schema: OverlaySwitch,
      fresh: true,
      rule: () => twoPeople(['ciso', 'rso'], ['ciso', 'rso', 'ceo', 'board']),
      check: async ({ on }) => {
        await this.#context.refresh()
        if (this.now().on === on) throw conflict(`it is ${on ? 'on' : 'off'} already`)
      },
      execute: async ({ on }, { id: approval, requester, approvers, approvedAt }) => {
        const { journal, clock, refresh } = this.#context
        await journal.make(SYSTEM, async (db) => {
          const before = await records.find(db, OVERLAY, 'asl3-stretch')
          if (before?.approval === approval) return { events: [], result: undefined }
          const switchedBy = [requester, ...approvers]
          const next: Overlay = { id: 'asl3-stretch', on, switchedAt: approvedAt, switchedBy, approval }
          const active = await records.list(db, GRANT, { state: 'active' })
          const few = active.filter(
            ({ kind, approvers }) => kind !== 'break_glass' && approvers.length < leastApprovers(on),
          )
          const shortened = few.map((grant) => shortenGrant(grant, clock.now() + GRACE_MS))
          const data = { on, approval, people: switchedBy, shortened: shortened.length }
          const event = { kind: 'weights.overlay_switched', subject: { type: 'weights_overlay', id: next.id }, data }
          return {
            events: [event],
            puts: [put(OVERLAY, next), ...shortened.map((grant) => put(GRANT, grant))],
            result: undefined,
          }
        })
        await refresh()
      },
    }
  }
}
