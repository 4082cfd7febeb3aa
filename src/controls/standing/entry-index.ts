import { AppError } from '../../base/errors.ts'
import type { LedgerEvent, Recorded } from '../../ledger/index.ts'
import type { Entries, EntryNote } from '../probes/world.ts'
import type { ControlsContext } from './context.ts'
import * as store from './store.ts'

const BATCH = 1_000
const MOST_EACH = 200

/**
 * Where the newest entries of each kind of event stand, and of each subject: followed as the ledger grows, so that nobody searches it. Holds no
 * bodies: what was erased from the ledger is nowhere else.
 */
export class EntryIndex implements Entries {
  readonly #context: Pick<ControlsContext, 'db' | 'ledger'>

  constructor(context: Pick<ControlsContext, 'db' | 'ledger'>) {
    this.#context = context
  }

  async last(kind: string | readonly string[], subject?: string): Promise<EntryNote | null> {
    const { db, ledger } = this.#context
    const kinds = typeof kind === 'string' ? [kind] : kind
    const row = await store.lastEntry(db.db, ledger.origin, kinds, subject ?? null)
    return row === null ? null : toNote(row)
  }

  async each(kind: string, limit = MOST_EACH): Promise<EntryNote[]> {
    const { db, ledger } = this.#context
    return (await store.eachEntry(db.db, ledger.origin, kind, Math.min(limit, MOST_EACH))).map(toNote)
  }

  async event(entry: number): Promise<LedgerEvent | null> {
    try {
      return (await this.#context.ledger.entry(entry)).event
    } catch (error) {
      if (error instanceof AppError && error.code === 'LEDGER_ENTRY_NOT_FOUND') return null
      throw error
    }
  }

  /** Reads what is new. Only for who has the turn. @param next as the turn says it */
  async catchUp(next: number): Promise<void> {
    const { db, ledger } = this.#context
    const size = Math.max(ledger.size, await ledger.refresh())
    let from = next
    if (from > size) {
      // The ledger was put back to an earlier state: what is noted of later entries was never so.
      await store.forgetEntries(db.db, ledger.origin)
      from = 0
    }
    while (from < size) {
      const recorded = await ledger.recorded(from, BATCH)
      if (recorded.length === 0) return
      from += recorded.length
      await store.noteEntries(db.db, ledger.origin, newestOf(recorded), from)
    }
  }
}

/** The newest of each kind and subject. Requests are too many to be known one by one: of those the newest of a kind is read, and no other. */
function newestOf(recorded: readonly Recorded[]): store.EntryRow[] {
  const requests = new Map<string, Recorded>()
  const newest = new Map<string, store.EntryRow>()
  for (const entry of recorded) {
    if (entry.kind?.startsWith('gateway.')) {
      requests.set(entry.kind, entry)
      continue
    }
    const { position, event } = entry
    if (event === null) continue
    const { kind, subject, time } = event
    newest.set(`${kind}\n${subject.id}`, { kind, subject: subject.id, position, at: new Date(time) })
  }
  const ofRequests = [...requests.values()].flatMap(({ position, event }) =>
    event === null ? [] : [{ kind: event.kind, subject: '', position, at: new Date(event.time) }],
  )
  return [...newest.values(), ...ofRequests]
}

function toNote({ kind, subject, position, at }: store.EntryRow): EntryNote {
  return { entry: position, event: kind, at: at.toISOString(), subject }
}
