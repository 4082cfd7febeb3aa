import { hash } from 'node:crypto'
import { iso } from '../base/clock.ts'
import { AppError } from '../base/errors.ts'
import type { Db } from '../db/index.ts'
import { put } from '../journal/index.ts'
import { type Actor, canonicalJson } from '../ledger/index.ts'
import { Role, staffActor } from '../staff/index.ts'
import { type AuditContext, conflict, SYSTEM } from './context.ts'
import { REQUEST, records } from './records.ts'
import {
  AcceptWords,
  type EvidenceRequest,
  type EvidenceStep,
  NewEvidenceAnswer,
  NewEvidenceRequest,
  StepWords,
} from './schema.ts'

const MOST_LISTED = 500
/** A request goes to and fro; one that does so for ever is two requests. */
const MOST_STEPS = 60

/** Who does something: a person, with the roles that they hold now. */
export interface Doer {
  readonly person: string
  readonly roles: ReadonlySet<Role>
}

type What = EvidenceStep['what']

/** What auditors ask to be shown, and what they are shown: asked, answered by who holds the role, then accepted or returned with a reason. */
export class EvidenceRequests {
  readonly #context: AuditContext

  constructor(context: AuditContext) {
    this.#context = context
  }

  /** @throws {AppError} NOT_FOUND for a control that there isn't; REQUEST_INVALID; LEDGER_UNAVAILABLE */
  async ask(input: NewEvidenceRequest, by: Actor): Promise<EvidenceRequest> {
    const { clock, controls, ids, journal } = this.#context
    const { title, text, control, owner: named, dueAt } = NewEvidenceRequest.parse(input)
    const answersFor = control === null ? undefined : Role.parse(controls.owner(control))
    const owner = named ?? answersFor
    if (owner === undefined) throw new AppError('REQUEST_INVALID', 'owner: name the role that is asked, or a control')
    if (owner === 'auditor' || owner === 'external_reviewer')
      throw new AppError('REQUEST_INVALID', 'owner: who audits asks, and does not answer')
    if (Date.parse(dueAt) <= clock.now()) throw new AppError('REQUEST_INVALID', 'dueAt: a time to come')
    const at = iso(clock.now())
    const first = stepOf({ what: 'asked', by, at, words: text })
    const made: EvidenceRequest = {
      ...{ id: ids.next('aer'), title, control, owner, dueAt, overdueAt: null, state: 'open', at, steps: [first] },
    }
    await journal.make(by, async () => ({
      events: [eventOf(made, first, { owner, dueAt, control })],
      puts: [put(REQUEST, made)],
      result: null,
    }))
    return made
  }

  /** @throws {AppError} NOT_FOUND; FORBIDDEN for who doesn't hold the role that is asked; CONFLICT; REQUEST_INVALID; LEDGER_UNAVAILABLE */
  async answer(id: string, input: NewEvidenceAnswer, by: Doer): Promise<EvidenceRequest> {
    const { controls, db, ledger } = this.#context
    const { text, entries, controls: named, documents } = NewEvidenceAnswer.parse(input)
    const { owner } = await this.#find(db.db, id)
    if (!by.roles.has(owner)) throw new AppError('FORBIDDEN', `the role ${owner} is asked: one who holds it answers`)
    if (entries.some((entry) => entry >= ledger.size))
      throw new AppError('REQUEST_INVALID', 'entries: the ledger has no such entry')
    const standings: EvidenceStep['controls'] = []
    for (const control of new Set(named)) standings.push({ control, ...(await standingOf(controls, control)) })
    const given = { words: text, entries: [...new Set(entries)], controls: standings, documents }
    return this.#step(id, { what: 'answered', by: staffActor(by.person), from: ['open'], to: 'answered' }, given)
  }

  /** @throws {AppError} NOT_FOUND; FORBIDDEN for who answered it; CONFLICT while nobody has; LEDGER_UNAVAILABLE */
  accept(id: string, input: unknown, person: string): Promise<EvidenceRequest> {
    const { words } = AcceptWords.parse(input)
    return this.#step(id, { what: 'accepted', by: staffActor(person), from: ['answered'], to: 'accepted' }, { words })
  }

  /** Sends an answer back, and says why. @throws {AppError} as `accept` */
  giveBack(id: string, input: unknown, person: string): Promise<EvidenceRequest> {
    const { words } = StepWords.parse(input)
    return this.#step(id, { what: 'returned', by: staffActor(person), from: ['answered'], to: 'open' }, { words })
  }

