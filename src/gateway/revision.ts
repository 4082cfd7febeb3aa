import { isJsonObject } from '../base/json.ts'
import { parseStrictJson } from '../base/strict-json.ts'
import type { Clause } from '../policy/index.ts'
import type { Exchange, MediaPart } from '../screening/index.ts'
import type { JudgedCall } from './call.ts'
import type { RevisedAnswer, TrackText, Usage } from './dialects/dialect.ts'
import { asItStands } from './enforcement-mode.ts'
import type { Judgement } from './judge.ts'
import type { ServeContext } from './serve-context.ts'
import { stageEnded } from './stages.ts'

/** An answer that is to be put right. */
export interface RevisionAsked {
  readonly exchange: Exchange
  readonly completion: string
  readonly clause: Pick<Clause, 'id' | 'title' | 'wording'>
  /** Name of the model that gave the answer. */
  readonly model: string
  /** Most tokens that the revised answer may have, as the client wants it; null when it states none. */
  readonly maxTokens: number | null
  readonly signal: AbortSignal
}

/** What came of it, judged by nobody yet. */
export interface RevisedText {
  readonly text: string
  /** Of critique and revision. */
  readonly rounds: number
  /** Name of the model that revised. */
  readonly model: string
  /** What that took, over all rounds; null where the model doesn't say. */
  readonly usage: Usage | null
}

/** Puts answers right. */
export interface Reviser {
  /** @throws when there is no whole revision to be had */
  revise(asked: RevisionAsked): Promise<RevisedText>
}

export interface RevisionPort {
  readonly reviser: Reviser
  /** Longest time that one may take. */
  readonly timeoutMs: number
}

/** An answer that the policy wants put right, as far as that takes knowing it. */
export interface Withheld {
  readonly texts: readonly TrackText[]
  readonly media: readonly MediaPart[]
  readonly upstreamRefusal: boolean
  readonly usage: Usage | null
}

/** Why an answer was refused and not revised. */
export type Unrevised =
  /** Nobody revises here. */
  | 'no_reviser'
  /** A part of it had left. */
  | 'begun'
  /** Not one choice of plain words: tools are called, a form is asked for, several choices, a beginning is given. */
  | 'not_plain'
  | 'timeout'
  | 'unavailable'
  | 'empty'
  | 'unchanged'
  | 'too_long'
  | 'still_refused'

/** Room for names in an event, which models of others may have made long. */
const MAX_NAME = 256

/**
 * Has an answer put right and judges it anew, by everything that the first was judged by. What is not to be had, or is still refused, is null:
 * then the first judgement stands, and the answer is refused.
 *
 * @throws when the request ends meanwhile
 */
export async function revised(
  context: ServeContext,
  call: JudgedCall,
  judgement: Judgement,
  answer: Withheld,
): Promise<RevisedAnswer | null> {
  const startedMs = context.clock.monotonic()
  const outcome = await attempt(context, call, judgement, answer)
  stageEnded(context, call, 'revision', startedMs)
  const ms = Math.round(context.clock.monotonic() - startedMs)
  if (typeof outcome === 'string') {
    noteUnrevised(context, call, judgement, outcome, ms)
    return null
  }
  context.metrics.revisions.inc({ result: 'revised' })
  const clause = judgement.decision.clause ?? ''
  const { text, rounds, model, usage } = outcome
  call.record.digest('revision', context.digest.of(text))
  call.record.set('revised', {
    clause,
    label: judgement.decision.label,
    model: model.slice(0, MAX_NAME),
    ms,
    rounds,
    ...(usage === null ? {} : { usage: { inputTokens: usage.inputTokens, outputTokens: usage.outputTokens } }),
  })
  const createdSeconds = Math.floor(context.clock.now() / 1_000)
  return { decisionId: call.record.id, clause, text, usage: answer.usage, createdSeconds }
}

/** Records why an answer is refused that the policy wants put right. */
export function noteUnrevised(
  { metrics }: Pick<ServeContext, 'metrics'>,
  { record }: Pick<JudgedCall, 'record'>,
  { decision }: Judgement,
  why: Unrevised,
  ms = 0,
): void {
  metrics.revisions.inc({ result: why })
  record.set('unrevised', { clause: decision.clause ?? '', ms, why })
}

