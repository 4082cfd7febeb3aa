import type { MediaPart } from '../screening/index.ts'
import type { UnderstoodCall } from './call.ts'
import type { TrackText } from './dialects/dialect.ts'
import { asItStands, mustRefuse } from './enforcement-mode.ts'
import type { Judgement } from './judge.ts'
import type { ServeContext } from './serve-context.ts'
import { type Mark, VerifiedWindows, type WindowOptions } from './windows.ts'

/** An answer that comes in pieces: its windows, what was judged of them, and the gravest of the judgements. */
export class JudgedWindows {
  readonly #context: ServeContext
  readonly #call: UnderstoodCall
  readonly #windows: VerifiedWindows
  #worst: Judgement | null = null

  /** On an observed surface nothing waits for its judgement. */
  constructor(context: ServeContext, call: UnderstoodCall, options: WindowOptions) {
    this.#context = context
    this.#call = call
    this.#windows = new VerifiedWindows(call.observed ? { ...options, mode: 'tail' } : options)
  }

  append(texts: readonly TrackText[]): Mark[] {
    this.#call.said?.add(texts)
    return this.#windows.append(texts)
  }

  close(track: string): void {
    this.#windows.close(track)
  }

  closeAll(): void {
    this.#windows.closeAll()
  }

  mayLeave(marks: readonly Mark[], complete: boolean): boolean {
    return this.#windows.mayLeave(marks, complete)
  }

  /** An event with these marks has left. */
  released(marks: readonly Mark[]): void {
    this.#call.said?.released(marks)
  }

  releasedUpTo(track: string, chars: number): void {
    this.#call.said?.releasedUpTo(track, chars)
  }

  leaving(track: string, complete: boolean): number {
    return this.#windows.leaving(track, complete)
  }

  /**
   * Judges what is due.
   *
   * @returns the judgement that ends the answer; null when it goes on.
   * @throws {AppError} POLICY_UNDECIDED
   */
  async judgeDue(media: readonly MediaPart[]): Promise<Judgement | null> {
    const segments = this.#windows.due()
    if (segments.length === 0 && media.length === 0) return null
    const { request, policy, principal, abort, record } = this.#call
    const pending = this.#context.judge.completion(
      segments,
      media,
      request.exchange,
      policy,
      principal.testString,
      abort.signal,
      this.#call.safeguards?.judge,
    )
    const judgement = asItStands(this.#context, this.#call, pending instanceof Promise ? await pending : pending)
    record.window(judgement)
    if (this.#worst === null || severer(judgement, this.#worst)) this.#worst = judgement
    const refuses = mustRefuse(this.#call, judgement)
    if (!refuses) this.#windows.markJudged(segments)
    return refuses ? judgement : null
  }

  /** The gravest judgement so far; null before the first. */
  get worst(): Judgement | null {
    return this.#worst
  }

  /** What a judgement refused need not be judged again: it won't leave. */
  setAside({ segments }: Judgement): void {
    this.#windows.markJudged(segments)
  }

  /** Completes the record. To be called once, at the end. */
  note(): void {
    const { record, said } = this.#call
    if (this.#worst !== null) {
      record.judgement('completion', this.#worst)
      said?.judged('completion', this.#worst)
    }
    record.set('judgedChars', this.#windows.judgedChars)
  }
}

/** A stream is judged many times; its record tells the gravest of them. */
function severer(next: Judgement, worst: Judgement): boolean {
  const rank = ({ decision, lifted }: Judgement) =>
    (decision.action === 'refuse' && decision.revisable !== true ? 4 : 0) +
    (decision.revisable === true || lifted !== undefined ? 2 : 0) +
    (decision.unevaluated.length > 0 ? 1 : 0)
  if (rank(next) !== rank(worst)) return rank(next) > rank(worst)
  if ((next.shadow === undefined) !== (worst.shadow === undefined)) return next.shadow !== undefined
  return next.decision.flagged.length > worst.decision.flagged.length
}
