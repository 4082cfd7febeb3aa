import { createHash, timingSafeEqual } from 'node:crypto'
import { AppError } from '../../base/errors.ts'
import { type Page, type PageQuery, readPage } from '../../base/page.ts'
import type { Db } from '../../db/index.ts'
import type { Happening } from '../../journal/index.ts'
import type { Actor } from '../../ledger/index.ts'
import type { Principal } from '../schema.ts'
import { decided, filed, givenBack, taken, withdrawn } from './appeal-machine.ts'
import { conflict, DAY_MS, notFound, type RedressContext } from './context.ts'
import type { Hearing } from './hearing.ts'
import type { Change } from './journal.ts'
import { APPEAL, UNDOING } from './records.ts'
import { type Appeal, AppealAbout, AppealDecision, AppealInput } from './schema.ts'
import type { OwnedStatement, Statements } from './statements.ts'
import * as store from './store.ts'

const BASE32 = 'ABCDEFGHJKMNPQRSTVWXYZ0123456789'
/** An appeal is followed by its number and this: 160 random bits, written in groups. */
const SECRET = /^[A-HJKMNP-TV-Z0-9]{32}$/
const ANONYMOUS: Actor = { type: 'anonymous', id: '-' }

/** An appeal with the words that belong to it; null once they were erased. */
export interface AppealWithWords {
  readonly appeal: Appeal
  readonly claim: string | null
  readonly contact: string | null
  readonly answer: string | null
}

/**
 * Objections to refusals and restrictions: taken from anybody who can name the decision, acknowledged at once, due by a date, heard by
 * somebody who had no hand in it, answered with reasons. None ever goes away: it is decided, withdrawn, or open and counted.
 */
export class Appeals {
  readonly #context: RedressContext
  readonly #statements: Statements
  readonly #hearing: Hearing

  constructor(context: RedressContext, statements: Statements, hearing: Hearing) {
    this.#context = context
    this.#statements = statements
    this.#hearing = hearing
  }

