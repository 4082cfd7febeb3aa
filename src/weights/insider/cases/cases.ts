import { type Page, readPage } from '../../../base/page.ts'
import type { Db } from '../../../db/index.ts'
import { put } from '../../../journal/index.ts'
import type { Disclosure } from '../../../ledger/index.ts'
import { type ActionDefinition, staffActor } from '../../../staff/index.ts'
import type { Step } from '../config.ts'
import { forbidden, type InsiderContext, notFound, SYSTEM } from '../context.ts'
import { ALERT, CASE } from '../kinds.ts'
import type { Viewer } from '../ports.ts'
import { records, textsOf } from '../records.ts'
import { assigned, checkOpenable, closed, noted, opened, wanting } from './case-machine.ts'
import { isDrill } from './raised.ts'
import { type Case, type CaseRead, type CaseState, type CaseView, OpenRequest, type Outcome } from './schema.ts'
import { happening } from './taking.ts'
import type { Timelines } from './timelines.ts'
import { maySee, toTheHour } from './visibility.ts'

/** The name under which two people learn whom a case is about. */
export const OPEN_ACTION = 'insider.open'

const MAX_ALERTS = 500

export interface CaseQuery {
  readonly state?: CaseState | undefined
  readonly after?: string | undefined
  readonly limit: number
}

/** What is looked into: pseudonymous until two people open it, and never there for whom it is about. */
export class Cases {
  readonly #context: InsiderContext
  readonly #timelines: Timelines

  constructor(context: InsiderContext, timelines: Timelines) {
    this.#context = context
    this.#timelines = timelines
  }

  /** Newest first, without those that concern the viewer: a page may have fewer than asked for. */
  async list(viewer: Viewer, { state, after, limit }: CaseQuery): Promise<Page<CaseView>> {
    const { db, pseudonyms } = this.#context
    const page = await readPage(limit, (most) =>
      records.list(db.db, CASE, { state, after, order: 'newest', limit: most }),
    )
    const seen = page.items.filter((one) => maySee(one, viewer, pseudonyms))
    return { items: await Promise.all(seen.map((one) => this.#view(one))), next: page.next }
  }

  /** Without what it rests on. @throws {AppError} NOT_FOUND, also for who is concerned */
  async get(id: string, viewer: Viewer): Promise<CaseView> {
    return this.#view(await this.#find(this.#context.db.db, id, viewer))
  }

  /** With alerts and timeline; that it was read is on the ledger first. @throws {AppError} NOT_FOUND, LEDGER_UNAVAILABLE */
  async read(id: string, viewer: Viewer): Promise<CaseRead> {
    const { journal, clock } = this.#context
    const one = await journal.make(staffActor(viewer.personId), async (db) => {
      const found = await this.#find(db, id, viewer)
      const next = noted(found, 'read', viewer.personId, clock.now())
      return { events: [happening('insider.case_read', next)], puts: [put(CASE, next)], result: next }
    })
    const { db } = this.#context.db
    const alerts = await records.list(db, ALERT, { about: id, limit: MAX_ALERTS })
    return { case: await this.#view(one), ...(await this.#timelines.of(one, alerts)) }
  }

  /**
   * A proof that an entry which the case rests on is on the ledger; it discloses the event.
   *
   * @throws {AppError} NOT_FOUND; FORBIDDEN until the case is opened
   */
  async proof(id: string, position: number, viewer: Viewer): Promise<Disclosure> {
    const { db, ledger } = this.#context
    const one = await this.#find(db.db, id, viewer)
    if (one.openedAt === null) throw forbidden('have the case opened by two people first')
    const alerts = await records.list(db.db, ALERT, { about: id, limit: MAX_ALERTS })
    const { timeline } = await this.#timelines.of(one, alerts)
    if (!timeline.some((evidence) => evidence.position === position)) throw notFound('entry in this case')
    return ledger.proof(position)
  }

  /** @throws {AppError} NOT_FOUND, CONFLICT, FORBIDDEN (confirmed before it was opened) */
  async close(id: string, outcome: Outcome, viewer: Viewer): Promise<CaseView> {
    return this.#change(id, viewer, (one) => ({
      next: closed(one, outcome, viewer.personId, this.#context.clock.now()),
      kind: 'insider.case_closed',
      data: { outcome },
    }))
  }

  /** Says who works on it. @throws {AppError} NOT_FOUND, CONFLICT */
  async assign(id: string, take: boolean, viewer: Viewer): Promise<CaseView> {
    return this.#change(id, viewer, (one) => ({
      next: assigned(one, viewer.personId, take, this.#context.clock.now()),
      kind: 'insider.case_assigned',
      data: { taken: take },
    }))
  }

