import { iso } from '../../base/clock.ts'
import { put } from '../../journal/index.ts'
import type { Actor } from '../../ledger/index.ts'
import { type ActionDefinition, twoPeople } from '../../staff/index.ts'
import { records } from '../records/index.ts'
import { type AccessContext, conflict, forbidden, notFound, SYSTEM } from './context.ts'
import { LOCK } from './kinds.ts'
import { type Lock, type LockScope, type PersonScope, type StoredLock, UnlockRequest } from './schema.ts'

/** The name under which two people lift a lock. */
export const UNLOCK_ACTION = 'weights.unlock'

/** Who may lift: whoever asks, and a leader. */
const UNLOCKERS = ['security_engineer', 'ciso'] as const
const AGREEING = ['ciso', 'rso', 'ceo'] as const

/** Nobody opens weights: one person says so and it holds at once, two lift it. */
export class Locks {
  readonly #context: AccessContext
  constructor(context: AccessContext) {
    this.#context = context
  }

  /**
   * One person, at once. Whoever locks the same again finds their lock; somebody else's reason is another lock, to be lifted by itself.
   *
   * @param reason in words; stays off the ledger
   * @throws {AppError} LEDGER_UNAVAILABLE: not in effect until the ledger records again
   */
  async lock(scope: LockScope | PersonScope, by: Actor, reason: string): Promise<Lock> {
    const { journal, clock, ids, refresh } = this.#context
    const model = scope !== 'all' && 'model' in scope ? scope.model : null
    const on = scope !== 'all' && 'person' in scope ? scope.person : null
    const lock = await journal.make(by, async (db) => {
      const standing = await records.list(db, LOCK, { state: 'stands' })
      const known = standing.find(
        (one) => one.model === model && one.personId === (on?.id ?? null) && one.lockedBy === by.id,
      )
      if (known !== undefined) return { events: [], result: known }
      const made: StoredLock = {
        ...{ id: ids.next('lck'), model, state: 'stands', reason, lockedAt: iso(clock.now()), lockedBy: by.id },
        ...{ person: on?.shown ?? null, personId: on?.id ?? null, liftedAt: null, approval: null },
      }
      const data = on === null ? { model } : { model, locked: on.shown }
      const event = { kind: 'weights.locked', subject: { type: 'weights_lock', id: made.id }, data }
      return { events: [event], puts: [put(LOCK, made)], result: made }
    })
    await refresh()
    return shown(lock)
  }

  /** Two people lift one lock; what the policy's response locked, only the response opens again. */
  unlocking(): ActionDefinition<UnlockRequest> {
    return {
      schema: UnlockRequest,
      fresh: true,
      rule: () => twoPeople(UNLOCKERS, AGREEING),
      // Whom a lock is on has no part in lifting it, and those who have may know them by a pseudonym alone.
      conceals: async ({ lock }, personId) => (await this.#stored(lock)).personId === personId,
      check: async (request, requester) => {
        const lock = await this.#stored(request.lock)
        if (lock.personId === requester) throw forbidden('others lift what is locked for you')
        if (lock.model !== request.model || lock.person !== request.person)
          throw conflict('this lock is on something else')
        if (lock.state !== 'stands') throw conflict(`this lock was lifted at ${lock.liftedAt}`)
      },
      execute: async (request, { id: approval, requester, approvers }) => {
        const { journal, clock, refresh } = this.#context
        await journal.make(SYSTEM, async (db) => {
          const lock = await records.find(db, LOCK, request.lock)
          if (lock === null) throw notFound('lock')
          if (lock.state === 'lifted') {
            if (lock.approval === approval) return { events: [], result: undefined }
            throw conflict(`this lock was lifted at ${lock.liftedAt}`)
          }
          if (lock.personId !== null && [requester, ...approvers].includes(lock.personId))
            throw forbidden('whom a lock is on has no part in lifting it')
          const lifted: StoredLock = { ...lock, state: 'lifted', liftedAt: iso(clock.now()), approval }
          const data = { model: lock.model, approval, people: [requester, ...approvers] }
          const event = { kind: 'weights.lock_lifted', subject: { type: 'weights_lock', id: lock.id }, data }
          return { events: [event], puts: [put(LOCK, lifted)], result: undefined }
        })
        await refresh()
      },
    }
  }

  /** @throws {AppError} NOT_FOUND */
  async get(id: string): Promise<Lock> {
    return shown(await this.#stored(id))
  }

  /** Those that stand, or all that ever were, newest first. */
  async list({ all = false }: { all?: boolean } = {}): Promise<Lock[]> {
    const state = all ? undefined : 'stands'
    return (await records.list(this.#context.db.db, LOCK, { state, order: 'newest', limit: 1_000 })).map(shown)
  }

  /**
   * Why nobody may open weights of this model now, or why this person may not; null = nothing is locked. As of now on every replica.
   *
   * @param personId null = whoever it is
   */
  async reason(model: string, personId: string | null = null): Promise<string | null> {
    const { board, refresh, lockedByResponse } = this.#context
    await refresh()
    const [lock] = board.locksOn(model, personId)
    if (lock !== undefined) return lockText(lock)
    return (await lockedByResponse(model)) ? 'its training is locked by the response to a threshold' : null
  }

  async #stored(id: string): Promise<StoredLock> {
    const lock = await records.find(this.#context.db.db, LOCK, id)
    if (lock === null) throw notFound('lock')
    return lock
  }

  async isLocked(model: string): Promise<boolean> {
    return (await this.reason(model)) !== null
  }
}

/** Why nobody opens what a lock is on. */
export function lockText({ id, model, person, lockedAt }: Lock): string {
  if (person !== null) return `you are kept from weights since ${lockedAt} (${id}): ask the CISO`
  return `${model === null ? 'all weights are' : 'the model is'} locked since ${lockedAt} (${id})`
}

/** Without the id of whom it is on. */
function shown({ personId: _, ...lock }: StoredLock): Lock {
  return lock
}
