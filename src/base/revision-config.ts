import { z } from 'zod'

/** How an answer is put right before it is sent. */
export const RevisionConfig = z.strictObject({
  timeoutMs: z.int().min(100).max(600_000).default(15_000).meta({
    description: 'longest time that a revision may take; after it the answer is refused',
  }),
  rounds: z.int().min(1).max(4).default(1).meta({ description: 'of critique and revision' }),
  maxTokens: z.int().min(16).max(32_768).default(1_024).meta({
    description: 'of a critique, and of a revision; one that is longer is refused',
  }),
  model: z.string().min(1).max(256).optional().meta({
    description: 'name of a model of `models` that revises; the one that answered when absent',
  }),
})
export type RevisionConfig = z.infer<typeof RevisionConfig>
