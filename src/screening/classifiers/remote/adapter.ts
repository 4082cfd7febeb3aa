import type { Json, JsonObject } from '../../../base/json.ts'
import type { Label } from '../../taxonomy.ts'
import type { Classifier, Scores } from '../classifier.ts'
import type { View } from './views.ts'

/** One HTTP request to a guard. */
export interface Question {
  readonly path: string
  readonly body: JsonObject
  /** Which of the guard's questions it is, for guards that answer one at a time. */
  readonly about: string
}

/** The wire format of one kind of guard: pure, so that it can be tested against what the model really sends. */
export interface GuardAdapter {
  /** Kind and model, for the classifier's id. */
  readonly name: string
  /** All fixed text and settings that shape an answer: a change of it is a change of the classifier. */
  readonly fingerprint: string
  readonly covers: Classifier['covers']
  /** The questions that together judge a view. Texts of a view are neutralised already. */
  render(view: View): readonly Question[]
  /** Scores from one answer; null when it is not exactly what the guard is known to answer. Never guesses. */
  read(question: Question, answer: Json, side: View['side']): Scores | null
}

export function coversBoth(labels: Iterable<Label>): Classifier['covers'] {
  const set: ReadonlySet<Label> = new Set(labels)
  return { prompt: set, completion: set }
}

/** Scores of 0 for all labels that the guard would have named, had it found them. */
export function silent(labels: Iterable<Label>): Partial<Record<Label, number>> {
  const scores: Partial<Record<Label, number>> = {}
  for (const label of labels) scores[label] = 0
  return scores
}

/** Raises scores to those of `more`, for the labels that are scored at all. */
export function raise(scores: Partial<Record<Label, number>>, more: Scores): void {
  for (const [label, score] of entriesOf(more)) {
    const known = scores[label]
    if (known !== undefined && score > known) scores[label] = score
  }
}

export function entriesOf(scores: Scores): [Label, number][] {
  const entries: [Label, number][] = []
  let label: Label
  for (label in scores) {
    const score = scores[label]
    if (score !== undefined) entries.push([label, score])
  }
  return entries
}

export interface ChatOptions {
  readonly model: string
  readonly messages: readonly { readonly role: string; readonly content: string }[]
  readonly maxTokens: number
  /** Ask for the probabilities of the likeliest tokens: 20 is the most that servers give without being told. */
  readonly logprobs: boolean
  readonly extra?: JsonObject
}

/** A question in the format of `POST /v1/chat/completions`, decoded greedily. */
export function chatQuestion(about: string, options: ChatOptions): Question {
  return {
    path: '/v1/chat/completions',
    about,
    body: {
      model: options.model,
      messages: options.messages.map(({ role, content }) => ({ role, content })),
      temperature: 0,
      max_tokens: options.maxTokens,
      stream: false,
      ...(options.logprobs ? { logprobs: true, top_logprobs: 20 } : {}),
      ...options.extra,
    },
  }
}

/** The messages of a view as chats have them. */
export function chatMessages(view: View) {
  return view.messages.map(({ role, text }) => ({ role, content: text }))
}

/** Raw text in the format of `POST /v1/completions`, for guards whose template is filled here. */
export function textQuestion(
  about: string,
  model: string,
  prompt: string,
  maxTokens: number,
  logprobs: boolean,
): Question {
  return {
    path: '/v1/completions',
    about,
    body: {
      model,
      prompt,
      temperature: 0,
      max_tokens: maxTokens,
      stream: false,
      ...(logprobs ? { logprobs: 20 } : {}),
    },
  }
}
