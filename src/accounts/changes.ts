import { z } from 'zod'
import type { Db } from '../db/index.ts'
import { type Happening, Journal, type JournalDeps } from '../journal/index.ts'
import type { Actor } from '../ledger/index.ts'
import { Change, describeChange } from './change.ts'
import { TOKEN_CLIENT_PREFIX } from './directory.ts'
import { applyChanges } from './store.ts'

const SYSTEM: Actor = { type: 'system', id: 'accounts' }
const StoredChange = z.object({ changes: z.array(Change) })

/** The journal of the accounts: a decision makes one change, or none. */
export class Changes {
  readonly #journal: Journal<typeof StoredChange>

  constructor(deps: JournalDeps) {
    const afterCutOff = ({ changes }: z.output<typeof StoredChange>) => {
      const revocations = changes.flatMap((change) => undelivered(change, new Date(deps.clock.now())))
      if (revocations.length === 0) return null
      return { by: SYSTEM, events: revocations.map(happening), change: { changes: revocations } }
    }
    const apply = (tx: Db, { changes }: z.output<typeof StoredChange>) => applyChanges(tx, changes)
    this.#journal = new Journal({ name: 'accounts', change: StoredChange, apply, afterCutOff }, deps)
  }

  /**
   * @param decide says what to change, or null for nothing, from a state that nobody else changes meanwhile; may reject.
   * @throws {AppError} LEDGER_UNAVAILABLE: not in effect; it will be once the ledger records again.
   */
  make<C extends Change>(by: Actor, decide: (db: Db) => Promise<C | null>): Promise<C | null> {
    return this.#journal.make(by, async (db) => {
      const change = await decide(db)
      const changes = change === null ? [] : [change]
      return { events: changes.map(happening), changes, result: change }
    })
  }

  /** Finishes what a crash or a failure cut off; one short query when there is nothing. */
  recover(): Promise<void> {
    return this.#journal.recover()
  }
}

function happening(change: Change): Happening {
  return { kind: `accounts.${change.type}`, ...describeChange(change) }
}

/** Nobody was told the secret of a key whose making was cut off: what its owner can't use must not be usable by anyone. */
function undelivered(change: Change, at: Date): Change[] {
  if (change.type !== 'key_created' || change.key.id.startsWith(TOKEN_CLIENT_PREFIX)) return []
  const { id: keyId, projectId } = change.key
  const { organisationId } = change
  return [{ type: 'key_revoked', keyId, projectId, organisationId, at: at.toISOString(), reason: 'undelivered' }]
}
