import { hash } from 'node:crypto'
import { iso } from '../base/clock.ts'
import { AppError } from '../base/errors.ts'
import type { Db } from '../db/index.ts'
import { type Happening, put } from '../journal/index.ts'
import { type Actor, canonicalJson, type LedgerEvent, parseCheckpoint, parseNote, TileReader } from '../ledger/index.ts'
import { staffActor } from '../staff/index.ts'
import { type AuditContext, conflict } from './context.ts'
import { commitmentTo, draw, frameDigest, seedOf } from './draw.ts'
import { frameOf } from './frame.ts'
import { POPULATIONS, type PopulationName, type PopulationOf } from './populations.ts'
import { FINDING, FRAME, records, SAMPLE } from './records.ts'
import { resultOf } from './result.ts'
import {
  type AuditFinding,
  type AuditSample,
  type AuditSampleRow,
  type AuditSampleView,
  ClosingWords,
  DrawRequest,
  MOST_ITEMS,
  NewAuditFinding,
  NewAuditSample,
} from './schema.ts'
import { planSize } from './statistics.ts'

export const SAMPLE_ORDERED = 'audit.sample_ordered'
const MOST_LISTED = 200

/**
 * Samples of the ledger. What a sample is drawn from is fixed, and recorded by its digest, when it is ordered; from which of it is drawn follows from the root of
 * the tree whose last entry is that order, and from a secret of the auditor's where they bound themselves to one. Neither was known to both sides before.
 */
export class Samples {
  readonly #context: AuditContext

  constructor(context: AuditContext) {
    this.#context = context
  }

  /**
   * Orders a sample: looks what belongs to the population, fixes it and how many are drawn.
   *
   * @param withheld whether an event is told to nobody who asks here
   * @throws {AppError} REQUEST_INVALID, also for a population in which there is nothing; LEDGER_UNAVAILABLE
   */
  async order(input: NewAuditSample, by: Actor, withheld: (event: LedgerEvent) => boolean): Promise<AuditSampleView> {
    const { clock, ids, journal, ledger } = this.#context
    const { title, population: asked, sizing, commitment } = NewAuditSample.parse(input)
    const nowMs = clock.now()
    if (Date.parse(asked.until) > nowMs)
      throw new AppError('REQUEST_INVALID', 'until: what is still to come can’t be sampled; take a period that is over')
    const population = populationOf(asked)
    const upTo = await ledger.refresh()
    const frame = await frameOf(ledger, population, upTo, withheld)
    if (frame.length === 0)
      throw new AppError('REQUEST_INVALID', 'population: the ledger has no such entry in this period')
    const plan =
      sizing.kind === 'fixed'
        ? { size: Math.min(sizing.size, frame.length), acceptable: null }
        : planSize({ ...sizing, population: frame.length }, MOST_ITEMS)
    const at = iso(nowMs)
    const made: AuditSample = {
      ...{ id: ids.next('aus'), title, state: 'ordered', population, sizing, ...plan, commitment, by, at },
      frame: { entries: frame.length, upTo, digest: frameDigest(frame) },
      ...{ event: ids.next('evt'), drawn: null, closed: null, entries: [] },
    }
    const steps = frame.map((position, i) => position - (frame[i - 1] ?? 0))
    await journal.make(by, async () => ({
      events: [orderOf(made)],
      puts: [put(SAMPLE, made), put(FRAME, { sample: made.id, at, steps })],
      result: null,
    }))
    return viewOf(made, [])
  }

  /**
   * Draws it. Nobody chooses anything here: the order stands, and with it the root.
   *
   * @throws {AppError} NOT_FOUND; CONFLICT once it is drawn; REQUEST_INVALID for another secret than the one in the order; LEDGER_UNAVAILABLE
   */
  async draw(id: string, input: unknown, by: Actor): Promise<AuditSampleView> {
    const { clock, db, journal, ledger } = this.#context
    const { secret } = DrawRequest.parse(input)
    const ordered = await this.#find(db.db, id)
    if (ordered.state !== 'ordered') throw conflict('it is drawn already, and is never drawn again')
    checkSecret(ordered, secret)
    const order = await this.#placeOf(ordered)
    await ledger.integrated(order)
    const tree = order + 1
    const { size } = parseCheckpoint(parseNote(ledger.checkpoint()).text)
    const root = Buffer.from(await new TileReader(ledger.tiles, size).root(tree)).toString('hex')
    const seed = seedOf({ sample: id, root, secret })
    const entries = draw(seed, await this.frame(id), ordered.size)
    const made = await journal.make(by, async (now) => {
      const before = await this.#find(now, id)
      if (before.state !== 'ordered') throw conflict('somebody has drawn it meanwhile: read it again')
      const drawn = { at: iso(clock.now()), order, tree, root, secret, seed }
      const sample: AuditSample = { ...before, state: 'drawn', drawn, entries }
      const digests = { entries: frameDigest(entries) }
      const event = happening(id, 'sample_drawn', { tree, root, secret, seed, size: entries.length }, digests)
      return { events: [event], puts: [put(SAMPLE, sample)], result: sample }
    })
    return viewOf(made, [])
  }

