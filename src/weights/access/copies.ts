import { iso } from '../../base/clock.ts'
import type { Ids } from '../../base/ids.ts'
import type { Db } from '../../db/index.ts'
import { type Happening, put } from '../../journal/index.ts'
import type { Actor } from '../../ledger/index.ts'
import { type ActionDefinition, twoPeople } from '../../staff/index.ts'
import { records } from '../records/index.ts'
import { type AccessContext, conflict, DAY_MS, invalid, notFound, OPENERS, SYSTEM } from './context.ts'
import { COPY } from './kinds.ts'
import { type Copy, CopyExtension, NewCopy } from './schema.ts'

/** The name under which two people let a copy stand for longer. */
export const COPY_ACTION = 'weights.extend_copy'

const MOST_LISTED = 10_000

/** Weights outside of the vault: each has an owner, a place and a day by which it is gone. */
export class Copies {
  readonly #context: AccessContext
  constructor(context: AccessContext) {
    this.#context = context
  }

  /** Puts on record a copy that is there already. @throws {AppError} REQUEST_INVALID, NOT_FOUND, LEDGER_UNAVAILABLE */
  async register(input: NewCopy, by: Actor): Promise<Copy> {
    const { version, place, owner, days } = NewCopy.parse(input)
    const { journal, clock, ids, config, vault, people } = this.#context
    if (days > config.copyDays) throw invalid(`days: at most ${config.copyDays} here`)
    if ((await vault.find(version)) === null) throw notFound('version')
    if ((await people.rolesOf(owner)).size === 0) throw invalid('owner: nobody here who holds a role')
    return journal.make(by, async () => {
      const nowMs = clock.now()
      const about = { version, place, owner, grant: null, by: by.id, nowMs, untilMs: nowMs + days * DAY_MS }
      const { copy, event } = newCopy(ids, about)
      return { events: [event], puts: [put(COPY, copy)], result: copy }
    })
  }

  /** Two people let a copy stand for longer, counted from when they agree; its owner may ask, never agree. */
  extending(): ActionDefinition<CopyExtension> {
    return {
      schema: CopyExtension,
      fresh: true,
      rule: ({ owner }) => twoPeople([...OPENERS, 'ciso'], ['weights_approver', 'ciso'], [owner]),
      check: async (given) => {
        if (given.days > this.#context.config.copyDays)
          throw invalid(`days: at most ${this.#context.config.copyDays} here`)
        checkSame(await this.get(given.copy), given)
      },
      execute: async (given, { id: approval, requester, approvers, approvedAt }) => {
        await this.#context.journal.make(SYSTEM, async (db) => {
          const copy = await find(db, given.copy)
          checkSame(copy, given)
          const expiresAt = iso(Date.parse(approvedAt) + given.days * DAY_MS)
          // Carried out already, before a crash.
          if (copy.expiresAt === expiresAt && copy.recalledAt === null) return { events: [], result: undefined }
          const extended: Copy = { ...copy, expiresAt, overdueNotedAt: null, recalledAt: null }
          const data = { approval, people: [requester, ...approvers], expiresAt }
          const event = { kind: 'weights.copy_extended', subject: { type: 'weights_copy', id: copy.id }, data }
          return { events: [event], puts: [put(COPY, extended)], result: undefined }
        })
      },
    }
  }

  /**
   * Somebody says that it is gone, and how.
   *
   * @param how in words; stays off the ledger
   * @throws {AppError} NOT_FOUND, CONFLICT, LEDGER_UNAVAILABLE
   */
  destroyed(id: string, how: string, by: Actor): Promise<Copy> {
    const { journal, clock } = this.#context
    return journal.make(by, async (db) => {
      const copy = await find(db, id)
      if (copy.state === 'destroyed') throw conflict(`this copy was destroyed at ${copy.destroyedAt}`)
      const gone: Copy = {
        ...copy,
        ...{ state: 'destroyed', destroyedAt: iso(clock.now()), destroyedBy: by.id, destroyedHow: how },
      }
      const event = {
        kind: 'weights.copy_destroyed',
        subject: { type: 'weights_copy', id },
        data: { version: copy.version },
      }
      return { events: [event], puts: [put(COPY, gone)], result: gone }
    })
  }

  /** @throws {AppError} NOT_FOUND */
  get(id: string): Promise<Copy> {
    return find(this.#context.db.db, id)
  }

  list({
    state,
    model,
  }: {
    readonly state?: string | undefined
    readonly model?: string | undefined
  } = {}): Promise<Copy[]> {
    return records.list(this.#context.db.db, COPY, { state, model, limit: MOST_LISTED })
  }

  /** Copies that should be gone. */
  overdue(model?: string): Promise<Copy[]> {
    const dueBy = new Date(this.#context.clock.now())
    return records.list(this.#context.db.db, COPY, { state: 'stands', model, dueBy, limit: MOST_LISTED })
  }
}

/** A copy as it comes to be. */
export function newCopy(
  ids: Ids,
  about: Pick<Copy, 'version' | 'place' | 'owner' | 'grant'> & { by: string; nowMs: number; untilMs: number },
): { copy: Copy; event: Happening } {
  const { version, place, owner, grant, by, nowMs, untilMs } = about
  const copy: Copy = {
    ...{
      id: ids.next('cpy'),
      version,
      place,
      owner,
      grant,
      state: 'stands',
      registeredAt: iso(nowMs),
      registeredBy: by,
    },
    ...{ expiresAt: iso(untilMs), overdueNotedAt: null, recalledAt: null },
    ...{ destroyedAt: null, destroyedBy: null, destroyedHow: null },
  }
  const data = { version, owner, grant, expiresAt: copy.expiresAt }
  return { copy, event: { kind: 'weights.copy_registered', subject: { type: 'weights_copy', id: copy.id }, data } }
}

/** What is signed names the copy as it is, its owner too: who owns it does not agree to it. */
function checkSame(copy: Copy, { place, owner }: CopyExtension): void {
  if (copy.state === 'destroyed') throw conflict(`this copy was destroyed at ${copy.destroyedAt}`)
  if (copy.place !== place || copy.owner !== owner) throw conflict('the copy is not as it stands in the request')
}

async function find(db: Db, id: string): Promise<Copy> {
  const copy = await records.find(db, COPY, id)
  if (copy === null) throw notFound('copy')
  return copy
}
