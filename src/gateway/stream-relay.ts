import type { Hmac } from 'node:crypto'
import { AppError } from '../base/errors.ts'
import type { MediaPart } from '../screening/index.ts'
import type { JudgedCall } from './call.ts'
import type { StreamReader, StreamStep, TrackText, Usage } from './dialects/dialect.ts'
import { joinTracks } from './dialects/tracks.ts'
import { observe } from './enforcement-mode.ts'
import type { Judgement } from './judge.ts'
import { JudgedWindows } from './judged-windows.ts'
import { REVISED_HEADER, refusalOf } from './refusal.ts'
import { writeWhenReady } from './replies.ts'
import { noteUnrevised, REVISION_TRACK, revised } from './revision.ts'
import type { ServeContext } from './serve-context.ts'
import { encodeSse, SseDecoder, type SseEvent } from './sse.ts'
import { stageEnded } from './stages.ts'
import type { UpstreamResponse } from './upstreams/upstream.ts'
import type { Mark } from './windows.ts'

const KEEP_ALIVE_MS = 15_000

interface HeldEvent {
  readonly event: SseEvent
  readonly marks: readonly Mark[]
}

/** A streamed answer: events wait in one queue, in order, until the windows that hold their text were judged. */
export async function relayStream(context: ServeContext, call: JudgedCall, response: UpstreamResponse): Promise<void> {
  await new StreamRelay(context, call).run(response)
}

class StreamRelay {
  readonly #context: ServeContext
  readonly #call: JudgedCall
  readonly #reader: StreamReader
  readonly #windows: JudgedWindows
  /** Text leaves before it is judged. */
  readonly #atOnce: boolean
  readonly #queue: HeldEvent[] = []
  /** The event that closes the answer: it and what follows wait for the decision to be on record. */
  #closing: HeldEvent | null = null
  readonly #digest: Hmac
  /** Nothing leaves before the first words may: an answer of which anything left can be revised no more. */
  readonly #mayRevise: boolean
  /** What was said, for a revision; null once something left, or where none will be asked for. */
  #said: TrackText[] | null
  #media: MediaPart[] = []
  #upstreamRefusal = false
  /** All of it is to be withheld: it is only read to its end, and judged. */
  #isWithheld = false
  #opened: Promise<unknown> = Promise.resolve()
  #usage: Usage | null = null
  #bytes = 0
  #releasedEvents = 0
  #noted = false

  constructor(context: ServeContext, call: JudgedCall) {
    this.#context = context
    this.#call = call
    this.#reader = call.dialect.createStreamReader()
    this.#windows = new JudgedWindows(context, call, call.config.streaming)
    this.#atOnce = call.observed || call.config.streaming.mode === 'tail'
    this.#mayRevise =
      !this.#atOnce && context.revision !== undefined && call.policy.revises && call.dialect.revised !== null
    this.#said = this.#mayRevise ? [] : null
    this.#digest = context.digest.start()
  }