async function attempt(
  context: ServeContext,
  call: JudgedCall,
  judgement: Judgement,
  answer: Withheld,
): Promise<RevisedText | Unrevised> {
  const { revision } = context
  const { clause } = judgement.decision
  if (clause === null || revision === undefined) return 'no_reviser'
  const completion = plainText(call, answer)
  if (completion === null) return 'not_plain'
  const late = AbortSignal.timeout(revision.timeoutMs)
  const signal = AbortSignal.any([call.abort.signal, late])
  let made: RevisedText
  try {
    const { exchange, maxOutputTokens: maxTokens } = call.request
    const asked = {
      exchange,
      completion,
      clause: call.policy.clause(clause),
      model: call.model.name,
      maxTokens,
      signal,
    }
    made = await unlessAborted(revision.reviser.revise(asked), signal)
  } catch (error) {
    call.abort.signal.throwIfAborted()
    if (late.aborted) return 'timeout'
    context.log.warn({ err: error, decision: call.record.id }, 'an answer could not be revised')
    return 'unavailable'
  }
  if (made.text.trim() === '') return 'empty'
  if (made.text.trim() === completion.trim()) return 'unchanged'
  if (Buffer.byteLength(made.text) > call.config.limits.maxCompletionBytes) return 'too_long'
  const words: TrackText = { track: REVISION_TRACK, kind: 'text', text: made.text }
  call.said?.add([words])
  const anew = await judgedAnew(context, call, words)
  call.record.revision(anew)
  return anew.decision.action === 'refuse' ? 'still_refused' : made
}

/** Where the revised words stand among what was said. */
export const REVISION_TRACK = 'revision'

async function judgedAnew(
  context: ServeContext,
  call: JudgedCall,
  { track: source, kind, text }: TrackText,
): Promise<Judgement> {
  const { request, policy, principal, abort, safeguards } = call
  const segment = { text, role: 'assistant', kind, source, offset: 0 } as const
  const pending = context.judge.completion(
    [segment],
    [],
    request.exchange,
    policy,
    principal.testString,
    abort.signal,
    safeguards?.judge,
  )
  return asItStands(context, call, await pending)
}

/** A reviser that doesn't heed its signal is waited for no longer than one that does. */
async function unlessAborted<T>(work: Promise<T>, signal: AbortSignal): Promise<T> {
  const aborted = Promise.withResolvers<never>()
  const onAbort = () => aborted.reject(signal.reason)
  if (signal.aborted) onAbort()
  signal.addEventListener('abort', onAbort, { once: true })
  try {
    return await Promise.race([work, aborted.promise])
  } finally {
    signal.removeEventListener('abort', onAbort)
  }
}

/** The words of an answer that words alone can stand in for; null for any other. Thoughts before it are withheld with it. */
function plainText(call: JudgedCall, { texts, media, upstreamRefusal }: Withheld): string | null {
  const { request, dialect } = call
  if (dialect.revised === null || upstreamRefusal || media.length > 0) return null
  if (request.choices !== 1 || request.exchange.turns.at(-1)?.role === 'assistant') return null
  if (texts.some(({ kind }) => NOT_PLAIN.has(kind)) || asksForForm(call.body, call.config.limits.maxDepth)) return null
  const words = texts.filter(({ kind }) => kind === 'text').map(({ text }) => text)
  return words.length === 0 ? null : words.join('')
}

const NOT_PLAIN: ReadonlySet<string> = new Set(['tool_call', 'tool_result', 'tool_definition', 'refusal'])

/** Whether the answer must have a form that a revision would break: JSON, the request said again before it, a given end. */
function asksForForm(bytes: Uint8Array, maxDepth: number): boolean {
  const body = parseStrictJson(bytes, { maxDepth })
  if (!isJsonObject(body)) return true
  const { response_format: chat, text, output_format: messages, output_config: config, echo, suffix } = body
  const formats = [chat, isJsonObject(text) ? text.format : null, messages, isJsonObject(config) ? config.format : null]
  return formats.some((format) => isJsonObject(format) && format.type !== 'text') || echo === true || Boolean(suffix)
}
