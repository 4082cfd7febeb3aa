import { createHash } from 'node:crypto'
import { z } from 'zod'
import { canonicalJson } from '../../ledger/index.ts'
import type { Exchange, Turn } from '../../screening/index.ts'

const MAX_TURNS = 50
const MAX_TEXT = 64_000
const MAX_TOOLS = 64
const MAX_TOOLS_BYTES = 64_000

const Text = z
  .string()
  .min(1)
  .max(MAX_TEXT)
  .refine((text) => text.isWellFormed(), 'no half characters')

/** As OpenAI's chat API and Anthropic's both take them: a name, what it does, and a JSON schema. */
const Tool = z.strictObject({
  name: z.string().regex(/^[A-Za-z0-9_-]{1,64}$/, 'letters, digits, dashes and underscores, at most 64'),
  description: z.string().max(4_000).default(''),
  parameters: z.record(z.string(), z.unknown()).default({ type: 'object' }),
})

export const Sampling = z
  .strictObject({
    maxTokens: z.int().min(1).max(16_384).default(1_024),
    temperature: z
      .number()
      .min(0)
      .max(2)
      .nullable()
      .default(null)
      .meta({ description: 'null = whatever the model does by itself' }),
    topP: z.number().gt(0).max(1).nullable().default(null),
    seed: z.int().min(0).max(2_147_483_647).nullable().default(null).meta({
      description: 'of the first try; each further one adds one, so that tries differ. Not every server heeds it',
    }),
  })
  .meta({ id: 'ReproductionSampling' })
export type Sampling = z.infer<typeof Sampling>

/** What is said to a model, over and over. Content: sealed wherever it is kept. */
export const Script = z
  .strictObject({
    turns: z
      .array(z.strictObject({ role: z.enum(['user', 'assistant']), text: Text }))
      .min(1)
      .max(MAX_TURNS)
      .refine(
        (turns) => turns.at(-1)?.role === 'user',
        'the last turn must be the user’s: there is nothing to answer else',
      ),
    system: Text.nullable().default(null),
    tools: z
      .array(Tool)
      .max(MAX_TOOLS)
      .default([])
      .refine(
        (tools) => Buffer.byteLength(JSON.stringify(tools)) <= MAX_TOOLS_BYTES,
        `at most ${MAX_TOOLS_BYTES} bytes`,
      ),
  })
  .meta({ id: 'ReproductionScript' })
export type Script = z.infer<typeof Script>

/** The same conversation as screening reads it. */
export function exchangeOf({ turns, system, tools }: Script): Exchange {
  const part = (kind: 'text' | 'tool_definition', text: string, pointer: string) => ({ kind, text, pointer })
  const said: Turn[] = turns.map(({ role, text }, n) => ({ role, parts: [part('text', text, `/turns/${n}/text`)] }))
  const told: Turn[] = system === null ? [] : [{ role: 'system', parts: [part('text', system, '/system')] }]
  const given = tools.map((tool, n) => part('tool_definition', JSON.stringify(tool), `/tools/${n}`))
  return { turns: [...told, ...(given.length === 0 ? [] : [{ role: 'system' as const, parts: given }]), ...said] }
}

/** SHA-256 over RFC 8785 JSON, hex, by which two runs can be told to have said the same; null for nothing. */
export function digestOf(part: unknown): string | null {
  if (part === null || (Array.isArray(part) && part.length === 0)) return null
  return createHash('sha256').update(canonicalJson(part)).digest('hex')
}
