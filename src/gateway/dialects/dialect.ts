import type { AppError } from '../../base/errors.ts'
import type { JsonObject } from '../../base/json.ts'
import type { Exchange, Label, MediaPart, TextKind } from '../../screening/index.ts'
import type { SseEvent } from '../sse.ts'

/** A wire format: what stands in the bodies that one route takes and gives. */
export type DialectId =
  | 'openai-chat'
  | 'openai-responses'
  | 'openai-completions'
  | 'openai-embeddings'
  | 'anthropic-messages'
  | 'anthropic-count-tokens'

/** Those whose answers are words: they can stream. The others answer with numbers. */
export type SpeakingDialectId = Exclude<DialectId, 'openai-embeddings' | 'anthropic-count-tokens'>

/** What the gateway needs to know of a request, whatever dialect it came in. */
export interface DecodedRequest {
  readonly model: string
  readonly stream: boolean
  /** `n`: how many completions are asked for. */
  readonly choices: number
  readonly exchange: Exchange
  /** The customer's identifier of its own end user (`user`, `safety_identifier`, `metadata.user_id`), null when absent. */
  readonly endUser: string | null
  /** Most tokens the answer may have per choice, null when the client states none. */
  readonly maxOutputTokens: number | null
}

/**
 * Text of an answer on one track. A track is one run of text that a reader would read as a whole: the text of choice 0, the
 * arguments of one tool call, one reasoning part. Strings that no decoder claims get a track named by their path.
 */
export interface TrackText {
  readonly track: string
  readonly kind: TextKind
  readonly text: string
}

export interface Usage {
  readonly inputTokens: number
  readonly outputTokens: number
}

/** An answer that came whole. */
export interface DecodedCompletion {
  readonly texts: readonly TrackText[]
  readonly media: readonly MediaPart[]
  /** The model (or its provider) refused by itself: passed on untouched, counted apart from our refusals. */
  readonly upstreamRefusal: boolean
  readonly usage: Usage | null
}

/** What one event of a stream adds. The event may leave only when all of `texts` has been judged. */
export interface StreamStep {
  readonly texts: readonly TrackText[]
  readonly media: readonly MediaPart[]
  /** Tracks that get no more text: they are judged to their end. */
  readonly closes: readonly string[]
  /** A client that sees this event may take the answer for whole and leave, though more may come. */
  readonly closing: boolean
  /** The upstream has said everything. */
  readonly done: boolean
  readonly upstreamRefusal: boolean
  readonly usage: Usage | null
}

/**
 * Reads one streamed answer: `read` looks ahead at each upstream event in order; `release` is told of each event that really left, in
 * the same order, so that `cut` can end the stream well-formed from exactly what the client has seen.
 */
export interface StreamReader {
  /** @throws {AppError} UPSTREAM_UNAVAILABLE when the event is not one that this dialect has. */
  read(event: SseEvent): StreamStep
  release(event: SseEvent): void
  /** SSE text that closes what is open, says the refusal natively and ends the stream. Works before any event was released too. */
  cut(refusal: Refusal, request: DecodedRequest): string
  /** SSE text that reports a failure in mid-stream, as this dialect does. */
  fail(error: AppError, requestId: string): string
}

/** Why something was refused, in public words. */
export interface Refusal {
  readonly decisionId: string
  readonly side: 'prompt' | 'completion'
  readonly label: Label
  /** Clause of the public policy, `4.2`. */
  readonly clause: string
  /** Names the clause, the decision id and where to appeal; holds no content. */
  readonly explanation: string
  /** Seconds since the epoch, for `created` fields. */
  readonly createdSeconds: number
}

/** An answer that was put right, in place of the one that the model gave. */
export interface RevisedAnswer {
  readonly decisionId: string
  /** Clause of the public policy under which it was revised, `4.2`. */
  readonly clause: string
  readonly text: string
  /** What the model says that its own answer took; null where it doesn't say. */
  readonly usage: Usage | null
  /** Seconds since the epoch, for `created` fields. */
  readonly createdSeconds: number
}

/** How a dialect says a revised answer: one choice of text that has ended by itself. */
export interface RevisedForm {
  whole(answer: RevisedAnswer, request: DecodedRequest): JsonObject
  /** SSE text of a whole stream, for a client that has seen no event yet. */
  stream(answer: RevisedAnswer, request: DecodedRequest): string
}

/** The native body of an error. */
export interface ErrorBody {
  readonly status: number
  readonly body: JsonObject
}

export interface Dialect {
  readonly id: DialectId
  /** Whose conventions hold where dialects of one vendor are alike: headers, lists of models. */
  readonly vendor: 'openai' | 'anthropic'
  /** @throws {AppError} REQUEST_INVALID naming the field, never quoting content. */
  decodeRequest(body: JsonObject): DecodedRequest
  /** @throws {AppError} UPSTREAM_UNAVAILABLE when the body is not an answer of this dialect. */
  decodeCompletion(body: JsonObject): DecodedCompletion
  /** @throws {AppError} REQUEST_INVALID where answers don't stream. */
  createStreamReader(): StreamReader
  /** The whole answer to a refused request that did not ask for a stream. */
  refusal(refusal: Refusal, request: DecodedRequest): JsonObject
  /** Its HTTP status: 200 where the dialect has an answer that says so, 400 where only an error can. */
  readonly refusalStatus: 200 | 400
  /** Null where answers are no words that could be put right. */
  readonly revised: RevisedForm | null
  /** `requestId` is what the customer quotes to support. */
  error(error: AppError, requestId: string): ErrorBody
}
