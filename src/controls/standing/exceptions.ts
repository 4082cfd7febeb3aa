import { iso } from '../../base/clock.ts'
import { AppError } from '../../base/errors.ts'
import { put } from '../../journal/index.ts'
import { type ActionDefinition, twoPeople } from '../../staff/index.ts'
import { type ControlsContext, DAY_MS, SYSTEM } from './context.ts'
import { EXCEPTION, records } from './records.ts'
import { type ControlException, NewControlException } from './schema.ts'

/** The name under which two people accept that a control does not hold. */
export const CONTROL_EXCEPTION_ACTION = 'controls.except'

const LEADERS = ['rso', 'ceo', 'ciso'] as const

/** What two people accept for a time, with a reason. Shown beside the state of a control, never in its place. */
export class Exceptions {
  readonly #context: ControlsContext

  constructor(context: ControlsContext) {
    this.#context = context
  }

  /** For the engine of approvals. */
  granting(): ActionDefinition<NewControlException> {
    return {
      schema: NewControlException,
      fresh: true,
      rule: () => twoPeople(LEADERS),
      effectMs: ({ days }) => days * DAY_MS,
      check: async ({ control }) => {
        this.#context.catalogue().control(control)
      },
      execute: async (payload, { id, requester, approvers, approvedAt, effectiveUntil }) => {
        const { control, days, reason, mitigation } = payload
        await this.#context.journal.make(SYSTEM, async (db) => {
          // Carried out already, before a crash.
          if ((await records.find(db, EXCEPTION, id)) !== null) return { events: [], result: null }
          const people = [...new Set([requester, ...approvers])]
          if (people.length < 2) throw new AppError('CONFLICT', 'an exception takes two different people')
          const until = effectiveUntil ?? iso(Date.parse(approvedAt) + days * DAY_MS)
          const made: ControlException = { id, control, reason, mitigation, people, at: approvedAt, until }
          const subject = { type: 'control', id: control }
          const event = { kind: 'control.excepted', subject, data: { approval: id, until, people } }
          return { events: [event], puts: [put(EXCEPTION, made)], result: null }
        })
      },
    }
  }

  /** Newest first. */
  of(control: string, limit: number): Promise<ControlException[]> {
    return records.list(this.#context.db.db, EXCEPTION, { about: control, order: 'latest', limit })
  }

  /** By control. */
  async all(): Promise<ReadonlyMap<string, readonly ControlException[]>> {
    return Map.groupBy(
      await records.list(this.#context.db.db, EXCEPTION, { order: 'latest' }),
      ({ control }) => control,
    )
  }
}
