import type { Hmac } from 'node:crypto'
import { AppError, toAppError } from '../../base/errors.ts'
import type { JsonObject } from '../../base/json.ts'
import type { JudgedCall, UnderstoodCall } from '../call.ts'
import type { Outcome } from '../decision-record.ts'
import { optionalBoolean, optionalInteger } from '../dialects/request-fields.ts'
import { observe } from '../enforcement-mode.ts'
import type { Judgement } from '../judge.ts'
import { JudgedWindows } from '../judged-windows.ts'
import { refusalOf } from '../refusal.ts'
import type { ServeContext } from '../serve-context.ts'
import { requireStillStanding } from '../standing.ts'
import { EventFeed, type Fed, type Feed, TextFeed } from './feed.ts'
import type { ScreenForm } from './form.ts'
import { onlyFields } from './neutral.ts'
import { refusalVerdict } from './verdict.ts'

const CHARS_PER_TOKEN = 4

/**
 * One streamed answer of a model that somebody else serves: appended piece by piece, judged by the same windows as a stream of ours, and
 * recorded when it ends, however it ends.
 */
export class ScreenSession {
  readonly id: string
  readonly projectId: string
  /** Of every answer about it. */
  readonly headers: Readonly<Record<string, string>>
  ended = false
  readonly #context: ServeContext
  readonly #call: UnderstoodCall & Pick<JudgedCall, 'admission'>
  readonly #form: ScreenForm
  readonly #windows: JudgedWindows
  readonly #feed: Feed
  readonly #digest: Hmac
  #busy = false
  #pieces = 0
  #chars = 0
  #lastMs: number

