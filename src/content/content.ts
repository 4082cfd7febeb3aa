import { Chores } from '../base/chores.ts'
import { type Clock, iso } from '../base/clock.ts'
import { AppError } from '../base/errors.ts'
import type { Ids } from '../base/ids.ts'
import type { Log } from '../base/log.ts'
import { type Page, type PageQuery, readPage } from '../base/page.ts'
import type { DbHandle } from '../db/index.ts'
import { type Happening, record, toEvent } from '../journal/index.ts'
import type { Actor, EventData, EventLog } from '../ledger/index.ts'
import { clipTracks, clipTurns } from './clip.ts'
import { type ContentCanary, openCanary, sealCanary } from './drill.ts'
import { Keyring } from './keyring.ts'
import { ContentQueue } from './queue.ts'
import {
  type ContentConfig,
  type ContentScope,
  type ErasureReport,
  type Hold,
  type KeptExchange,
  type KeptNote,
  NewHold,
  type Reason,
  type SaidExchange,
  SaidText,
} from './schema.ts'
import { rewrap, seal, unseal } from './seal.ts'
import * as store from './store.ts'

export interface ContentDeps {
  readonly db: DbHandle
  readonly ledger: EventLog
  readonly clock: Clock
  readonly ids: Ids
  readonly log: Log
  /** Where the content keys are, or are made. */
  readonly keysDir: string
  readonly config: ContentConfig
}

const DAY_MS = 86_400_000
const CATCH_UP_MS = 1_000
const SWEEP_BATCH = 500
const EXPORT_PAGE = 100
/** Suspected sexual abuse of children: read in the restricted queue alone, preserved for who must report it. */
const RESTRICTED_LABEL = 'child_exploitation'
const SYSTEM: Actor = { type: 'system', id: 'content' }

/** What was said, encrypted, for as long as the configuration says; every reading stands on the ledger before anything is shown. */
export class Content implements AsyncDisposable {
  readonly #deps: ContentDeps
  readonly #keys: Keyring
  readonly #queue: ContentQueue
  #zeroRetention: ReadonlySet<string> = new Set()
  readonly #chores: Chores
  #rotating: Promise<unknown> = Promise.resolve()

