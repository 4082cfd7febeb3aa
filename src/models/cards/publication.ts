import { type Clock, iso } from '../../base/clock.ts'
import { AppError } from '../../base/errors.ts'
import type { Db } from '../../db/index.ts'
import { put } from '../../journal/index.ts'
import type { Actor } from '../../ledger/index.ts'
import { type ActionDefinition, type Approved, twoPeople } from '../../staff/index.ts'
import { type ModelsJournal, records } from '../records/index.ts'
import type { CardLint } from './finding.ts'
import type { ModelCard } from './schema.ts'
import { CARD, CardPublication, type CardVersion, findVersion, versionsOf } from './versions.ts'

/** The name under which two people publish a card. */
export const CARD_PUBLISH_ACTION = 'models.card_publish'

const SYSTEM: Actor = { type: 'system', id: 'cards' }
const PUBLISHERS = ['policy_editor', 'rso'] as const

export interface PublicationDeps {
  readonly db: Db
  readonly clock: Clock
  readonly journal: ModelsJournal
  readonly lint: (card: ModelCard) => Promise<CardLint>
}

/** Publication by two people, on a draft that nobody has touched since, and that lint passes when it is asked for and when it is done. */
export class PublicationAction {
  readonly #deps: PublicationDeps

  constructor(deps: PublicationDeps) {
    this.#deps = deps
  }

  definition(): ActionDefinition<CardPublication> {
    return {
      schema: CardPublication,
      fresh: true,
      rule: () => twoPeople(PUBLISHERS),
      check: async (asked) => {
        await this.#publishable(await this.#draft(this.#deps.db, asked))
      },
      execute: (asked, approved) => this.#publish(asked, approved),
    }
  }

  async #publish(asked: CardPublication, { id: approval, requester, approvers }: Approved): Promise<void> {
    const { clock, db, journal } = this.#deps
    if ((await versionsOf(db, asked.model)).some((version) => version.approval === approval)) return
    // Looked up before the journal's turn, since it reads through the rooms that it cites.
    await this.#publishable(await this.#draft(db, asked))
    await journal.make(SYSTEM, async (tx) => {
      const versions = await versionsOf(tx, asked.model)
      if (versions.some((version) => version.approval === approval)) return { events: [], result: undefined }
      const draft = await this.#draft(tx, asked)
      const number = (versions[0]?.number ?? 0) + 1
      const version: CardVersion = {
        ...draft,
        ...{ id: `${asked.model}/${number}`, number, state: 'published' },
        ...{ publishedAt: iso(clock.now()), approval, people: [requester, ...approvers] },
      }
      const before = versions.filter(({ state }) => state === 'published')
      const event = {
        kind: 'models.card_published',
        subject: { type: 'card', id: version.id },
        digests: { card: version.digest },
        data: { model: asked.model, checkpoint: asked.checkpoint, number, approval, people: version.people },
        // The same after a crash, so that it counts once.
        eventId: `evt_${approval.replace(/^[a-z]+_/, '')}`,
      }
      const superseded = before.map((one): CardVersion => ({ ...one, state: 'superseded' }))
      return {
        events: [event],
        puts: [put(CARD, version), ...superseded.map((one) => put(CARD, one))],
        result: undefined,
      }
    })
  }

  /** The draft, if it is still what was asked for. @throws {AppError} NOT_FOUND, CONFLICT */
  async #draft(db: Db, { model, revision, digest }: CardPublication): Promise<CardVersion> {
    const draft = await findVersion(db, model, 'draft')
    if (draft.revision !== revision || draft.digest !== digest)
      throw new AppError('CONFLICT', 'the draft was saved again after this was asked for: ask anew')
    const current = (await records.list(db, CARD, { model, state: 'published', limit: 1 }))[0]
    if (current?.digest === digest) throw new AppError('CONFLICT', `this very card is published, as ${current.id}`)
    return draft
  }

  async #publishable({ card }: CardVersion): Promise<void> {
    const { findings } = await this.#deps.lint(card)
    const errors = findings.filter(({ severity }) => severity === 'error')
    const [first] = errors
    if (first === undefined) return
    const more = errors.length > 1 ? ` (and ${errors.length - 1} more: safelevel card lint)` : ''
    throw new AppError('CONFLICT', `the card doesn’t pass: ${first.path} ${first.words}${more}`)
  }
}