  async run(response: UpstreamResponse): Promise<void> {
    const { record } = this.#call
    record.set('mode', this.#atOnce ? 'tail' : this.#call.config.streaming.mode)
    if (this.#atOnce) observe(this.#call)
    this.#recordOpening()
    const startedMs = this.#context.clock.monotonic()
    const keepAlive = setInterval(() => void this.#keepAlive(), KEEP_ALIVE_MS)
    try {
      const ended = await this.#pump(response)
      if (ended === 'cut') return
      if (ended === 'broken') throw new AppError('UPSTREAM_UNAVAILABLE', 'the model server broke off its answer')
      await this.#finish()
    } catch (error) {
      await this.#fail(error)
    } finally {
      clearInterval(keepAlive)
      stageEnded(this.#context, this.#call, 'windows', startedMs)
    }
  }

  /** That a stream was let in is durable before its first byte leaves, so that a crash in its middle leaves a trace of it. */
  #recordOpening(): void {
    const { record } = this.#call
    const { clock, ids, ledger } = this.#context
    this.#opened = ledger.append(record.event('gateway.stream_opened', 'allow', clock.now(), ids.next('evt')))
    this.#opened.catch(() => {}) // awaited before the first write; until then a failure must not count as unhandled
  }

  async #pump(response: UpstreamResponse): Promise<'done' | 'cut' | 'broken'> {
    const decoder = new SseDecoder({ maxEventChars: this.#call.config.limits.maxCompletionBytes })
    for await (const bytes of response.body) {
      const state = await this.#advance(decoder.push(bytes))
      if (state !== 'more') return state
    }
    const state = await this.#advance(decoder.end())
    return state === 'more' ? 'broken' : state
  }

  /** Takes the events that came together: they are judged together and leave together. */
  async #advance(events: readonly SseEvent[]): Promise<'more' | 'done' | 'cut'> {
    let done = false
    const media: MediaPart[] = []
    for (const event of events) {
      const step = this.#take(event)
      for (const part of step.media) media.push(part)
      done = step.done
      if (done) break // what comes after the end is nobody's
    }
    if (this.#atOnce && !done) await this.#releaseReady(false)
    if (this.#said !== null) for (const part of media) this.#media.push(part)
    const refusal = await this.#windows.judgeDue(media)
    if (refusal !== null && !this.#canStillRevise(refusal)) {
      if (refusal.decision.revisable === true) this.#noteUnrevised(refusal)
      await this.#cut(refusal)
      return 'cut'
    }
    if (refusal !== null) {
      this.#isWithheld = true
      this.#windows.setAside(refusal)
    }
    if (done) return 'done'
    if (!this.#isWithheld) await this.#releaseReady(false)
    return 'more'
  }

  #take(event: SseEvent): StreamStep {
    const { limits } = this.#call.config
    this.#bytes += Buffer.byteLength(event.data)
    if (this.#bytes > limits.maxCompletionBytes) {
      throw new AppError('UPSTREAM_UNAVAILABLE', `the model's answer is longer than ${limits.maxCompletionBytes} bytes`)
    }
    this.#digest.update(event.data)
    const step = this.#reader.read(event)
    const marks = this.#windows.append(step.texts)
    // One by one: an upstream's event may hold more than a call takes arguments.
    for (const text of step.texts) this.#said?.push(text)
    const held = { event, marks }
    this.#queue.push(held)
    if (step.closing) this.#closing ??= held
    else if (step.texts.length > 0) this.#closing = null // it goes on all the same
    for (const track of step.closes) this.#windows.close(track)
    if (step.done) this.#windows.closeAll()
    if (step.usage !== null) this.#usage = step.usage
    if (step.upstreamRefusal) {
      this.#upstreamRefusal = true
      this.#call.record.set('upstreamRefusal', true)
      this.#context.metrics.upstreamRefusals.inc()
    }
    return step
  }

  /** Writes what may leave, in order, in one piece. */
  async #releaseReady(complete: boolean): Promise<void> {
    if (this.#said !== null && !complete && !this.#firstWordsMayLeave()) return
    let text = ''
    for (let head = this.#queue[0]; head !== undefined; head = this.#queue[0]) {
      if (!complete && head === this.#closing) break
      if (!this.#windows.mayLeave(head.marks, complete)) break
      this.#queue.shift()
      this.#reader.release(head.event)
      this.#call.said?.released(head.marks)
      this.#releasedEvents++
      text += encodeSse(head.event)
    }
    if (text === '') return
    this.#said = null
    await this.#write(text)
  }

  #firstWordsMayLeave(): boolean {
    const first = this.#queue.find(({ marks }) => marks.length > 0)
    return first !== undefined && this.#windows.mayLeave(first.marks, false)
  }

  #noteUnrevised(refusal: Judgement): void {
    noteUnrevised(this.#context, this.#call, refusal, this.#releasedEvents > 0 ? 'begun' : 'no_reviser')
  }

  #canStillRevise({ decision }: Judgement): boolean {
    return decision.revisable === true && this.#said !== null && this.#releasedEvents === 0
  }

  async #write(text: string): Promise<void> {
    await this.#opened
    this.#begin()
    if (!(await writeWhenReady(this.#call.res, text))) this.#call.abort.signal.throwIfAborted()
  }

  #begin(): void {
    const { res, headers } = this.#call
    if (res.headersSent) return
    res.writeHead(200, {
      'content-type': 'text/event-stream; charset=utf-8',
      'cache-control': 'no-cache',
      'x-accel-buffering': 'no',
      ...headers,
    })
  }

  async #keepAlive(): Promise<void> {
    try {
      await this.#write(': keep-alive\n\n')
    } catch {
      // the pump meets the same failure and deals with it
    }
  }

  /** Everything was judged: the decision is made durable, then the rest leaves, its last byte among it. */
  async #finish(): Promise<void> {
    if (this.#isWithheld) return await this.#revise()
    this.#note()
    await this.#context.recordOutcome(this.#call, this.#call.record.through)
    await this.#releaseReady(true)
    this.#call.res.end()
  }

  /** Nothing left, all was judged, and the policy wants it put right. */
  async #revise(): Promise<void> {
    const { worst } = this.#windows
    if (worst === null) throw new AppError('INTERNAL', 'an answer is withheld that nobody judged')
    const call = this.#call
    const texts = joinTracks(this.#said ?? [])
    const [media, upstreamRefusal, usage] = [this.#media, this.#upstreamRefusal, this.#usage]
    const answer = await revised(this.#context, call, worst, { texts, media, upstreamRefusal, usage })
    if (answer === null || call.dialect.revised === null) return await this.#cut(worst)
    this.#note()
    call.headers[REVISED_HEADER] = answer.clause
    await this.#context.recordOutcome(call, 'revise')
    call.said?.releasedUpTo(REVISION_TRACK, answer.text.length)
    await this.#write(call.dialect.revised.stream(answer, call.request))
    call.res.end()
  }

  async #cut(judgement: Judgement): Promise<void> {
    const call = this.#call
    this.#note()
    await this.#context.recordOutcome(call, this.#releasedEvents > 0 ? 'cut' : 'refuse')
    await this.#write(this.#reader.cut(refusalOf(this.#context, call, judgement, 'completion'), call.request))
    call.res.end()
    call.abort.abort(new AppError('INTERNAL', 'the answer was cut')) // stops the upstream: nobody needs the rest
  }

  /** Completes the record, once: a digest can be taken only once. */
  #note(): void {
    if (this.#noted) return
    this.#noted = true
    const { record } = this.#call
    this.#windows.note()
    record.digest('completion', this.#digest.digest('hex'))
    record.usage(this.#usage)
    this.#context.settle(this.#call, this.#usage)
  }

  /** A client that has seen nothing yet gets an ordinary error; otherwise the stream says how it ended. */
  async #fail(thrown: unknown): Promise<void> {
    const { res, record, abort } = this.#call
    this.#note()
    // What broke off the upstream tells more than how it broke: a restriction, the end of the time, a stop.
    const error: unknown = abort.signal.aborted ? abort.signal.reason : thrown
    if (!res.headersSent || res.destroyed || !(error instanceof AppError)) throw error
    record.set('code', error.code)
    try {
      await this.#context.recordOutcome(this.#call, 'error')
    } catch (cause) {
      this.#context.log.error({ err: cause, decision: record.id }, 'a failed stream could not be recorded')
    }
    await writeWhenReady(res, this.#reader.fail(error, record.id))
    res.end()
  }
}
