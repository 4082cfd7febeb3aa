import { z } from 'zod'
import { fileLines, type Line } from '../../../base/lines.ts'
import type { ClassifyRequest } from '../../classifiers/classifier.ts'
import type { Exchange } from '../../exchange/exchange.ts'

/** Longer lines are skipped and named, never held whole. */
export const MAX_LINE_BYTES = 16 * 1024 * 1024

const MAX_NAME = 80

/** A name from somebody's data set: one short printable line, whatever stands there. */
const Name = z.string().transform((name) =>
  name
    .replace(/[\p{C}\s]+/gu, ' ')
    .trim()
    .slice(0, MAX_NAME),
)

/**
 * One labelled text, as data sets hand it over: `text` is judged; in a `pair` it is the completion and `prompt` is what it answers.
 * Other fields are ignored.
 */
const LabelledRow = z
  .object({
    text: z.string(),
    role: z.enum(['prompt', 'completion', 'pair']),
    prompt: z.string().nullish(),
    harmful: z.union([z.literal(0), z.literal(1), z.null()]),
    category: Name.nullish(),
    kind: Name.nullish(),
  })
  .refine((row) => row.role !== 'pair' || typeof row.prompt === 'string')

/** A row that can count: it says whether its text is harmful. */
export interface Row {
  /** 1-based line in its file: the only name that a report gives a row. */
  readonly line: number
  readonly text: string
  readonly role: 'prompt' | 'completion' | 'pair'
  readonly prompt: string | null
  readonly harmful: 0 | 1
  readonly category: string
  readonly kind: string
}

/** Stands where a row names no category or kind. */
export const UNNAMED = '(none)'

/** Why a line gives no row. */
export type Reading = Row | 'blank' | 'malformed' | 'unlabelled'

/** Hostile input: whatever the line holds, it gives a row or a reason. */
export function readRow({ number, text }: Line): Reading {
  if (text === undefined) return 'malformed'
  if (text.trim() === '') return 'blank'
  let value: unknown
  try {
    value = JSON.parse(text)
  } catch {
    return 'malformed'
  }
  const parsed = LabelledRow.safeParse(value)
  if (!parsed.success) return 'malformed'
  const { harmful, category, kind, role, prompt } = parsed.data
  if (harmful === null) return 'unlabelled'
  return {
    line: number,
    text: parsed.data.text,
    role,
    prompt: prompt ?? null,
    harmful,
    category: category || UNNAMED,
    kind: kind || UNNAMED,
  }
}

/** The labelled rows of a file, one held at a time; lines outside `only` are passed over unread. */
export async function* rowsOf(path: string, only?: ReadonlySet<number>): AsyncGenerator<Row> {
  for await (const line of fileLines(path, { maxBytes: MAX_LINE_BYTES })) {
    if (only !== undefined && !only.has(line.number)) continue
    const row = readRow(line)
    if (typeof row !== 'string') yield row
  }
}

/** `auto`: each row by its role. Otherwise every text is judged as what the name says. */
export const SIDE_CHOICES = ['auto', 'prompt', 'completion'] as const
export type SideChoice = (typeof SIDE_CHOICES)[number]

/** The question that the gateway would ask about this row. */
export function requestOf(row: Row, choice: SideChoice): ClassifyRequest {
  const side = choice === 'auto' ? (row.role === 'prompt' ? 'prompt' : 'completion') : choice
  if (side === 'prompt') {
    const segment = { text: row.text, role: 'user', kind: 'text', source: '/messages/0/content', offset: 0 } as const
    return { side, exchange: userSays(row.text), segments: [segment] }
  }
  const segment = { text: row.text, role: 'assistant', kind: 'text', source: 'choice 0 text', offset: 0 } as const
  const exchange = row.role === 'pair' && row.prompt !== null ? userSays(row.prompt) : { turns: [] }
  return { side, exchange, segments: [segment] }
}

function userSays(text: string): Exchange {
  return { turns: [{ role: 'user', parts: [{ kind: 'text', text, pointer: '/messages/0/content' }] }] }
}
