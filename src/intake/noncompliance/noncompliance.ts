import { join } from 'node:path'
import { Chores } from '../../base/chores.ts'
import { type Clock, iso } from '../../base/clock.ts'
import { AppError } from '../../base/errors.ts'
import type { Ids } from '../../base/ids.ts'
import { loadOrCreateKey } from '../../base/keys.ts'
import type { Log } from '../../base/log.ts'
import { type Page, type PageQuery, readPage } from '../../base/page.ts'
import type { Db, DbHandle } from '../../db/index.ts'
import { Journal, put, type RecordKind, type SealedText } from '../../journal/index.ts'
import type { EventLog } from '../../ledger/index.ts'
import { StoredChange } from '../journal.ts'
import { lookupOf, plainReceipt, RECEIPT_BYTES, receiptOf, sameLookup } from '../reports/receipt.ts'
import { applyChange, records } from '../store.ts'
import * as machine from './concern-machine.ts'
import { ConcernWords } from './concern-words.ts'
import { digestOf } from './digest.ts'
import {
  Concern,
  type ConcernView,
  type ConcernWithWords,
  type Digest,
  NewAction,
  NewConcern,
  Proposal,
  RECIPIENTS,
  type Recipient,
  type Step,
  Words,
} from './schema.ts'
import { SealedEvents, SYSTEM } from './sealed-events.ts'
import { mayAct, maySee, recipientsOf, type Viewer } from './visibility.ts'

/** What the channel must know of people. */
export interface OfficesPort {
  /** Everybody who holds a role, those whose role sleeps too. */
  holding(role: Recipient): Promise<readonly string[]>
  /** The roles that somebody holds now, in force. */
  rolesOf(personId: string): Promise<ReadonlySet<string>>
}

export interface NoncomplianceDeps {
  readonly db: DbHandle
  readonly ledger: EventLog
  readonly clock: Clock
  readonly ids: Ids
  readonly log: Log
  /** Where `noncompliance.key` is, or is made. */
  readonly keysDir: string
  readonly offices: OfficesPort
}

const CONCERN: RecordKind<Concern> = {
  kind: 'concern',
  schema: Concern,
  columns: ({ id, lookup, state, filedAt }) => ({ id, about: lookup, state, at: filedAt }),
}

const KEY_BYTES = 32
/** An event that says nothing comes once in a while, six hours apart on average, so that none tells that somebody has reported. */
const TICK_MS = 10_000
const EMPTY_EVERY_TICKS = (6 * 3_600_000) / TICK_MS
const MOST_MESSAGES = 200
const MOST_CONCERNS = 10_000

/** What a step says, does and leaves in words. */
interface Act {
  readonly step: Step['step']
  readonly by: string | null
  readonly change: (concern: Concern, at: string) => Parameters<typeof machine.stepped>[1]
  readonly texts?: (concern: Concern) => readonly SealedText[]
  readonly data?: Readonly<Record<string, string | number | boolean | null>>
}

/**
 * Reports of noncompliance by staff: filed without signing in, read by whom the reporter chose, never by whom they are about, and followed until
 * corrective action is done and two people close them (RSP 1.0 PC8; 2.2 7.1.5).
 */
export class Noncompliance implements AsyncDisposable {
  readonly #deps: NoncomplianceDeps
  readonly #journal: Journal<typeof StoredChange>
  readonly #words: ConcernWords
  readonly #events: SealedEvents
  readonly #chores: Chores

  /** Finishes what a crash cut off. @throws {AppError} LEDGER_UNAVAILABLE */
  static async open(deps: NoncomplianceDeps): Promise<Noncompliance> {
    const room = new Noncompliance(deps)
    await room.#journal.recover()
    return room
  }