  /**
   * From the public form: whoever knows the number of a decision may contest it.
   *
   * @returns the appeal, and the secret by which it is followed, which nobody else ever sees.
   * @throws {AppError} REQUEST_INVALID, NOT_FOUND (nothing was refused under this number), CONFLICT (too late, contested already),
   *   LEDGER_UNAVAILABLE
   */
  async fileByForm(input: AppealInput): Promise<{ appeal: Appeal; secret: string }> {
    const parsed = AppealInput.parse(input)
    const found = await this.#contestable(parsed.about)
    const secret = this.#newSecret()
    const appeal = await this.#file(parsed, found, {
      by: ANONYMOUS,
      channel: 'public',
      filedBy: null,
      secretHash: hashSecret(secret),
    })
    return { appeal, secret: secret.match(/.{4}/g)?.join('-') ?? secret }
  }

  /** With a customer's key, about its own decisions. @throws {AppError} as `fileByForm` */
  async fileByCustomer(input: AppealInput, principal: Principal): Promise<Appeal> {
    const parsed = AppealInput.parse(input)
    const found = await this.#contestable(parsed.about)
    if (found.organisationId !== principal.organisationId) throw notFound('refusal or action')
    return await this.#file(parsed, found, {
      by: { type: 'key', id: principal.keyId },
      channel: 'customer',
      filedBy: principal.keyId,
      secretHash: null,
    })
  }

  /** For who filed it by form. A wrong number and a wrong secret look alike. @throws {AppError} NOT_FOUND */
  async follow(id: string, secret: string): Promise<AppealWithWords> {
    const appeal = await store.find(this.#context.db.db, APPEAL, id.slice(0, 100))
    const given = Buffer.from(hashSecret(plainSecret(secret)), 'hex')
    const known = Buffer.from(appeal?.secretHash ?? '0'.repeat(64), 'hex')
    if (!timingSafeEqual(given, known) || appeal === null) throw notFound('appeal, or the secret is another one')
    return this.#withWords(appeal)
  }

  /** @throws {AppError} NOT_FOUND, CONFLICT */
  async withdrawByForm(id: string, secret: string): Promise<Appeal> {
    const { appeal } = await this.follow(id, secret)
    return this.#withdraw(appeal.id, ANONYMOUS)
  }

  /** For the customer that filed it. @throws {AppError} NOT_FOUND, also for somebody else's */
  async forCustomer(id: string, organisationId: string): Promise<AppealWithWords> {
    const appeal = await this.#find(this.#context.db.db, id)
    if (appeal.channel !== 'customer' || appeal.organisationId !== organisationId) throw notFound('appeal')
    return this.#withWords(appeal)
  }

  /** @throws {AppError} NOT_FOUND, CONFLICT */
  async withdrawByCustomer(id: string, principal: Principal): Promise<Appeal> {
    const { appeal } = await this.forCustomer(id, principal.organisationId)
    return this.#withdraw(appeal.id, { type: 'key', id: principal.keyId })
  }

  /** A customer's own, newest first: not those that its users filed by the form. */
  async ofCustomer(organisationId: string, { after, limit }: PageQuery): Promise<Page<Appeal>> {
    const { db } = this.#context.db
    return readPage(limit, (most) => store.list(db, APPEAL, { organisationId, beyond: after, limit: most }))
  }

  /** For staff, newest first, or what is open with the oldest first, which is due first. */
  async list(query: PageQuery & { readonly state?: string | undefined }): Promise<Page<Appeal>> {
    const { state, after, limit } = query
    const { db } = this.#context.db
    const order = { oldestFirst: state === 'open', beyond: after }
    return readPage(limit, (most) => store.list(db, APPEAL, { state, ...order, limit: most }))
  }

  isOverdue({ state, dueAt }: Appeal): boolean {
    return state === 'open' && Date.parse(dueAt) <= this.#context.clock.now()
  }

  /** Without its words. @throws {AppError} NOT_FOUND */
  get(id: string): Promise<Appeal> {
    return this.#find(this.#context.db.db, id)
  }

  /** With its words: that a person reads them is on record before they do. @throws {AppError} NOT_FOUND, LEDGER_UNAVAILABLE */
  async read(id: string, by: Actor): Promise<AppealWithWords> {
    const appeal = await this.get(id)
    if (!appeal.textsErased) {
      await this.#context.journal.note(by, { kind: 'redress.appeal_read', subject: { type: 'appeal', id } })
    }
    return this.#withWords(appeal)
  }

  /** Why this person may not hear an open appeal; null when they may, or when there is nothing left to hear. */
  async objectionTo(appeal: Appeal, personId: string): Promise<string | null> {
    return appeal.state === 'open' ? this.#hearing.objection(appeal, personId) : null
  }

  /** @throws {AppError} NOT_FOUND, CONFLICT, FORBIDDEN: who had a hand in the decision */
  async take(id: string, personId: string): Promise<Appeal> {
    await this.#hearing.requireImpartial(await this.get(id), personId)
    return this.#change(id, staff(personId), (appeal) => {
      const next = taken(appeal, personId, this.#context.clock.now())
      return { next, events: next === appeal ? [] : [{ kind: 'redress.appeal_taken', data: {} }] }
    })
  }

  /** @throws {AppError} NOT_FOUND, CONFLICT, FORBIDDEN */
  giveBack(id: string, personId: string): Promise<Appeal> {
    return this.#change(id, staff(personId), (appeal) => ({
      next: givenBack(appeal, personId),
      events: [{ kind: 'redress.appeal_given_back', data: {} }],
    }))
  }

  /**
   * Decides, with reasons. What the decision had brought about is taken back afterwards by `Undoings`, however long that takes.
   *
   * @throws {AppError} REQUEST_INVALID, NOT_FOUND, CONFLICT (decided, or in other hands), FORBIDDEN (partial), LEDGER_UNAVAILABLE
   */
  async decide(id: string, input: AppealDecision, personId: string): Promise<Appeal> {
    const { outcome, answer } = AppealDecision.parse(input)
    // Asked again at the end: a hand in the decision may have come to light since it was taken.
    await this.#hearing.requireImpartial(await this.get(id), personId)
    const { clock, config, texts, digest, notify } = this.#context
    const closed = await this.#change(id, staff(personId), (appeal) => {
      const nowMs = clock.now()
      const next = decided(appeal, { outcome, by: personId, nowMs, eraseMs: nowMs + config.appealTextDays * DAY_MS })
      const late = nowMs >= Date.parse(appeal.dueAt)
      const data = { outcome, about: appeal.about.id, organisation: told(appeal), late }
      const digests = { answer: digest(answer) }
      const events: Omit<Happening, 'subject'>[] = [{ kind: 'redress.appeal_decided', digests, data }]
      if (next.falsePositive) {
        events.push({ kind: 'redress.decision_labelled', data: { decision: appeal.about.id, label: 'false_positive' } })
      }
      const puts = next.effects === 'pending' ? [store.put(UNDOING, { id, state: 'pending' })] : []
      return { next, events, puts, texts: [texts.seal(id, 'answer', answer)] }
    })
    notify({
      kind: 'redress.appeal_decided',
      id,
      at: closed.decidedAt ?? '',
      organisationId: told(closed) ?? undefined,
    })
    return closed
  }

  /** What has been refused or done under this number and can still be contested. */
  async #contestable(about: string): Promise<OwnedStatement> {
    const found = await this.#statements.find(about)
    if (found === null) {
      const late = about.startsWith('dec_') ? ' It can take a few seconds until a decision can be contested.' : ''
      throw new AppError('NOT_FOUND', `nothing was refused or restricted under this number.${late}`)
    }
    if (Date.parse(found.statement.contestUntil) < this.#context.clock.now()) {
      throw conflict(`this could be contested until ${found.statement.contestUntil}`)
    }
    return found
  }

  async #file(
    { text, contact }: { text: string; contact: string | null },
    { statement, organisationId }: OwnedStatement,
    who: { by: Actor; channel: 'public' | 'customer'; filedBy: string | null; secretHash: string | null },
  ): Promise<Appeal> {
    const { journal, clock, ids, config, texts, digest, notify } = this.#context
    const { by, channel, filedBy, secretHash } = who
    const about = AppealAbout.parse(statement.about)
    const appeal = await journal.make(by, async (db) => {
      for (const earlier of await store.list(db, APPEAL, { about: about.id })) {
        if (earlier.channel !== channel || earlier.state === 'withdrawn') continue
        throw conflict(
          earlier.state === 'open'
            ? 'this is contested already, and not decided yet'
            : 'this was contested and decided; that decision is final',
        )
      }
      const id = ids.next('apl')
      const nowMs = clock.now()
      const dueMs = nowMs + config.appealDueDays * DAY_MS
      const made = filed({ id, about, channel, organisationId, filedBy, secretHash, nowMs, dueMs })
      const sealed = [texts.seal(id, 'claim', text)]
      if (contact !== null) sealed.push(texts.seal(id, 'contact', contact))
      const event = {
        kind: 'redress.appeal_filed',
        subject: { type: 'appeal', id },
        digests: { claim: digest(text) },
        data: { about: about.id, aboutType: about.type, channel, organisation: told(made), dueAt: made.dueAt },
      }
      return { events: [event], puts: [store.put(APPEAL, made)], texts: sealed, result: made }
    })
    notify({
      kind: 'redress.appeal_filed',
      id: appeal.id,
      at: appeal.filedAt,
      organisationId: told(appeal) ?? undefined,
    })
    return appeal
  }

  #withdraw(id: string, by: Actor): Promise<Appeal> {
    const { clock, config } = this.#context
    return this.#change(id, by, (appeal) => ({
      next: withdrawn(appeal, clock.now(), clock.now() + config.appealTextDays * DAY_MS),
      events: [{ kind: 'redress.appeal_withdrawn', data: { about: appeal.about.id } }],
    }))
  }

  #change(
    id: string,
    by: Actor,
    step: (appeal: Appeal) => {
      next: Appeal
      events: Omit<Happening, 'subject'>[]
      puts?: store.Row[]
      texts?: store.SealedText[]
    },
  ): Promise<Appeal> {
    return this.#context.journal.make(by, async (db): Promise<Change<Appeal>> => {
      const { next, events, puts = [], texts = [] } = step(await this.#find(db, id))
      const subject = { type: 'appeal', id }
      if (events.length === 0) return { events: [], result: next }
      return {
        events: events.map((event) => ({ ...event, subject })),
        puts: [store.put(APPEAL, next), ...puts],
        texts,
        result: next,
      }
    })
  }

  async #withWords(appeal: Appeal): Promise<AppealWithWords> {
    const words = this.#context.texts.openAll(await store.textsOf(this.#context.db.db, appeal.id))
    const part = (name: string) => words.get(name) ?? null
    return { appeal, claim: part('claim'), contact: part('contact'), answer: part('answer') }
  }

  async #find(db: Db, id: string): Promise<Appeal> {
    const appeal = await store.find(db, APPEAL, id.slice(0, 100))
    if (appeal === null) throw notFound('appeal')
    return appeal
  }

  #newSecret(): string {
    let secret = ''
    for (const byte of this.#context.ids.bytes(32)) secret += BASE32[byte & 31]
    return secret
  }
}

/** Who hears of it by webhook: what a customer's user files by the form is not the customer's affair. */
function told({ channel, organisationId }: Appeal): string | null {
  return channel === 'customer' ? organisationId : null
}

function staff(personId: string): Actor {
  return { type: 'staff', id: personId }
}

/** As people write it down: any case, with or without dashes and blanks. Empty when it can be no secret. */
function plainSecret(secret: string): string {
  const plain = secret.slice(0, 100).toUpperCase().replace(/[\s-]/g, '')
  return SECRET.test(plain) ? plain : ''
}

function hashSecret(secret: string): string {
  return createHash('sha256').update(`safelevel.appeal\n${secret}`).digest('hex')
}
