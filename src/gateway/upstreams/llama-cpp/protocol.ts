import { z } from 'zod'

/** What is to be continued: a conversation, or a text as it stands. */
export const Prompt = z.discriminatedUnion('type', [
  z.object({
    type: z.literal('chat'),
    turns: z.array(z.object({ role: z.enum(['system', 'user', 'assistant']), text: z.string() })),
  }),
  z.object({ type: z.literal('text'), text: z.string() }),
])
export type Prompt = z.infer<typeof Prompt>

/** One token that could have come, and the natural logarithm of its probability before anything was done to it by sampling. */
const Likely = z.object({ token: z.string(), logprob: z.number() })
export type Likely = z.infer<typeof Likely>

/** Of an answer's first token: what came, and what could have, most likely first. */
export const FirstToken = Likely.extend({ top: z.array(Likely) })
export type FirstToken = z.infer<typeof FirstToken>

export const Sampling = z.object({
  maxTokens: z.int().positive().optional(),
  temperature: z.number().optional(),
  topP: z.number().optional(),
  seed: z.int().optional(),
  stop: z.array(z.string()),
  /** So many likely first tokens are told. */
  topLogprobs: z.int().min(0).max(20).optional(),
})
export type Sampling = z.infer<typeof Sampling>

/** To the process that has the model. */
export const Order = z.discriminatedUnion('type', [
  z.object({
    type: z.literal('load'),
    library: z.string(),
    path: z.string(),
    contextTokens: z.int().positive(),
    parallel: z.int().positive(),
    threads: z.int().positive(),
  }),
  z.object({ type: z.literal('generate'), id: z.int(), prompt: Prompt, sampling: Sampling }),
  z.object({ type: z.literal('stop'), id: z.int() }),
])
export type Order = z.infer<typeof Order>

export const StopReason = z.enum(['stop', 'length'])
export type StopReason = z.infer<typeof StopReason>

/** From it. */
export const Report = z.discriminatedUnion('type', [
  z.object({ type: z.literal('loaded') }),
  z.object({ type: z.literal('failed'), reason: z.string() }),
  z.object({ type: z.literal('text'), id: z.int(), text: z.string() }),
  z.object({
    type: z.literal('end'),
    id: z.int(),
    reason: StopReason,
    inputTokens: z.int().nonnegative(),
    outputTokens: z.int().nonnegative(),
    firstToken: FirstToken.nullable(),
  }),
  z.object({ type: z.literal('error'), id: z.int() }),
])
export type Report = z.infer<typeof Report>
