import { iso } from '../../base/clock.ts'
import type { Db } from '../../db/index.ts'
import { put } from '../../journal/index.ts'
import { records } from '../records/index.ts'
import { type AccessContext, DAY_MS, SYSTEM } from './context.ts'
import { Endings } from './endings.ts'
import { DEAL_MS } from './glass-machine.ts'
import { shortenGrant } from './grant-machine.ts'
import type { Grant } from './grant-schema.ts'
import { COPY, DEVICE, DRAFT, ENVIRONMENT, GLASS, GRANT } from './kinds.ts'
import { personFault } from './statement.ts'

/** How long what was granted to an environment goes on once who answers for it no longer works with weights. */
const ORPHAN_MS = 7 * DAY_MS

/**
 * What time brings: whatever has run out ends, and what is overdue is told once. Each part looks first, and decides again alone, so that any
 * number of replicas may run it.
 */
export class Upkeep {
  readonly #context: AccessContext
  constructor(context: AccessContext) {
    this.#context = context
  }

  /** Runs every five seconds. */
  async catchUp(): Promise<void> {
    await this.#end()
    await this.#checkHolders()
    await this.#tellOverdueCopies()
    await this.#settleGlass()
    await this.#settleDrafts()
    await this.#context.refresh()
  }

  async #end(): Promise<void> {
    const { db, journal } = this.#context
    if (!(await this.#anyDue(db.db))) return
    await journal.make(SYSTEM, async (tx) => {
      const dueBy = this.#now()
      const because = { nowMs: dueBy.getTime(), by: SYSTEM.id, cause: 'time', reason: 'its time ran out' }
      const endings = await Endings.begin(tx)
      for (const { id } of await records.list(tx, GRANT, { state: 'active', dueBy }))
        endings.grant(id, 'expired', because)
      for (const device of await records.list(tx, DEVICE, { state: 'approved', dueBy }))
        endings.device(device, 'expired', because)
      for (const environment of await records.list(tx, ENVIRONMENT, { state: 'attested', dueBy }))
        endings.environment(environment, 'expired', because)
      return { events: endings.events, puts: endings.puts, result: undefined }
    })
  }

  async #anyDue(db: Db): Promise<boolean> {
    const dueBy = this.#now()
    const due = [
      await records.list(db, GRANT, { state: 'active', dueBy, limit: 1 }),
      await records.list(db, DEVICE, { state: 'approved', dueBy, limit: 1 }),
      await records.list(db, ENVIRONMENT, { state: 'attested', dueBy, limit: 1 }),
    ]
    return due.some(({ length }) => length > 0)
  }

  /** Whoever no longer works with weights has no grants; an environment of theirs has a week to find somebody else. */
  async #checkHolders(): Promise<void> {
    const { db, journal } = this.#context
    const active = await records.list(db.db, GRANT, { state: 'active' })
    for (const personId of new Set(active.map((grant) => grant.personId))) {
      if ((await personFault(this.#context, personId)) === null) continue
      const isNews = active.some((grant) => grant.personId === personId && this.#afterHolder(grant) !== grant)
      if (!isNews) continue
      await journal.make(SYSTEM, async (tx) => {
        const because = {
          nowMs: this.#now().getTime(),
          by: SYSTEM.id,
          cause: 'role',
          reason: 'its person no longer works with weights',
        }
        const endings = await Endings.begin(tx)
        const theirs = (await records.list(tx, GRANT, { state: 'active' })).filter(
          (grant) => grant.personId === personId,
        )
        const orphans = theirs
          .filter(({ kind }) => kind === 'standing')
          .filter((grant) => this.#afterHolder(grant) !== grant)
        for (const { id, kind } of theirs) if (kind !== 'standing') endings.grant(id, 'revoked', because)
        const told = orphans.map(({ id, version, personId: person }) => ({
          kind: 'weights.grant_orphaned',
          subject: { type: 'weights_grant', id },
          data: { version, person },
        }))
        const shortened = orphans.map((grant) => put(GRANT, this.#afterHolder(grant)))
        return { events: [...endings.events, ...told], puts: [...endings.puts, ...shortened], result: undefined }
      })
    }
  }

  #afterHolder(grant: Grant): Grant | null {
    return grant.kind === 'standing' ? shortenGrant(grant, this.#now().getTime() + ORPHAN_MS) : null
  }

  async #tellOverdueCopies(): Promise<void> {
    const { db, journal } = this.#context
    const overdue = async (tx: Db) =>
      (await records.list(tx, COPY, { state: 'stands', dueBy: this.#now() })).filter(
        (copy) => copy.overdueNotedAt === null,
      )
    if ((await overdue(db.db)).length === 0) return
    await journal.make(SYSTEM, async (tx) => {
      const copies = await overdue(tx)
      const at = iso(this.#now().getTime())
      return {
        events: copies.map(({ id, version, owner, expiresAt }) => ({
          kind: 'weights.copy_overdue',
          subject: { type: 'weights_copy', id },
          data: { version, owner, expiresAt },
        })),
        puts: copies.map((copy) => put(COPY, { ...copy, overdueNotedAt: at })),
        result: undefined,
      }
    })
  }

  /** A review that is overdue is told once; shares that nobody dealt in a day never will be. */
  async #settleGlass(): Promise<void> {
    const { db, journal } = this.#context
    const overdue = async (tx: Db) =>
      (await records.list(tx, GLASS, { state: 'broken', dueBy: this.#now() })).filter(
        (one) => one.overdueNotedAt === null,
      )
    const undealt = async (tx: Db) =>
      (await records.list(tx, GLASS, { state: 'agreed' })).filter(
        ({ agreedAt }) => Date.parse(agreedAt) + DEAL_MS <= this.#now().getTime(),
      )
    if ((await overdue(db.db)).length + (await undealt(db.db)).length === 0) return
    await journal.make(SYSTEM, async (tx) => {
      const [late, lapsed] = [await overdue(tx), await undealt(tx)]
      const at = iso(this.#now().getTime())
      const event = (kind: string, id: string) => ({ kind, subject: { type: 'weights_glass', id } })
      return {
        events: [
          ...late.map(({ id }) => event('weights.glass_review_overdue', id)),
          ...lapsed.map(({ id }) => event('weights.glass_lapsed', id)),
        ],
        puts: [
          ...late.map((glass) => put(GLASS, { ...glass, overdueNotedAt: at })),
          ...lapsed.map((glass) => put(GLASS, { ...glass, state: 'lapsed' as const })),
        ],
        result: undefined,
      }
    })
  }

  async #settleDrafts(): Promise<void> {
    const { db, journal } = this.#context
    const due = (tx: Db) => records.list(tx, DRAFT, { state: 'draft', dueBy: this.#now(), limit: 500 })
    if ((await due(db.db)).length === 0) return
    await journal.make(SYSTEM, async (tx) => {
      const puts = (await due(tx)).map((draft) => put(DRAFT, { ...draft, state: 'expired' as const }))
      return { events: [], puts, result: undefined }
    })
  }

  #now(): Date {
    return new Date(this.#context.clock.now())
  }
}
