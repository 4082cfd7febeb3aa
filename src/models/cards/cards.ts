import { type Clock, iso } from '../../base/clock.ts'
import { AppError } from '../../base/errors.ts'
import type { Ids } from '../../base/ids.ts'
import type { DbHandle } from '../../db/index.ts'
import { put } from '../../journal/index.ts'
import type { Actor, EventLog } from '../../ledger/index.ts'
import type { ActionDefinition } from '../../staff/index.ts'
import { type ModelsJournal, modelsJournal, records } from '../records/index.ts'
import type { Deployment } from '../registry/index.ts'
import { type CardView, viewFor } from './audience.ts'
import { evidenceOf } from './claims.ts'
import { type CardDefaults, type CompileDeps, prefill, renewed, subjectOf } from './compile.ts'
import { type CardDiff, diffCards } from './diff.ts'
import { type CardExport, type CardFormat, exportCard } from './exports/index.ts'
import { Facts, type FactsDeps, type LedgerPort } from './facts.ts'
import type { CardCheck, CardLint } from './finding.ts'
import { type ImportedCard, importHuggingFace } from './importing/huggingface.ts'
import { cardDigest, lintCard, staleness } from './lint.ts'
import { PublicationAction } from './publication.ts'
import { parseCard, readCard } from './read.ts'
import type { Audience, ModelCard } from './schema.ts'
import {
  CARD,
  type CardHead,
  type CardPublication,
  type CardStanding,
  type CardVersion,
  checkModelName,
  findVersion,
  headOf,
  isModelName,
  versionsOf,
} from './versions.ts'

export interface CardsDeps extends Omit<FactsDeps, 'ledger'> {
  readonly db: DbHandle
  readonly ledger: EventLog & LedgerPort
  readonly clock: Clock
  readonly ids: Ids
  /** What new cards begin with. */
  readonly defaults: CardDefaults
}

const STANDING_MS = 60_000
const MAX_STANDINGS = 1_000

/** A model line with its card, as lists show it. */
export interface CardRow {
  readonly model: string
  readonly title: string
  readonly current: CardHead | null
  readonly draft: CardHead | null
  readonly standing: CardStanding
}

/** Model cards: drafts, versions that two people published, what their claims rest on, and whether they still hold. */
export class Cards {
  readonly facts: Facts
  readonly #deps: CardsDeps
  readonly #journal: ModelsJournal
  readonly #standings = new Map<string, { readonly untilMs: number; readonly standing: Promise<CardStanding> }>()

  private constructor(deps: CardsDeps, journal: ModelsJournal) {
    this.#deps = deps
    this.#journal = journal
    this.facts = new Facts(deps)
  }

  /** Finishes what a crash cut off. @throws {AppError} LEDGER_UNAVAILABLE */
  static async open(deps: CardsDeps): Promise<Cards> {
    const { db, ledger, clock, ids } = deps
    const journal = modelsJournal('models.cards', { db: db.db, ledger, clock, ids })
    await journal.recover()
    return new Cards(deps, journal)
  }