  /** Asks for it no longer. @throws {AppError} NOT_FOUND, CONFLICT, LEDGER_UNAVAILABLE */
  withdraw(id: string, input: unknown, person: string): Promise<EvidenceRequest> {
    const { words } = StepWords.parse(input)
    const change: Step = { what: 'withdrawn', by: staffActor(person), from: ['open', 'answered'], to: 'withdrawn' }
    return this.#step(id, change, { words })
  }

  /** Newest first, at most 500. */
  list(): Promise<EvidenceRequest[]> {
    return records.list(this.#context.db.db, REQUEST, { order: 'newest', limit: MOST_LISTED })
  }

  /** Those to which somebody is to answer. */
  open(): Promise<EvidenceRequest[]> {
    return records.list(this.#context.db.db, REQUEST, { state: 'open', limit: MOST_LISTED })
  }

  /** What an auditor accepted about a control, newest first. */
  accepted(control: string): Promise<EvidenceRequest[]> {
    return records.list(this.#context.db.db, REQUEST, { about: control, state: 'accepted', order: 'newest', limit: 20 })
  }

  /** @throws {AppError} NOT_FOUND */
  get(id: string): Promise<EvidenceRequest> {
    return this.#find(this.#context.db.db, id)
  }

  /** Puts on record, once for each, which requests are late. @throws {AppError} LEDGER_UNAVAILABLE: at the next turn */
  async noteOverdue(): Promise<void> {
    const { clock, db, journal } = this.#context
    const query = { state: 'open', dueBy: new Date(clock.now()) }
    const late = (await records.list(db.db, REQUEST, query)).filter(({ overdueAt }) => overdueAt === null)
    for (const { id } of late) {
      await journal.make(SYSTEM, async (now) => {
        const before = await this.#find(now, id)
        if (before.overdueAt !== null || before.state !== 'open') return { events: [], result: null }
        const data = { owner: before.owner, dueAt: before.dueAt, control: before.control }
        const event = { kind: 'audit.evidence_overdue', subject: { type: 'evidence_request', id }, data }
        return { events: [event], puts: [put(REQUEST, { ...before, overdueAt: iso(clock.now()) })], result: null }
      })
    }
  }

  #step(id: string, change: Step, given: Given): Promise<EvidenceRequest> {
    const { clock, journal } = this.#context
    const { what, by, from, to } = change
    return journal.make(by, async (db) => {
      const before = await this.#find(db, id)
      if (!from.includes(before.state)) throw conflict(`it is ${before.state}, so it can’t be ${what} now`)
      const answered = before.steps.findLast((one) => one.what === 'answered')
      if ((what === 'accepted' || what === 'returned') && answered?.by.id === by.id)
        throw new AppError('FORBIDDEN', 'somebody else judges an answer than who gave it')
      if (before.steps.length >= MOST_STEPS)
        throw conflict(`it has gone to and fro ${MOST_STEPS} times: withdraw it, and ask anew`)
      const step = stepOf({ what, by, at: iso(clock.now()), ...given })
      const made: EvidenceRequest = { ...before, state: to, steps: [...before.steps, step] }
      const data = { owner: before.owner, control: before.control, entries: step.entries }
      return { events: [eventOf(made, step, data)], puts: [put(REQUEST, made)], result: made }
    })
  }

  async #find(db: Db, id: string): Promise<EvidenceRequest> {
    const found = await records.find(db, REQUEST, id)
    if (found === null) throw new AppError('NOT_FOUND', 'there is no such request: see safelevel audit requests')
    return found
  }
}

interface Step {
  readonly what: Exclude<What, 'asked'>
  readonly by: Actor
  readonly from: readonly EvidenceRequest['state'][]
  readonly to: EvidenceRequest['state']
}

type Given = { readonly words: string } & Partial<Pick<EvidenceStep, 'entries' | 'controls' | 'documents'>>

function stepOf(said: Given & Pick<EvidenceStep, 'what' | 'by' | 'at'>): EvidenceStep {
  const step = { entries: [], controls: [], documents: [], ...said }
  return { ...step, digest: hash('sha256', canonicalJson(step)) }
}

/** Words stay with the record: the ledger has their digest. */
function eventOf(
  { id }: EvidenceRequest,
  { what, digest }: EvidenceStep,
  data: Record<string, string | number[] | null>,
) {
  const kinds = {
    ...{ asked: 'requested', answered: 'answered', returned: 'returned', accepted: 'accepted', withdrawn: 'withdrawn' },
  }
  const subject = { type: 'evidence_request', id }
  return { kind: `audit.evidence_${kinds[what]}`, subject, digests: { step: digest }, data }
}

async function standingOf(controls: AuditContext['controls'], control: string) {
  const { state, says } = await controls.standing(control)
  return { state, says }
}