  /**
   * What an auditor found in an entry that was drawn; until the sample is closed they may say otherwise, and each is on the ledger.
   *
   * @throws {AppError} NOT_FOUND, also for an entry that wasn't drawn; CONFLICT once it is closed; REQUEST_INVALID; LEDGER_UNAVAILABLE
   */
  async examine(id: string, entry: number, input: NewAuditFinding, person: string): Promise<AuditSampleView> {
    const { clock, journal } = this.#context
    const { verdict, words } = NewAuditFinding.parse(input)
    await journal.make(staffActor(person), async (db) => {
      const sample = await this.#find(db, id)
      if (sample.state === 'closed') throw conflict('it is closed: what was found stands')
      if (!sample.entries.includes(entry)) throw new AppError('NOT_FOUND', `entry ${entry} is not in this sample`)
      const found: AuditFinding = { sample: id, entry, verdict, words, by: person, at: iso(clock.now()) }
      const digests = { finding: hash('sha256', canonicalJson(found)) }
      return {
        events: [happening(id, 'item_examined', { entry, verdict }, digests)],
        puts: [put(FINDING, found)],
        result: null,
      }
    })
    return this.view(id)
  }

  /** Ends it with a conclusion. @throws {AppError} NOT_FOUND; CONFLICT while entries are not examined, or once it is closed; LEDGER_UNAVAILABLE */
  async close(id: string, input: unknown, person: string): Promise<AuditSampleView> {
    const { clock, journal } = this.#context
    const { words } = ClosingWords.parse(input)
    await journal.make(staffActor(person), async (db) => {
      const sample = await this.#find(db, id)
      if (sample.state !== 'drawn') throw conflict('only what is drawn, and not closed, can be closed')
      const { ok, exceptions, notTestable, complete } = resultOf(sample, await this.#findings(db, id))
      if (!complete) throw conflict('entries that were drawn are not examined yet')
      const closed: AuditSample = { ...sample, state: 'closed', closed: { at: iso(clock.now()), by: person, words } }
      const digests = { conclusion: hash('sha256', words) }
      return {
        events: [happening(id, 'sample_closed', { ok, exceptions, notTestable }, digests)],
        puts: [put(SAMPLE, closed)],
        result: null,
      }
    })
    return this.view(id)
  }

  /** Newest first, at most 200. */
  async list(): Promise<AuditSampleRow[]> {
    const all = await records.list(this.#context.db.db, SAMPLE, { order: 'newest', limit: MOST_LISTED })
    return all.map(({ entries: _, ...row }) => row)
  }

  /** @throws {AppError} NOT_FOUND */
  async view(id: string): Promise<AuditSampleView> {
    const { db } = this.#context.db
    return viewOf(await this.#find(db, id), await this.#findings(db, id))
  }

  /** What it is drawn from. @throws {AppError} NOT_FOUND */
  async frame(id: string): Promise<number[]> {
    const kept = await records.find(this.#context.db.db, FRAME, id)
    if (kept === null) throw noSample()
    let at = 0
    return kept.steps.map((step) => {
      at += step
      return at
    })
  }

  /** Where several replicas share a ledger, what is recorded has its place a little later. */
  async #placeOf({ event }: AuditSample): Promise<number> {
    const { ledger } = this.#context
    const entry = (await ledger.find(event)) ?? (await ledger.refresh().then(() => ledger.find(event)))
    if (entry !== null) return entry.position
    throw new AppError('LEDGER_UNAVAILABLE', 'the order has no place on the ledger yet: draw it again in a moment')
  }

  #findings(db: Db, id: string): Promise<AuditFinding[]> {
    return records.list(db, FINDING, { about: id })
  }

  async #find(db: Db, id: string): Promise<AuditSample> {
    const found = await records.find(db, SAMPLE, id)
    if (found === null) throw noSample()
    return found
  }
}

/** Everything that a draw follows from stands in it, but the root of the tree that it ends. */
function orderOf(sample: AuditSample): Happening {
  const { id, event, frame, size, acceptable, commitment, population, sizing, title } = sample
  return {
    ...happening(
      id,
      'sample_ordered',
      {
        ...{ kinds: population.kinds, outcomes: population.outcomes, from: population.from, until: population.until },
        ...{ entries: frame.entries, upTo: frame.upTo, size, acceptable, commitment, sizing: { ...sizing } },
      },
      { frame: frame.digest, title: hash('sha256', title) },
    ),
    eventId: event,
  }
}

function happening(
  id: string,
  what: string,
  data: NonNullable<Happening['data']>,
  digests: Record<string, string>,
): Happening {
  return { kind: `audit.${what}`, subject: { type: 'audit_sample', id }, data, digests }
}

function populationOf({ name, kinds = [], from, until }: NonNullable<NewAuditSample['population']>): PopulationOf {
  const named = name !== undefined && Object.hasOwn(POPULATIONS, name) ? POPULATIONS[name as PopulationName] : null
  const outcomes = named !== null && 'outcomes' in named ? [...named.outcomes] : []
  return { name: name ?? null, kinds: [...(named?.kinds ?? kinds)], outcomes, from, until }
}

function checkSecret({ commitment }: AuditSample, secret: string | null): void {
  if (commitment === null && secret !== null)
    throw new AppError('REQUEST_INVALID', 'secret: the order is bound to none, so none may come into it now')
  if (commitment !== null && (secret === null || commitmentTo(secret) !== commitment))
    throw new AppError(
      'REQUEST_INVALID',
      'secret: it is drawn with the secret to which the order is bound, and no other',
    )
}

function viewOf(sample: AuditSample, findings: readonly AuditFinding[]): AuditSampleView {
  const inOrder = findings.toSorted((a, b) => a.entry - b.entry)
  return { ...sample, findings: inOrder, result: resultOf(sample, inOrder) }
}

function noSample(): AppError {
  return new AppError('NOT_FOUND', 'there is no such sample: see safelevel audit samples')
}