  /**
   * A card with everything that is on record; keeps nothing.
   *
   * @param deployment whose card it is to be; the last one declared, when left out
   * @throws {AppError} NOT_FOUND for a model or deployment that isn't there, or a model line without a checkpoint
   */
  async new(model: string, deployment: string | null = null): Promise<ModelCard> {
    for (const name of [model, deployment ?? model]) checkModelName(name)
    const compile = this.#compile()
    const subject = await subjectOf(compile, model, deployment)
    if (subject === null)
      throw new AppError('NOT_FOUND', `no such checkpoint of ${model} is on record: safelevel checkpoint record`)
    return prefill(compile, subject, this.#deps.defaults)
  }

  /** The words of a card over what is on record now, of the checkpoint that is deployed now; keeps nothing. @throws {AppError} NOT_FOUND */
  async renew(card: ModelCard): Promise<ModelCard> {
    const compile = this.#compile()
    const subject = await subjectOf(compile, card.identity.model, null)
    if (subject === null) throw new AppError('NOT_FOUND', `no checkpoint of ${card.identity.model} is on record`)
    return renewed(compile, card, subject)
  }

  /**
   * A draft from a README of the Hugging Face hub; keeps nothing. Of a model line that is on record it begins with what is on record.
   *
   * @throws {AppError} REQUEST_INVALID, REQUEST_TOO_LARGE
   */
  async import(readme: string, model: string): Promise<ImportedCard> {
    checkModelName(model)
    const at = iso(this.#deps.clock.now())
    const known = await this.#deps.registry.lines.known(model)
    const base = known ? await this.new(model).catch(() => null) : null
    const { card, notes } = importHuggingFace(readme, {
      model,
      checkpoint: base?.identity.checkpoint ?? `${model}/unknown`,
      at,
    })
    if (base === null)
      return { card, notes: [`${model} is not registered here: nothing was filled in from the records`, ...notes] }
    const identity = {
      ...base.identity,
      ...card.identity,
      developer: base.identity.developer,
      version: base.identity.version,
      contacts: base.identity.contacts,
    }
    const merged = {
      ...card,
      identity,
      compute: { ...card.compute, flops: base.compute.flops },
      evaluations: [...base.evaluations, ...card.evaluations],
      risks: { ...card.risks, thresholds: base.risks.thresholds },
      ...{ safeguards: base.safeguards, deployment: base.deployment, reporting: base.reporting },
    }
    return { card: merged, notes }
  }

  async lint(card: ModelCard): Promise<CardLint> {
    const facts = await this.facts.all(evidenceOf(card))
    return lintCard({ card, facts, nowMs: this.#deps.clock.now() })
  }

  /** A file as a card. @throws {AppError} REQUEST_INVALID naming the first faults */
  read(text: string): ModelCard {
    return parseCard(text)
  }

  /** The same of a file, with lines; also of one that is no card. */
  async check(text: string): Promise<CardCheck> {
    const read = readCard(text)
    if (read.card === null) {
      const findings = read.problems.map(({ line, column, path, message: words }) => ({
        ...{ code: 'unreadable', path, severity: 'error' as const, words, since: null, line, column },
      }))
      return { outcome: 'unreadable', digest: null, findings }
    }
    const { outcome, digest, findings } = await this.lint(read.card)
    return { outcome, digest, findings: findings.map((one) => ({ ...one, ...read.place(one.path) })) }
  }

  /**
   * Keeps a draft; the one that stood there is replaced. It may be unfinished, but it must be a card.
   *
   * @param text YAML or JSON
   * @param revision of the draft that was edited; null = there was none, undefined = whatever stands there
   * @throws {AppError} REQUEST_INVALID for what is no card; NOT_FOUND for the model; CONFLICT when somebody else has saved meanwhile
   */
  async save(text: string, by: Actor, revision?: number | null): Promise<CardVersion> {
    const card = parseCard(text)
    const { model, checkpoint } = card.identity
    await this.#deps.registry.lines.get(model)
    return this.#journal.make(by, async (db) => {
      const before = await records.find(db, CARD, `${model}/draft`)
      if (revision !== undefined && (before?.revision ?? null) !== revision)
        throw new AppError('CONFLICT', `the draft was saved by ${before?.savedBy ?? 'nobody'} meanwhile: read it again`)
      const draft: CardVersion = {
        ...{ id: `${model}/draft`, model, checkpoint, number: null, revision: (before?.revision ?? 0) + 1 },
        ...{
          state: 'draft',
          digest: cardDigest(card),
          card,
          text,
          savedAt: iso(this.#deps.clock.now()),
          savedBy: by.id,
        },
        ...{ proposed: null, publishedAt: null, approval: null, people: [], withdrawn: null },
      }
      const event = {
        kind: 'models.card_saved',
        subject: { type: 'card', id: draft.id },
        digests: { card: draft.digest },
        data: { model, checkpoint, revision: draft.revision },
      }
      return { events: [event], puts: [put(CARD, draft)], result: draft }
    })
  }

  /** @param version `draft`, a number, or `current`. @throws {AppError} NOT_FOUND */
  get(model: string, version: string | number = 'current'): Promise<CardVersion> {
    return findVersion(this.#deps.db.db, model, version)
  }

  /** Every version that was published, the newest first. */
  async versions(model: string): Promise<CardHead[]> {
    return (await versionsOf(this.#deps.db.db, model)).map(headOf)
  }

  /** The one that stands; null when none does. */
  async published(model: string): Promise<CardVersion | null> {
    if (!isModelName(model)) return null
    return (await records.list(this.#deps.db.db, CARD, { model, state: 'published', limit: 1 }))[0] ?? null
  }

  /** All that stand, by model line. */
  publishedAll(): Promise<CardVersion[]> {
    return records.list(this.#deps.db.db, CARD, { state: 'published', limit: 1_000 })
  }

  /** Every model line, with its card or without, a page at a time. */
  async list(query: { readonly after?: string | undefined; readonly limit: number }) {
    const page = await this.#deps.registry.lines.list(query)
    const items = await Promise.all(page.items.map(({ model, title }) => this.#row(model, title)))
    return { items, next: page.next }
  }

  /** One model line with its card. @throws {AppError} NOT_FOUND */
  async row(model: string): Promise<CardRow> {
    checkModelName(model)
    const { title } = await this.#deps.registry.lines.get(model)
    return this.#row(model, title)
  }

  async #row(model: string, title: string): Promise<CardRow> {
    const [current, draft, standing] = await Promise.all([
      this.published(model),
      records.find(this.#deps.db.db, CARD, `${model}/draft`),
      this.standing(model),
    ])
    return { model, title, current: current && headOf(current), draft: draft && headOf(draft), standing }
  }

  /** How the published card of a model line stands now: worked out anew once a minute. */
  async standing(model: string): Promise<CardStanding> {
    const current = await this.published(model)
    return current === null ? this.#without(model) : this.standingOf(current)
  }

  /** The same of any version. What it rests on is looked up once a minute, however many read it. */
  standingOf(version: CardVersion): Promise<CardStanding> {
    const key = `${version.id} ${version.state} ${version.digest}`
    const now = this.#deps.clock.monotonic()
    const known = this.#standings.get(key)
    if (known !== undefined && known.untilMs > now) return known.standing
    const standing = this.#look(version)
    if (this.#standings.size > MAX_STANDINGS) this.#standings.clear()
    this.#standings.set(key, { untilMs: now + STANDING_MS, standing })
    // What failed is asked again; who asked learns of it all the same.
    standing.catch(() => this.#standings.delete(key))
    return standing
  }

  async #look({ card, number, checkpoint, state }: CardVersion): Promise<CardStanding> {
    const reasons = staleness(await this.lint(card))
    const held = reasons.length === 0 ? ('fresh' as const) : ('stale' as const)
    const checkedAt = iso(this.#deps.clock.now())
    return { state: state === 'withdrawn' ? 'withdrawn' : held, number, checkpoint, reasons, checkedAt }
  }

  async #without(model: string): Promise<CardStanding> {
    const [last] = await versionsOf(this.#deps.db.db, model)
    const state = last?.state === 'withdrawn' ? ('withdrawn' as const) : ('none' as const)
    return { state, number: null, checkpoint: null, reasons: [], checkedAt: iso(this.#deps.clock.now()) }
  }

  /** By meaning, between any two. @param audience what it may be seen of both. @throws {AppError} NOT_FOUND */
  async diff(model: string, from: string | number, to: string | number, audience: Audience): Promise<CardDiff> {
    const [before, after] = [await this.get(model, from), await this.get(model, to)]
    return diffCards(viewFor(before.card, audience), viewFor(after.card, audience))
  }

  /** As an audience may read it, in one of the formats of others. @throws {AppError} CONFLICT when nothing can be shown without showing too much */
  async export(version: CardVersion, format: CardFormat, audience: Audience): Promise<CardExport> {
    const view: CardView = viewFor(version.card, audience)
    const standing = version.number === null ? null : await this.standingOf(version)
    return exportCard(view, format, { standing, version: headOf(version), nowMs: this.#deps.clock.now() })
  }

  /** Files the draft for publication by two people, who decide in the console. @throws {AppError} NOT_FOUND; CONFLICT while lint fails */
  async propose(
    model: string,
    input: { readonly digest: string; readonly reason: string },
    by: Actor,
  ): Promise<CardVersion> {
    const asked = await this.publication(model, input)
    await this.publishing().check?.(asked, by.id)
    return this.#journal.make(by, async (db) => {
      const draft = await findVersion(db, model, 'draft')
      if (draft.revision !== asked.revision)
        throw new AppError('CONFLICT', 'the draft is another one by now: read it again')
      const next: CardVersion = {
        ...draft,
        proposed: { at: iso(this.#deps.clock.now()), by: by.id, reason: input.reason },
      }
      const event = {
        kind: 'models.card_proposed',
        subject: { type: 'card', id: draft.id },
        digests: { card: draft.digest },
        data: { model, revision: draft.revision },
      }
      return { events: [event], puts: [put(CARD, next)], result: next }
    })
  }

  /** What is asked for when the draft is to be published as it stands. @throws {AppError} NOT_FOUND; CONFLICT while lint fails */
  async publication(
    model: string,
    input: { readonly digest: string; readonly reason: string },
  ): Promise<CardPublication> {
    const { checkpoint, revision, digest } = await this.get(model, 'draft')
    if (digest !== input.digest) throw new AppError('CONFLICT', 'the draft is another one by now: read it again')
    return { model, checkpoint, revision, digest, reason: input.reason }
  }

  /** For the engine of approvals: one person asks, another one agrees, and lint passes at both times. */
  publishing(): ActionDefinition<CardPublication> {
    const { db, clock } = this.#deps
    const action = new PublicationAction({ db: db.db, clock, journal: this.#journal, lint: (card) => this.lint(card) })
    return action.definition()
  }

  /** Takes a version back: it stays readable, marked so, and no longer counts. One person may. @throws {AppError} NOT_FOUND, CONFLICT */
  withdraw(model: string, number: number, reason: string, by: Actor): Promise<CardVersion> {
    return this.#journal.make(by, async (db) => {
      const version = await findVersion(db, model, number)
      if (version.state === 'withdrawn') throw new AppError('CONFLICT', `${version.id} was withdrawn already`)
      const withdrawn = { at: iso(this.#deps.clock.now()), by: by.id, reason }
      const next: CardVersion = { ...version, state: 'withdrawn', withdrawn }
      const event = {
        kind: 'models.card_withdrawn',
        subject: { type: 'card', id: version.id },
        digests: { card: version.digest },
        data: { model, number },
      }
      return { events: [event], puts: [put(CARD, next)], result: next }
    })
  }

  /** For the release gate: whether a card of this very checkpoint is published, and still says what is so. */
  async finding({
    model,
    checkpoint,
  }: Pick<Deployment, 'model' | 'checkpoint'>): Promise<{ met: boolean; says: string }> {
    const standing = await this.standing(model)
    const how = `safelevel card new ${model}, and card publish`
    if (standing.state === 'none') return { met: false, says: `no card of ${model} is published: ${how}` }
    if (standing.state === 'withdrawn') return { met: false, says: `the card of ${model} was withdrawn: ${how}` }
    if (standing.checkpoint !== checkpoint)
      return {
        met: false,
        says: `the card is of ${standing.checkpoint}, and ${checkpoint} is deployed: safelevel card renew`,
      }
    const [first] = standing.reasons
    if (standing.state === 'stale')
      return {
        met: false,
        says: `version ${standing.number} of the card is stale: ${first?.words ?? 'it no longer holds'}`,
      }
    return { met: true, says: `version ${standing.number} of the card is published and holds` }
  }

  #compile(): CompileDeps {
    return { ...this.#deps, facts: this.facts, nowMs: this.#deps.clock.now() }
  }
}
