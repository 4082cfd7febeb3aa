import type { Principal } from '../accounts/index.ts'
import { AppError } from '../base/errors.ts'
import { isJsonObject, type Json, type JsonObject } from '../base/json.ts'
import {
  categoriesOf,
  type Exchange,
  fromLabels,
  type Label,
  type MediaPart,
  type Part,
  type Scores,
} from '../screening/index.ts'
import type { Call } from './call.ts'
import { assertDecided, type Judgement } from './judge.ts'
import { sendJson } from './replies.ts'
import type { ServeContext } from './serve-context.ts'

const MAX_INPUTS = 128

/** OpenAI's 13 categories, by the links of the taxonomies. A label that is flagged raises those that hold at least half of it. */
const CATEGORIES = categoriesOf('openai').map(({ id }) => id)
const RAISED_FROM = 0.5

/**
 * `POST /v1/moderations`: the judgement alone, in OpenAI's shape, with Safelevel's own labels and decision beside it.
 *
 * @throws {AppError} REQUEST_INVALID for an input that is not text, an array of texts or an array of parts.
 */
export async function moderate(
  context: ServeContext,
  call: Call,
  principal: Principal,
  body: JsonObject,
): Promise<void> {
  const policy = context.judge.currentPolicy()
  const results: JsonObject[] = []
  for (const exchange of readInputs(body.input)) {
    const judgement = await context.judge.prompt(exchange, policy, principal.testString, call.abort.signal)
    assertDecided(judgement)
    // The record keeps the gravest of the inputs.
    if (results.length === 0 || judgement.decision.action === 'refuse') call.record.judgement('prompt', judgement)
    results.push(result(judgement))
  }
  call.record.set('inputs', results.length)
  await context.recordOutcome(call, 'allow')
  sendJson(call.req, call.res, 200, { id: call.record.id, model: context.judge.classifierId, results }, call.headers)
}

function readInputs(input: Json | undefined): Exchange[] {
  if (typeof input === 'string') return [oneTurn([textPart(input, '/input')])]
  if (!Array.isArray(input) || input.length === 0 || input.length > MAX_INPUTS) {
    throw new AppError('REQUEST_INVALID', `input: a text or an array of 1 to ${MAX_INPUTS} texts or parts`)
  }
  if (input.every((item) => typeof item === 'string'))
    return input.map((text, i) => oneTurn([textPart(text, `/input/${i}`)]))
  return [oneTurn(input.map(readPart))]
}

function readPart(item: Json, index: number): Part {
  const pointer = `/input/${index}`
  if (isJsonObject(item) && item.type === 'text' && typeof item.text === 'string')
    return textPart(item.text, `${pointer}/text`)
  if (isJsonObject(item) && item.type === 'image_url')
    return { kind: 'media', media: 'image', pointer } satisfies MediaPart
  throw new AppError('REQUEST_INVALID', `input[${index}]: a part of type text or image_url`)
}

function textPart(text: string, pointer: string): Part {
  return { kind: 'text', text, pointer }
}

function oneTurn(parts: Part[]): Exchange {
  return { turns: [{ role: 'user', parts }] }
}

function result({ decision, assessments }: Judgement): JsonObject {
  const scores: Scores = Object.assign({}, ...assessments.map((a) => a.scores))
  const raised = new Set<Label>(decision.flagged.map((f) => f.label))
  if (decision.label !== null) raised.add(decision.label)
  const known = fromLabels('openai', scores)
  const flagged = fromLabels('openai', Object.fromEntries([...raised].map((label) => [label, 1])))
  const flags: JsonObject = {}
  const categoryScores: JsonObject = {}
  for (const name of CATEGORIES) {
    flags[name] = (flagged[name] ?? 0) >= RAISED_FROM
    categoryScores[name] = known[name] ?? 0
  }
  return {
    flagged: decision.action === 'refuse' || raised.size > 0,
    categories: flags,
    category_scores: categoryScores,
    category_applied_input_types: Object.fromEntries(CATEGORIES.map((name) => [name, ['text']])),
    safelevel: {
      action: decision.action,
      clause: decision.clause,
      labels: { ...scores },
      unevaluated: [...decision.unevaluated],
      test_string: decision.testString,
    },
  }
}
