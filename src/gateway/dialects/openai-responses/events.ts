import type { TextKind } from '../../../screening/index.ts'
import { ELSEWHERE, free, jsonText, media, object, type Shape, text } from '../shape.ts'
import { EVENT_FIELDS } from './shapes.ts'

/** A run of text that comes in `response.NAME.delta` events and is said again in `response.NAME.done`. */
export interface Run {
  readonly shape: Shape
  /** The field of the `done` event that has the whole. */
  readonly whole: string
  /** Where the item keeps it: the tracks of a stream are named like the places of the finished item. */
  readonly place: (contentIndex: string, summaryIndex: string) => string
}

const spoken = (kind: TextKind, whole: string): Run => ({
  shape: text(kind),
  whole,
  place: (content) => `content ${content} ${whole}`,
})
const ofItem = (shape: Shape, whole: string, place = whole): Run => ({ shape, whole, place: () => place })

export const RUNS: ReadonlyMap<string, Run> = new Map([
  ['output_text', spoken('text', 'text')],
  ['refusal', spoken('refusal', 'refusal')],
  ['reasoning_text', spoken('reasoning', 'text')],
  [
    'reasoning_summary_text',
    { shape: text('reasoning'), whole: 'text', place: (_, summary) => `summary ${summary} text` },
  ],
  ['function_call_arguments', ofItem(jsonText('tool_call'), 'arguments')],
  ['mcp_call_arguments', ofItem(jsonText('tool_call'), 'arguments')],
  ['custom_tool_call_input', ofItem(text('tool_call'), 'input')],
  ['code_interpreter_call_code', ofItem(text('tool_call'), 'code')],
  ['apply_patch_call_operation_diff', ofItem(text('tool_call'), 'diff', 'operation diff')],
  ['audio.transcript', ofItem(text('text'), 'transcript')],
])

/** Fields that the reader takes itself, by event; of the rest of an event every string is text unless it is known. */
/** An event of a type that the API doesn't document (yet): its type is text too. */
export const UNKNOWN_EVENT: Shape = object(EVENT_FIELDS)

export function eventShape(claimed: readonly string[]): Shape {
  return object({ type: ELSEWHERE, ...EVENT_FIELDS, ...Object.fromEntries(claimed.map((name) => [name, ELSEWHERE])) })
}

export const EVENTS: ReadonlyMap<string, Shape> = new Map([
  ...['created', 'queued', 'in_progress', 'completed', 'failed', 'incomplete'].map(
    (name) => [`response.${name}`, eventShape(['response'])] as const,
  ),
  ['response.output_item.added', eventShape(['item'])],
  ['response.output_item.done', eventShape(['item'])],
  ['response.content_part.added', eventShape(['part'])],
  ['response.content_part.done', eventShape(['part'])],
  ['response.reasoning_summary_part.added', eventShape(['part'])],
  ['response.reasoning_summary_part.done', eventShape(['part'])],
  ['response.output_text.annotation.added', eventShape(['annotation'])],
  ['response.audio.delta', object({ type: ELSEWHERE, ...EVENT_FIELDS, delta: media('audio') })],
  [
    'response.image_generation_call.partial_image',
    object({ type: ELSEWHERE, ...EVENT_FIELDS, partial_image_b64: media('image'), size: free('other') }),
  ],
  ...[...RUNS].flatMap(([name, { whole }]) => [
    [`response.${name}.delta`, eventShape(['delta', 'logprobs'])] as const,
    [`response.${name}.done`, eventShape([whole, 'logprobs'])] as const,
  ]),
])

/** Events that say how the whole answer stands. */
export const LIFECYCLE: ReadonlySet<string> = new Set(
  ['created', 'queued', 'in_progress', 'completed', 'failed', 'incomplete'].map((name) => `response.${name}`),
)
export const LAST: ReadonlySet<string> = new Set(['response.completed', 'response.failed', 'response.incomplete'])