  private constructor(deps: NoncomplianceDeps) {
    const { db, ledger, clock, ids, keysDir, log } = deps
    const key = loadOrCreateKey(join(keysDir, 'noncompliance.key'), KEY_BYTES, ids)
    this.#deps = deps
    this.#journal = new Journal(
      { name: 'intake.noncompliance', change: StoredChange, apply: applyChange },
      { db: db.db, ledger, clock, ids },
    )
    this.#words = new ConcernWords(db.db, key, ids)
    this.#events = new SealedEvents(key, ids)
    this.#chores = new Chores(log)
  }

  start(): void {
    this.#chores.every(TICK_MS, 'an empty event was not recorded', () => this.tick())
  }

  /** Records an event that says nothing, by chance. Runs every ten seconds. */
  async tick(): Promise<void> {
    const chance = this.#deps.ids.bytes(4).readUInt32BE() / 2 ** 32
    if (chance * EMPTY_EVERY_TICKS < 1) await this.#journal.note(SYSTEM, this.#events.seal(null))
  }

  /** How many people could receive a concern in each role, for the form. */
  async offices(): Promise<ReadonlyMap<Recipient, number>> {
    const { offices } = this.#deps
    const counts = await Promise.all(
      RECIPIENTS.map(async (role) => [role, (await offices.holding(role)).length] as const),
    )
    return new Map(counts)
  }

  /**
   * Takes a report from somebody who need not say who they are.
   *
   * @returns the receipt code, which is kept nowhere: by it, and by nothing else, the report is followed
   * @throws {AppError} REQUEST_INVALID where nobody is left who may act on it, LEDGER_UNAVAILABLE
   */
  async file(input: NewConcern): Promise<{ readonly code: string }> {
    const { topic, story, recipients: chosen, about, name } = NewConcern.parse(input)
    const recipients = recipientsOf(chosen, about)
    if (recipients === null)
      throw new AppError(
        'REQUEST_INVALID',
        'recipients: choose the board too, or an auditor and somebody who can act, and none of those whom it is about',
      )
    const { clock, ids, offices } = this.#deps
    const people = (await Promise.all(about.map((role) => offices.holding(role)))).flat()
    const code = receiptOf(ids.bytes(RECEIPT_BYTES))
    const id = ids.next('ncr')
    await this.#journal.make(SYSTEM, async () => {
      const at = iso(clock.now())
      const event = this.#events.seal({
        concern: id,
        step: 'filed',
        by: null,
        data: { topic, anonymous: name === null },
      })
      const step: Step = { step: 'filed', at, by: null, event: event.eventId }
      const concern: Concern = {
        ...{ id, topic, recipients, about: { roles: about, people: [...new Set(people)] }, anonymous: name === null },
        ...{
          lookup: lookupOf(plainReceipt(code) ?? ''),
          state: 'open',
          material: false,
          outcome: null,
          handler: null,
          proposedBy: null,
        },
        ...{ closedBy: [], actions: [], messages: 0, unreadBy: 'staff', filedAt: at, answeredAt: null, closedAt: null },
        history: [step],
      }
      const texts = [this.#words.seal(id, 'story', story)]
      if (name !== null) texts.push(this.#words.seal(id, 'name', name))
      return { events: [event], puts: [put(CONCERN, concern)], texts, result: undefined }
    })
    return { code }
  }

  /** What whoever filed it is told. @throws {AppError} NOT_FOUND for a code that opens nothing */
  async follow(
    code: string,
  ): Promise<
    Pick<ConcernWithWords, 'messages' | 'conclusion'> & Pick<Concern, 'id' | 'state' | 'outcome' | 'filedAt'>
  > {
    const concern = await this.#byCode(code)
    const { messages, conclusion } = await this.#words.of(concern)
    const { id, state, outcome, filedAt } = concern
    const isClosed = state === 'closed'
    return {
      ...{ id, state, filedAt, messages },
      ...{ outcome: isClosed ? outcome : null, conclusion: isClosed ? conclusion : null },
    }
  }

  /** Whoever filed it adds something; what was closed is open again. @throws {AppError} NOT_FOUND, CONFLICT, REQUEST_INVALID */
  async write(code: string, text: string): Promise<void> {
    const { id } = await this.#byCode(code)
    await this.#message(id, 'written', null, text, machine.written)
  }

  /** Those that somebody may see, newest first. */
  async list(viewer: Viewer, { after, limit }: PageQuery): Promise<Page<ConcernView>> {
    const all = await this.#visible(viewer)
    const from = after === undefined ? 0 : all.findIndex(({ id }) => id < after)
    const page = await readPage(limit, async (most) => (from < 0 ? [] : all.slice(from, from + most)))
    return { ...page, items: page.items.map((concern) => this.#view(concern, viewer)) }
  }

  /** Without its words. @throws {AppError} NOT_FOUND, also for what they may not see */
  async get(id: string, viewer: Viewer): Promise<ConcernView> {
    return this.#view(await this.#seen(this.#deps.db.db, id, viewer), viewer)
  }

  /** With its words; that somebody reads them is on record before they do. @throws {AppError} NOT_FOUND, also for what they may not see */
  async read(id: string, viewer: Viewer): Promise<ConcernWithWords> {
    const concern = await this.#seen(this.#deps.db.db, id, viewer)
    await this.#journal.note(SYSTEM, this.#events.seal({ concern: id, step: 'read', by: viewer.personId }))
    const words = await this.#words.of(concern)
    return { ...words, concern: this.#view(concern, viewer) }
  }

  /** @throws {AppError} NOT_FOUND, CONFLICT, FORBIDDEN for who only reads */
  take(id: string, viewer: Viewer): Promise<ConcernView> {
    return this.#act(id, viewer, {
      step: 'taken',
      by: viewer.personId,
      change: (of) => machine.taken(of, viewer.personId),
    })
  }

  /** To whoever filed it. @throws {AppError} NOT_FOUND, FORBIDDEN, REQUEST_INVALID */
  async answer(id: string, viewer: Viewer, text: string): Promise<ConcernView> {
    await this.#requireActing(id, viewer)
    return this.#view(await this.#message(id, 'answered', viewer.personId, text, machine.answered), viewer)
  }

  /** A material risk: the board hears of it. @throws {AppError} NOT_FOUND, CONFLICT, FORBIDDEN */
  declareMaterial(id: string, viewer: Viewer): Promise<ConcernView> {
    return this.#act(id, viewer, { step: 'material', by: viewer.personId, change: machine.material })
  }

  /** @throws {AppError} NOT_FOUND, CONFLICT, FORBIDDEN, REQUEST_INVALID for an owner who may not see it */
  async setAction(id: string, input: NewAction, viewer: Viewer): Promise<ConcernView> {
    const { words, owner, dueOn } = NewAction.parse(input)
    const roles = await this.#deps.offices.rolesOf(owner)
    const concern = await this.#seen(this.#deps.db.db, id, viewer)
    if (!maySee(concern, { personId: owner, roles }))
      throw new AppError('REQUEST_INVALID', 'owner: they may not see this concern, so they can’t see to it')
    return this.#act(id, viewer, {
      step: 'action_set',
      by: viewer.personId,
      change: (of) => machine.actionSet(of, { owner, dueOn }),
      texts: ({ actions }) => [this.#words.action(id, actions.length, words)],
      data: { owner, dueOn },
    })
  }

  /** @throws {AppError} NOT_FOUND, CONFLICT, FORBIDDEN */
  finishAction(id: string, number: number, viewer: Viewer): Promise<ConcernView> {
    const by = viewer.personId
    const change = (of: Concern, at: string) => machine.actionDone(of, number, by, at)
    return this.#act(id, viewer, { step: 'action_done', by, change, data: { number } })
  }

  /** The first of two who close it, with what whoever filed it is told. @throws {AppError} NOT_FOUND, CONFLICT, FORBIDDEN */
  propose(id: string, input: Proposal, viewer: Viewer): Promise<ConcernView> {
    const { outcome, conclusion } = Proposal.parse(input)
    return this.#act(id, viewer, {
      step: 'proposed',
      by: viewer.personId,
      change: (of) => machine.proposed(of, outcome, viewer.personId),
      texts: () => [this.#words.seal(id, 'conclusion', conclusion)],
      data: { outcome },
    })
  }

  /** The second one. @throws {AppError} NOT_FOUND, CONFLICT, FORBIDDEN for the same person, or where nobody of the two is from outside */
  async agree(id: string, viewer: Viewer): Promise<ConcernView> {
    const { proposedBy } = await this.#requireActing(id, viewer)
    const proposer = { personId: proposedBy ?? '', roles: await this.#deps.offices.rolesOf(proposedBy ?? '') }
    return this.#act(id, viewer, {
      step: 'closed',
      by: viewer.personId,
      change: (of, at) => {
        if (of.proposedBy !== proposedBy)
          throw new AppError('CONFLICT', 'somebody else has proposed it meanwhile: read it again')
        return machine.closed(of, proposer, viewer, at)
      },
    })
  }

  /** Not yet. @throws {AppError} NOT_FOUND, CONFLICT, FORBIDDEN */
  sendBack(id: string, viewer: Viewer): Promise<ConcernView> {
    return this.#act(id, viewer, { step: 'sent_back', by: viewer.personId, change: machine.sentBack })
  }

  /** A quarter in numbers, of what its reader may see. @param quarter such as 2026-q4. @throws {AppError} REQUEST_INVALID */
  async digest(viewer: Viewer, quarter: string): Promise<Digest> {
    const made = digestOf(await this.#visible(viewer), quarter, this.#deps.clock.now())
    if (made === null) throw new AppError('REQUEST_INVALID', 'quarter: say it as 2026-q4')
    return made
  }

  /** How many wait for somebody, for their console. */
  async waiting(viewer: Viewer): Promise<number> {
    return (await this.#visible(viewer)).filter(({ unreadBy, state }) => unreadBy === 'staff' && state !== 'closed')
      .length
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#chores.close()
  }

  async #visible(viewer: Viewer): Promise<Concern[]> {
    const all = await records.list(this.#deps.db.db, CONCERN, { order: 'newest', limit: MOST_CONCERNS })
    return all.filter((concern) => maySee(concern, viewer))
  }

  async #message(
    id: string,
    step: 'answered' | 'written',
    by: string | null,
    text: string,
    change: Act['change'],
  ): Promise<Concern> {
    const words = Words.parse(text)
    return this.#change(id, {
      step,
      by,
      change: (of, at) => {
        if (of.messages >= MOST_MESSAGES)
          throw new AppError('CONFLICT', `a concern has at most ${MOST_MESSAGES} messages`)
        return change(of, at)
      },
      texts: ({ messages }) => [this.#words.message(id, by === null ? 'reporter' : 'staff', messages, words)],
    })
  }

  async #act(id: string, viewer: Viewer, act: Act): Promise<ConcernView> {
    await this.#requireActing(id, viewer)
    const change: Act['change'] = (of, at) => {
      // Asked again where nobody else changes it: whom it is about may have come to light meanwhile.
      if (!mayAct(of, viewer)) throw notFound()
      return act.change(of, at)
    }
    return this.#view(await this.#change(id, { ...act, change }), viewer)
  }

  #change(id: string, { step, by, change, texts = () => [], data = {} }: Act): Promise<Concern> {
    return this.#journal.make(SYSTEM, async (db) => {
      const concern = await this.#find(db, id)
      const at = iso(this.#deps.clock.now())
      const event = this.#events.seal({ concern: id, step, by, data })
      const next = machine.stepped(concern, change(concern, at), { step, at, by, event: event.eventId })
      return { events: [event], puts: [put(CONCERN, next)], texts: [...texts(next)], result: next }
    })
  }

  async #requireActing(id: string, viewer: Viewer): Promise<Concern> {
    const concern = await this.#seen(this.#deps.db.db, id, viewer)
    if (!mayAct(concern, viewer)) throw new AppError('FORBIDDEN', 'auditors read concerns and take no part in them')
    return concern
  }

  async #seen(db: Db, id: string, viewer: Viewer): Promise<Concern> {
    const concern = await records.find(db, CONCERN, id)
    if (concern === null || !maySee(concern, viewer)) throw notFound()
    return concern
  }

  async #find(db: Db, id: string): Promise<Concern> {
    const concern = await records.find(db, CONCERN, id)
    if (concern === null) throw notFound()
    return concern
  }

  async #byCode(code: string): Promise<Concern> {
    const lookup = lookupOf(plainReceipt(code) ?? '')
    const [concern] = await records.list(this.#deps.db.db, CONCERN, { about: lookup, limit: 1 })
    if (concern === undefined || !sameLookup(concern.lookup, lookup))
      throw new AppError('NOT_FOUND', 'this code opens no report: check it, letter by letter')
    return concern
  }

  #view(concern: Concern, viewer: Viewer): ConcernView {
    const { lookup: _, ...rest } = concern
    const today = iso(this.#deps.clock.now()).slice(0, 10)
    const overdue = concern.actions.filter(({ doneAt, dueOn }) => doneAt === null && dueOn < today).length
    return { ...rest, mayAct: mayAct(concern, viewer), overdue }
  }
}

function notFound(): AppError {
  return new AppError('NOT_FOUND', 'there is no such concern')
}
