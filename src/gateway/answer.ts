import { AppError } from '../base/errors.ts'
import { isJsonObject, type Json, type JsonObject } from '../base/json.ts'
import { parseStrictJson, readStrictJson } from '../base/strict-json.ts'
import type { Segment } from '../screening/index.ts'
import type { JudgedCall } from './call.ts'
import type { TrackText } from './dialects/dialect.ts'
import { asItStands, mustRefuse } from './enforcement-mode.ts'
import { type Judgement, withSeams } from './judge.ts'
import { sendRevised } from './refusal.ts'
import { readAnswer, sendJson } from './replies.ts'
import { revised, type Withheld } from './revision.ts'
import type { ServeContext } from './serve-context.ts'
import { stageEnded } from './stages.ts'
import type { UpstreamResponse } from './upstreams/upstream.ts'

/** An answer that does not stream: read whole, judged whole, recorded, then sent on byte by byte as it came. */
export async function relayAnswer(context: ServeContext, call: JudgedCall, response: UpstreamResponse): Promise<void> {
  const { digest, judge } = context
  const { config } = call
  const bytes = await readAnswer(response.body, config.limits.maxCompletionBytes)
  const { body, text } = parseAnswer(bytes, config.limits.maxDepth)
  const completion = call.dialect.decodeCompletion(body)
  const startedMs = context.clock.monotonic()
  const pending = judge.completion(
    withSeams(completion.texts.map(toSegment)),
    completion.media,
    call.request.exchange,
    call.policy,
    call.principal.testString,
    call.abort.signal,
    call.safeguards?.judge,
  )
  const judgement = asItStands(context, call, pending instanceof Promise ? await pending : pending)
  stageEnded(context, call, 'screen_completion', startedMs)
  call.record.judgement('completion', judgement)
  call.said?.add(completion.texts)
  call.said?.judged('completion', judgement)
  call.record.digest('completion', digest.of(bytes))
  call.record.usage(completion.usage)
  context.settle(call, completion.usage)
  if (mustRefuse(call, judgement)) return await withhold(context, call, judgement, completion)
  if (completion.upstreamRefusal) {
    call.record.set('upstreamRefusal', true)
    context.metrics.upstreamRefusals.inc()
  }
  await context.recordOutcome(call, call.record.through)
  call.said?.releasedAll()
  sendJson(call.req, call.res, 200, text, call.headers)
}

/** Records what is sent in the place of an answer, the refusal or the answer put right, then sends it natively. */
async function withhold(
  context: ServeContext,
  call: JudgedCall,
  judgement: Judgement,
  answer: Withheld,
): Promise<void> {
  const words = judgement.decision.revisable === true ? await revised(context, call, judgement, answer) : null
  if (words === null) return await context.refuse(call, judgement, 'completion')
  await context.recordOutcome(call, 'revise')
  sendRevised(call, words)
}

export function toSegment({ track, kind, text }: TrackText): Segment {
  return { text, role: 'assistant', kind, source: track, offset: 0 }
}

/** The answer, and its text: as this is strict UTF-8, sending the text sends the very bytes that came. */
function parseAnswer(bytes: Uint8Array, maxDepth: number): { body: JsonObject; text: string } {
  let read: { value: Json; text: string }
  try {
    read = readStrictJson(bytes, { maxDepth })
  } catch (cause) {
    throw new AppError('UPSTREAM_UNAVAILABLE', 'the model server sent something that is not JSON', { cause })
  }
  if (!isJsonObject(read.value))
    throw new AppError('UPSTREAM_UNAVAILABLE', 'the model server sent something that is not an answer')
  return { body: read.value, text: read.text }
}

const EXPLAINED_STATUSES: ReadonlySet<number> = new Set([400, 404, 413, 422])

/**
 * The error for an upstream that answered with a failure. What a client can mend is passed on in words, after they were judged like any
 * other text of the model's; the rest says only that the upstream failed.
 */
export async function upstreamFailure(
  context: ServeContext,
  call: JudgedCall,
  response: UpstreamResponse,
): Promise<AppError> {
  call.record.set('upstreamStatus', response.status)
  const page = await readAnswer(response.body, 64 * 1024)
  if (response.status === 429)
    return new AppError('RATE_LIMITED', 'the model server is over its rate limit; try again later')
  if (response.status === 401 || response.status === 403) {
    return new AppError(
      'UPSTREAM_UNAVAILABLE',
      'the model server did not accept the gateway’s credentials; tell the operator',
    )
  }
  if (!EXPLAINED_STATUSES.has(response.status)) {
    return new AppError('UPSTREAM_UNAVAILABLE', `the model server failed with status ${response.status}`)
  }
  const words = errorWords(page)
  const refused = 'the model server refused the request'
  if (words === null) return new AppError('REQUEST_INVALID', refused)
  const segment: Segment = { text: words, role: 'assistant', kind: 'other', source: 'upstream error', offset: 0 }
  const judgement = await context.judge.completion(
    [segment],
    [],
    call.request.exchange,
    call.policy,
    true,
    call.abort.signal,
    call.safeguards?.judge,
  )
  return new AppError('REQUEST_INVALID', judgement.decision.action === 'allow' ? `${refused}: ${words}` : refused)
}

function errorWords(page: Uint8Array): string | null {
  try {
    const body = parseStrictJson(page, { maxDepth: 8 })
    if (!isJsonObject(body)) return null
    const error = body.error
    const message = isJsonObject(error) ? error.message : body.message
    return typeof message === 'string' ? message.slice(0, 500) : null
  } catch {
    return null // an error page that is not JSON says nothing that a client could use
  }
}