  /** By hand, one person, at once: also what the policy held back. @throws {AppError} NOT_FOUND, CONFLICT, FORBIDDEN (a drill) */
  async contain(id: string, steps: readonly Step[], viewer: Viewer): Promise<CaseView> {
    const nowMs = this.#context.clock.now()
    return this.#change(id, viewer, (one) => {
      if (one.drill) throw forbidden('this is a drill: there is nobody')
      if (one.tag === null) throw forbidden('nobody knows any more whom this case is about')
      return {
        next: wanting(one, steps, { by: viewer.personId, nowMs, state: 'pending' }),
        kind: 'insider.containment_wanted',
        data: { steps: [...steps] },
      }
    })
  }

  /** Two people learn whom it is about: neither the person, nor who acts in their stead. */
  opening(): ActionDefinition<OpenRequest> {
    const { db, journal, clock } = this.#context
    return {
      schema: OpenRequest,
      fresh: true,
      rule: () => ({
        kind: 'quorum',
        requesters: ['security_engineer', 'ciso'],
        groups: [{ name: 'officer', roles: ['ciso', 'rso'], count: 1 }],
        excluded: [],
      }),
      // In place of `excluded`, which would name the person to everybody who reads the request.
      conceals: async ({ case: id }, personId) => {
        const one = await records.find(db.db, CASE, id)
        return one !== null && !maySee(one, await this.#viewer(personId), this.#context.pseudonyms)
      },
      check: async ({ case: id }, requester) => {
        checkOpenable(await this.#find(db.db, id, await this.#viewer(requester)))
      },
      execute: async ({ case: id }, { id: approval, requester, approvers }) => {
        const people = [requester, ...approvers]
        const viewers = await Promise.all(people.map((person) => this.#viewer(person)))
        await journal.make(SYSTEM, async (tx) => {
          const one = await records.find(tx, CASE, id)
          if (one === null) throw notFound('case')
          if (one.approval === approval) return { events: [], result: undefined }
          if (viewers.some((viewer) => !maySee(one, viewer, this.#context.pseudonyms))) throw notFound('case')
          const next = opened(one, approval, people, clock.now())
          const event = happening('insider.case_opened', next, { approval, people })
          return { events: [event], puts: [put(CASE, next)], result: undefined }
        })
      },
    }
  }

  /** Whom a case is about; null once that is erased. For what is done to them, and for those who may know. */
  async personOf(id: string): Promise<string | null> {
    const texts = this.#context.texts.openAll(await textsOf(this.#context.db.db, id))
    return texts.get('person') ?? null
  }

  async #view(one: Case): Promise<CaseView> {
    const { tag, ...shown } = one
    if (one.openedAt === null) return { ...veiled(shown), person: null }
    return { ...shown, person: tag === null ? null : await this.personOf(one.id) }
  }

  async #change(
    id: string,
    viewer: Viewer,
    decide: (one: Case) => { next: Case; kind: string; data: NonNullable<Parameters<typeof happening>[2]> },
  ): Promise<CaseView> {
    const changed = await this.#context.journal.make(staffActor(viewer.personId), async (db) => {
      const one = await this.#find(db, id, viewer)
      const { next, kind, data } = decide(one)
      if (next === one) return { events: [], result: one }
      return { events: [happening(kind, next, data)], puts: [put(CASE, next)], result: next }
    })
    return this.#view(changed)
  }

  async #find(db: Db, id: string, viewer: Viewer): Promise<Case> {
    const one = await records.find(db, CASE, id)
    if (one === null || !maySee(one, viewer, this.#context.pseudonyms)) throw notFound('case')
    return one
  }

  async #viewer(personId: string): Promise<Viewer> {
    return { personId, roles: new Set(), principals: await this.#context.staff.principalsOf(personId) }
  }
}

/** Whoever reads the ledger would see who it is by what happened at these times. */
function veiled(one: Omit<Case, 'tag'>): Omit<Case, 'tag'> {
  const hour = (at: string | null) => (at === null ? null : toTheHour(at))
  return {
    ...one,
    startedAt: toTheHour(one.startedAt),
    lastAlertAt: toTheHour(one.lastAlertAt),
    presentedAt: hour(one.presentedAt),
    containment: one.containment.map((step) => ({
      ...{ ...step, wantedAt: toTheHour(step.wantedAt), doneAt: hour(step.doneAt) },
    })),
    history: one.history.map((line) => ({ ...line, at: toTheHour(line.at) })),
  }
}

/** Cases of people who don't exist close by themselves. */
export async function closeDrills(context: InsiderContext, person: string): Promise<void> {
  if (!isDrill(person)) return
  const { journal, clock, pseudonyms } = context
  await journal.make(SYSTEM, async (db) => {
    const theirs = (await records.list(db, CASE, { about: pseudonyms.tag(person) })).filter(
      ({ state }) => state !== 'closed',
    )
    const done = theirs.map((one) => closed(one, 'drill', SYSTEM.id, clock.now()))
    const events = done.map((one) => happening('insider.case_closed', one, { outcome: 'drill' }))
    return { events, puts: done.map((one) => put(CASE, one)), result: undefined }
  })
}
