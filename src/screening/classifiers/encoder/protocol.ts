import { z } from 'zod'

/** Rows of one run, padded to `width`: `ids` is row-major [lengths.length, width]. */
const Batch = z.object({
  width: z.int(),
  ids: z.instanceof(Int32Array),
  lengths: z.instanceof(Int32Array),
  /** Per row, index from which tokens are of type 1. */
  typesFrom: z.instanceof(Int32Array),
})
export type Batch = z.infer<typeof Batch>

/** What a worker process is told. */
export const Ask = z.discriminatedUnion('type', [
  z.object({ type: z.literal('open'), modelPath: z.string(), sha256: z.string(), outputs: z.int() }),
  z.object({
    type: z.literal('run'),
    id: z.int(),
    batch: Batch,
  }),
  z.object({ type: z.literal('close') }),
])
export type Ask = z.infer<typeof Ask>

/** What it answers. No message holds text: only numbers of tokens go in and logits come out. */
export const Answer = z.discriminatedUnion('type', [
  z.object({ type: z.literal('ready'), rssBytes: z.int() }),
  z.object({ type: z.literal('refused'), reason: z.enum(['unreadable', 'digest', 'model']), detail: z.string() }),
  z.object({ type: z.literal('done'), id: z.int(), logits: z.instanceof(Float32Array) }),
  z.object({ type: z.literal('failed'), id: z.int(), detail: z.string() }),
])
export type Answer = z.infer<typeof Answer>
