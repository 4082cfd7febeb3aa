import type { Exchange, Role, TextKind } from '../exchange/exchange.ts'
import type { Label } from '../taxonomy.ts'

/** A stretch of text to judge, with where it stands. */
export interface Segment {
  readonly text: string
  readonly role: Role
  readonly kind: TextKind
  /** Prompt: the RFC 6901 pointer of the string. Completion: the track (`choice 0 text`, `choice 1 tool_call call_9`). */
  readonly source: string
  /** First character of `text` within its source, for windows of a stream; 0 for a whole string. */
  readonly offset: number
}

/**
 * One question to a classifier: how harmful are these segments, given the exchange?
 * `prompt` judges what the client sent; `completion` judges what the model says in answer to `exchange`.
 */
export interface ClassifyRequest {
  readonly side: 'prompt' | 'completion'
  readonly segments: readonly Segment[]
  readonly exchange: Exchange
}

/** Where a score came from: the window that carried the highest score of a label. */
export interface Evidence {
  readonly label: Label
  readonly score: number
  /** Index into `ClassifyRequest.segments`. */
  readonly segment: number
  /** Characters [start, end) of that segment's original text. */
  readonly start: number
  readonly end: number
}

/** A probability in [0, 1] for each label that the classifier covers on this side; absent = not covered. */
export type Scores = Partial<Record<Label, number>>

export interface Assessment {
  /** Which classifier, at which digest of weights or prompt, said this. */
  readonly classifier: string
  /** The maximum over segments and windows. */
  readonly scores: Scores
  /** The strongest window of each label at or above 0.1, strongest first; at most 8. */
  readonly evidence: readonly Evidence[]
  /** Labels whose harmless standard test string was found (score 1): blocked, but never a strike. */
  readonly testString: boolean
  /** With `testString`: what the scores would be had the string not been there, for customers who switched it off. */
  readonly scoresWithoutTestString?: Scores
}

/**
 * Judges text. In-process screens answer at once; encoders and remote guards answer by promise.
 * An error or an abort rejects (or throws): undecided is never an empty assessment.
 */
export interface Classifier {
  /** `name@digest`, as recorded with each decision. */
  readonly id: string
  readonly covers: { readonly prompt: ReadonlySet<Label>; readonly completion: ReadonlySet<Label> }
  classify(request: ClassifyRequest, signal?: AbortSignal): Assessment | Promise<Assessment>
}
