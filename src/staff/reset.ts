import { z } from 'zod'
import { iso } from '../base/clock.ts'
import type { ActionDefinition } from './approvals/registry.ts'
import { twoPeople } from './approvals/rule.ts'
import { notFound, type StaffContext } from './context.ts'
import { SYSTEM } from './journal.ts'
import { endEvent } from './people.ts'
import { ASSIGNMENT, PASSKEY, PERSON, SESSION } from './records.ts'
import { LEADERS } from './roles.ts'
import type { Sessions } from './sessions.ts'
import * as store from './store.ts'

const PasskeyReset = z.strictObject({ personId: z.string().max(100) })
type PasskeyReset = z.infer<typeof PasskeyReset>

/**
 * The action `staff.reset_passkeys`: somebody lost every key. Keys, sessions and roles end; a new link may then be issued, and roles are given
 * again to whoever has registered. Otherwise who holds the link would hold the roles.
 */
export function resetAction(context: StaffContext, sessions: Sessions): ActionDefinition<PasskeyReset> {
  return {
    schema: PasskeyReset,
    fresh: true,
    rule: ({ personId }) => twoPeople(LEADERS, LEADERS, [personId]),
    check: async ({ personId }) => {
      if ((await store.find(context.db.db, PERSON, personId)) === null) throw notFound('person')
    },
    execute: async ({ personId }, { id }) => {
      await context.journal.make(SYSTEM, async (db) => {
        const at = iso(context.clock.now())
        const keys = await store.list(db, PASSKEY, { personId, state: 'active' })
        const roles = await store.list(db, ASSIGNMENT, { personId, state: 'current' })
        const ended = sessions.ending(await store.list(db, SESSION, { personId, state: 'open' }), 'passkeys_reset')
        const subject = { type: 'person', id: personId }
        const data = { approval: id, passkeys: keys.map((key) => key.id) }
        return {
          events: [
            { kind: 'staff.passkeys_reset', subject, data },
            ...roles.map((role) => endEvent(role, 'passkeys_reset')),
            ...ended.events,
          ],
          puts: [
            ...keys.map((key) => store.put(PASSKEY, { ...key, removedAt: at })),
            ...roles.map((role) => store.put(ASSIGNMENT, { ...role, endedAt: at, endedReason: 'passkeys_reset' })),
            ...ended.puts,
          ],
          result: undefined,
        }
      })
    },
  }
}