  /** @throws {AppError} CONFIG_INVALID when a content key is damaged */
  static async open(deps: ContentDeps): Promise<Content> {
    const content = new Content(deps)
    await content.#readSettings()
    for (const id of await store.listWrappers(deps.db.db)) {
      if (!content.#keys.has(id))
        deps.log.error({ key: id }, 'content is sealed under a key that is not in the folder keys')
    }
    return content
  }

  private constructor(deps: ContentDeps) {
    this.#deps = deps
    this.#chores = new Chores(deps.log)
    this.#keys = new Keyring(deps.keysDir, deps.ids)
    this.#queue = new ContentQueue((batch) => this.#keep(batch), deps.log)
  }

  /** Lets the clock do its work: settings of other replicas, retention. */
  start(): void {
    this.#chores.every(CATCH_UP_MS, 'content not caught up', () => this.catchUp())
  }

  /** Reads settings and deletes what has expired. Runs every second. */
  async catchUp(): Promise<void> {
    await this.#readSettings()
    await this.sweep()
  }

  /** Which of a project's exchanges are kept: what is not need not be gathered. */
  gathers(projectId: string): 'all' | 'flagged' | 'nothing' {
    const { keep } = this.#deps.config
    return keep === 'none' || this.#zeroRetention.has(projectId) ? 'nothing' : keep
  }

  /** Words sealed as exchanges are, stored nowhere: for a drill. */
  canary(id: string, words: string): Promise<ContentCanary> {
    return sealCanary(id, words, this.#keys.current, this.#deps.ids)
  }

  /** @throws {AppError} VERIFICATION_FAILED */
  openCanary(canary: ContentCanary): Promise<string> {
    return openCanary(canary, this.#keys)
  }

  /** Takes what was said, to be stored soon; never waits and never throws. Drops what is not to be kept, and what there is no room for. */
  take(said: SaidExchange): void {
    if (this.gathers(said.project) !== 'nothing' && this.#daysOf(said) > 0) this.#queue.add(said)
  }

  /** Stores what was taken. */
  flush(): Promise<void> {
    return this.#queue.flush()
  }

  /** Since the start. */
  stats(): { readonly waiting: number; readonly stored: number; readonly dropped: Readonly<Record<string, number>> } {
    return this.#queue.stats()
  }

  /** Of which decisions something is kept; shows nothing of it. */
  async notes(decisionIds: readonly string[]): Promise<KeptNote[]> {
    return (await store.findNotes(this.#deps.db.db, decisionIds)).map(toNote)
  }

  /**
   * What was said in one exchange. That it is read stands on the ledger first.
   *
   * @param about.restricted the caller has made sure that this is the restricted queue
   * @throws {AppError} NOT_FOUND when nothing is kept (any more), FORBIDDEN when it belongs to the restricted queue,
   *   LEDGER_UNAVAILABLE: what can't be recorded is not shown; VERIFICATION_FAILED
   */
  async read(decisionId: string, about: { by: Actor; reason: Reason; restricted?: boolean }): Promise<KeptExchange> {
    const row = await store.findContent(this.#deps.db.db, decisionId)
    if (row === null) throw nothingKept()
    if (row.restricted && about.restricted !== true)
      throw new AppError('FORBIDDEN', 'this exchange is read in the restricted queue alone')
    return await this.#open(row, about)
  }

  /**
   * Everything that is kept of one scope, oldest first, for a data-subject request; each exchange stands on the ledger as read before
   * it is given. What belongs to the restricted queue is left out.
   */
  async *exportScope(
    scope: ContentScope,
    about: { by: Actor; reason: Reason },
  ): AsyncGenerator<KeptExchange, void, undefined> {
    await this.flush()
    await this.#record(about.by, 'content.exported', scopeSubject(scope), { reason: about.reason })
    for (let beyond = ''; ; ) {
      const notes = await store.listNotes(this.#deps.db.db, scope, beyond, EXPORT_PAGE)
      for (const { id, restricted } of notes) {
        if (restricted) continue
        const row = await store.findContent(this.#deps.db.db, id)
        if (row !== null) yield await this.#open(row, about)
      }
      beyond = notes.at(-1)?.id ?? ''
      if (notes.length < EXPORT_PAGE) return
    }
  }

  /**
   * Deletes what is kept of one scope, with the keys to it. What is under a legal hold, and what must be preserved, stays and is counted.
   *
   * @throws {AppError} LEDGER_UNAVAILABLE: then nothing was deleted
   */
  async erase(scope: ContentScope, about: { by: Actor; reason: Reason }): Promise<ErasureReport> {
    const { by, reason } = about
    await this.flush()
    await this.#record(by, 'content.erasure_started', scopeSubject(scope), { reason })
    const report = await this.#deps.db.db.transaction().execute((tx) => store.deleteScope(tx, scope))
    await this.#record(by, 'content.erased', scopeSubject(scope), { reason, ...report })
    return report
  }

  /** Keeps everything of one scope from being deleted. @throws {AppError} CONFLICT when this matter holds it already */
  async placeHold(input: NewHold, by: Actor): Promise<Hold> {
    const hold = { ...NewHold.parse(input), id: this.#deps.ids.next('hold') }
    const at = this.#deps.clock.now()
    await this.#record(by, 'content.hold_placed', scopeSubject(hold), { hold: hold.id, matter: hold.matter })
    if (!(await store.insertHold(this.#deps.db.db, { ...hold, placedBy: by.id, placedAt: new Date(at) })))
      throw new AppError('CONFLICT', 'this is held for the same matter already')
    return { ...hold, placedBy: by.id, placedAt: iso(at), liftedBy: null, liftedAt: null }
  }

  /** @throws {AppError} NOT_FOUND, CONFLICT when it was lifted before */
  async liftHold(id: string, by: Actor): Promise<Hold> {
    const hold = await store.findHold(this.#deps.db.db, id)
    if (hold === null) throw new AppError('NOT_FOUND', 'there is no such hold')
    if (hold.liftedAt !== null) throw new AppError('CONFLICT', 'this hold was lifted before')
    const at = this.#deps.clock.now()
    await this.#record(by, 'content.hold_lifted', scopeSubject(hold), { hold: id, matter: hold.matter })
    await store.liftHold(this.#deps.db.db, id, by.id, new Date(at))
    return { ...hold, liftedBy: by.id, liftedAt: iso(at) }
  }

  /** Newest first. */
  holds(query: PageQuery & { readonly lifted?: boolean }): Promise<Page<Hold>> {
    return readPage(query.limit, (limit) => store.listHolds(this.#deps.db.db, { ...query, limit }))
  }

  /** Of a project with zero retention nothing is kept but what the ledger holds: digests and numbers. What was kept before goes, unless held. */
  async setZeroRetention(projectId: string, on: boolean, by: Actor): Promise<void> {
    await this.#record(by, 'content.zero_retention_set', { type: 'project', id: projectId }, { on })
    await store.setZeroRetention(this.#deps.db.db, projectId, on)
    await this.#readSettings()
    if (!on) return
    await this.flush()
    await store.deleteScope(this.#deps.db.db, { scope: 'project', scopeId: projectId })
  }

  zeroRetention(projectId: string): boolean {
    return this.#zeroRetention.has(projectId)
  }

  /** Deletes what has expired and is not held; recorded by number. @returns how many */
  async sweep(): Promise<number> {
    let deleted = 0
    for (;;) {
      const ids = await store.listExpired(this.#deps.db.db, new Date(this.#deps.clock.now()), SWEEP_BATCH)
      if (ids.length === 0) return deleted
      await this.#record(SYSTEM, 'content.expired', { type: 'content', id: 'retention' }, { exchanges: ids.length })
      deleted += await store.deleteIds(this.#deps.db.db, ids)
      if (ids.length < SWEEP_BATCH) return deleted
    }
  }

  /**
   * Makes a new content key, wraps every data key with it and destroys the old one: copies of deleted rows, in backups too, can then be
   * opened by nobody. Interrupted, it is finished by the next call.
   */
  rotateKey(by: Actor): Promise<{ key: string; rewrapped: number }> {
    const rotated = this.#rotating.then(() => this.#rotate(by))
    this.#rotating = rotated.catch(() => {})
    return rotated
  }

  async close(): Promise<void> {
    await this.#chores.close()
    await this.#queue.close()
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.close()
  }

  async #rotate(by: Actor): Promise<{ key: string; rewrapped: number }> {
    const from = this.#keys.current.id
    const subject = { type: 'content', id: 'key' }
    await this.#record(by, 'content.key_rotated', subject, { from })
    const key = this.#keys.add()
    await this.flush()
    let rewrapped = 0
    for (;;) {
      const rows = await store.listWrapped(this.#deps.db.db, key.id, SWEEP_BATCH)
      if (rows.length === 0) break
      for (const { id, wrappedBy, wrappedKey } of rows) {
        const again = rewrap(wrappedKey, id, this.#keys.get(wrappedBy), key, this.#deps.ids)
        await store.storeWrapping(this.#deps.db.db, id, wrappedBy, key.id, again)
      }
      rewrapped += rows.length
    }
    const destroyed = this.#keys.destroyOld()
    await this.#record(by, 'content.key_destroyed', subject, { keys: destroyed, to: key.id, rewrapped })
    return { key: key.id, rewrapped }
  }

  #daysOf({ flagged, labels }: SaidExchange): number {
    const { keep, retentionDays } = this.#deps.config
    if (labels.includes(RESTRICTED_LABEL)) return retentionDays.restricted
    if (flagged) return retentionDays.flagged
    return keep === 'all' ? retentionDays.other : 0
  }

  async #keep(batch: readonly SaidExchange[]): Promise<void> {
    const rows: store.ContentRow[] = []
    // Asked again: the project may have changed its mind while this waited.
    for (const said of batch) {
      if (this.gathers(said.project) === 'nothing') continue
      try {
        rows.push(await this.#seal(said))
      } catch (err) {
        // One that can't be sealed must not hold up the others for ever.
        this.#deps.log.error({ err, decision: said.decisionId }, 'content could not be sealed')
        this.#queue.drop('unusable', 1)
      }
    }
    if (rows.length > 0) await store.insertContent(this.#deps.db.db, rows)
  }

  async #seal(said: SaidExchange): Promise<store.ContentRow> {
    const prompt = clipTurns(said.turns, said.evidence.prompt)
    const answer = clipTracks(said.completion, said.evidence.completion)
    const text: SaidText = {
      turns: prompt.turns,
      completion: answer.completion,
      evidence: { prompt: prompt.evidence, completion: answer.evidence },
      omittedChars: prompt.omittedChars + answer.omittedChars,
    }
    const sealed = await seal(JSON.stringify(text), said.decisionId, this.#keys.current, this.#deps.ids)
    return {
      id: said.decisionId,
      at: new Date(said.atMs),
      organisation: said.organisation,
      project: said.project,
      key: said.key,
      endUser: said.endUser,
      flagged: said.flagged,
      restricted: said.labels.includes(RESTRICTED_LABEL),
      expiresAt: new Date(said.atMs + this.#daysOf(said) * DAY_MS),
      ...sealed,
    }
  }

  async #open(row: store.ContentRow, { by, reason }: { by: Actor; reason: Reason }): Promise<KeptExchange> {
    const key = this.#keys.get(row.wrappedBy)
    await this.#record(by, 'content.read', { type: 'request', id: row.id }, { reason, restricted: row.restricted })
    const text = SaidText.parse(JSON.parse(await unseal(row, row.id, key)))
    const { organisation, project, key: apiKey, endUser } = row
    return { ...toNote(row), organisation, project, key: apiKey, endUser, ...text }
  }

  async #readSettings(): Promise<void> {
    this.#zeroRetention = new Set(await store.listZeroRetention(this.#deps.db.db))
  }

  async #record(actor: Actor, kind: string, subject: Happening['subject'], data: EventData): Promise<void> {
    const event = toEvent(this.#deps, actor, { kind, subject, data })
    await record(this.#deps.ledger, [event], 'this could not be recorded, so it was not done')
  }
}

function scopeSubject({ scope, scopeId }: ContentScope): Happening['subject'] {
  return { type: scope === 'decision' ? 'request' : scope, id: scopeId }
}

function toNote({ id, at, flagged, restricted, expiresAt }: store.NoteRow): KeptNote {
  return { decisionId: id, at: at.toISOString(), flagged, restricted, expiresAt: expiresAt.toISOString() }
}

function nothingKept(): AppError {
  return new AppError('NOT_FOUND', 'nothing is kept of this exchange: it never was, its time is over, or it was erased')
}