  constructor(
    context: ServeContext,
    call: UnderstoodCall & Pick<JudgedCall, 'admission'>,
    form: ScreenForm,
    feed: 'text' | 'events',
  ) {
    this.#context = context
    // The request that opened it is over; what belongs to its connection must not end this.
    this.#call = { ...call, abort: new AbortController(), trace: null }
    this.#form = form
    this.id = context.ids.next('scs')
    this.projectId = call.principal.projectId
    this.headers = { 'x-safelevel-decision': call.record.id }
    this.#windows = new JudgedWindows(context, this.#call, call.config.streaming)
    const { reader } = form
    this.#feed =
      feed === 'events' && reader !== null ? new EventFeed(this.#windows, reader()) : new TextFeed(this.#windows)
    this.#digest = context.digest.start()
    this.#lastMs = context.clock.monotonic()
  }

  /** That it was let in is durable before anything of it is passed on. @throws {AppError} LEDGER_UNAVAILABLE */
  async begin(): Promise<void> {
    const { record } = this.#call
    const { clock, ids, ledger } = this.#context
    const { mode } = this.#call.config.streaming
    record.set('mode', this.#call.observed ? 'tail' : mode)
    if (mode === 'tail') observe(this.#call)
    await ledger.append(record.event('gateway.stream_opened', 'allow', clock.now(), ids.next('evt')))
  }

  view(): JsonObject {
    const { screen, limits } = this.#call.config
    return { id: this.id, idle_ms: screen.sessionIdleMs, lifetime_ms: limits.requestTimeoutMs }
  }

  isOverdue(nowMs: number): boolean {
    const { screen, limits } = this.#call.config
    if (this.ended || this.#busy) return false
    return nowMs - this.#lastMs > screen.sessionIdleMs || nowMs - this.#call.startedMs > limits.requestTimeoutMs
  }

  /** Nobody ended it: recorded as unfinished. Never rejects. */
  async abandon(): Promise<void> {
    if (this.ended) return
    this.#call.record.set('code', 'UNFINISHED')
    this.#call.abort.abort(new AppError('CONFLICT', 'the session was not ended in time'))
    try {
      await this.#end('cancel')
    } catch (error) {
      this.#context.log.error({ err: error, decision: this.#call.record.id }, 'an unfinished session was not recorded')
    }
  }

  /**
   * Takes a piece and says what may be passed on now. Whatever fails ends the session: nothing more of it may be passed on.
   *
   * @throws {AppError} CONFLICT, REQUEST_INVALID, REQUEST_TOO_LARGE, POLICY_UNDECIDED, ACCOUNT_SUSPENDED, ACCOUNT_BANNED, LEDGER_UNAVAILABLE
   */
  async append(body: JsonObject): Promise<JsonObject> {
    if (this.#busy) throw new AppError('CONFLICT', 'a piece of this answer is being judged: send one after the other')
    this.#busy = true
    try {
      return await this.#append(body)
    } catch (thrown) {
      await this.#fail(toAppError(thrown))
      throw thrown
    } finally {
      this.#busy = false
      this.#lastMs = this.#context.clock.monotonic()
    }
  }

  async #append(body: JsonObject): Promise<JsonObject> {
    requireStillStanding(this.#context, this.#call)
    onlyFields(body, [...this.#feed.fields, 'piece', 'done'], 'the body')
    const piece = optionalInteger(body.piece, 'piece', 0, Number.MAX_SAFE_INTEGER)
    if (piece !== null && piece !== this.#pieces)
      throw new AppError('CONFLICT', `piece ${this.#pieces} is due: what was sent twice or left out can’t be mended`)
    this.#pieces++
    const fed = this.#feed.take(body)
    this.#count(fed)
    const done = optionalBoolean(body.done, 'done') || fed.done
    if (done) this.#windows.closeAll()
    const refusal = await this.#windows.judgeDue(fed.media)
    if (refusal !== null) return await this.#cut(refusal)
    if (done) await this.#end(null)
    return this.#verdict(this.#feed.release(done), done)
  }

  #count({ raw }: Fed): void {
    const { maxCompletionBytes } = this.#call.config.limits
    this.#chars += raw.length
    this.#digest.update(raw)
    if (this.#chars > maxCompletionBytes)
      throw new AppError('REQUEST_TOO_LARGE', `the answer is longer than ${maxCompletionBytes} bytes`)
  }

  #verdict(released: JsonObject, done: boolean): JsonObject {
    const { record, observed } = this.#call
    return { id: record.id, object: 'safelevel.screening', decision: 'allow', enforced: !observed, done, ...released }
  }

  async #cut(judgement: Judgement): Promise<JsonObject> {
    const decision = this.#feed.anyReleased ? 'cut' : 'refuse'
    await this.#end(decision)
    this.#context.metrics.countRefusal('completion', judgement.decision)
    const verdict = refusalVerdict(this.#context, this.#call, this.#form, 'completion', judgement, decision)
    return { ...verdict, done: true, ...this.#lastWords(judgement) }
  }

  /** What ends the stream natively after what was released of it. */
  #lastWords(judgement: Judgement): JsonObject {
    if (!(this.#feed instanceof EventFeed)) return {}
    const refusal = refusalOf(this.#context, this.#call, judgement, 'completion')
    return { sse: this.#feed.reader.cut(refusal, this.#call.request) }
  }

  /** @param outcome null for what the record itself says became of it. */
  async #end(outcome: Outcome | null): Promise<void> {
    if (this.ended) return
    this.ended = true
    const { record, request } = this.#call
    this.#windows.note()
    record.digest('completion', this.#digest.digest('hex'))
    const inputChars = request.exchange.turns.reduce(
      (sum, { parts }) => sum + parts.reduce((n, part) => n + (part.kind === 'media' ? 0 : part.text.length), 0),
      0,
    )
    const tokens = (chars: number) => Math.ceil(chars / CHARS_PER_TOKEN)
    this.#context.settle(this.#call, { inputTokens: tokens(inputChars), outputTokens: tokens(this.#chars) })
    try {
      await this.#context.recordOutcome(this.#call, outcome ?? record.through)
    } finally {
      this.#context.handOver(this.#call)
    }
  }

  async #fail(error: AppError): Promise<void> {
    if (this.ended) return
    this.#call.record.set('code', error.code)
    try {
      await this.#end('error')
    } catch (cause) {
      this.#context.log.error({ err: cause, decision: this.#call.record.id }, 'a failed session could not be recorded')
    }
  }
}
