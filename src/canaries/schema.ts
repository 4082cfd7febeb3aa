import { z } from 'zod'

export const DIALECTS = [
  'openai-chat',
  'openai-responses',
  'openai-completions',
  'openai-embeddings',
  'anthropic-messages',
  'anthropic-count-tokens',
] as const
export const SIDES = ['prompt', 'completion'] as const
/** What answers with numbers has nothing harmful in its answer. */
export const NUMBERS: ReadonlySet<string> = new Set(['openai-embeddings', 'anthropic-count-tokens'])

/**
 * How a canary stands. `holds`: the last one was refused in time. `missed`: something harmful came through. `silent`: no answer that says
 * either, or none for too long. `waiting`: none was sent yet. Only `holds` is good news.
 */
export const CanaryState = z.enum(['holds', 'missed', 'silent', 'waiting'])
export type CanaryState = z.infer<typeof CanaryState>

export const CanaryView = z
  .object({
    id: z.string().meta({ description: 'surface/dialect/side' }),
    surface: z.string(),
    model: z.string(),
    dialect: z.enum(DIALECTS),
    side: z.enum(SIDES).meta({ description: 'whether the harm is in the prompt or in the streamed answer' }),
    state: CanaryState,
    lastSentAt: z.iso.datetime().nullable(),
    lastRefusedAt: z.iso.datetime().nullable().meta({ description: 'when one was last refused as it must be' }),
    detail: z.string().meta({ description: 'what was seen, for people; holds no content' }),
    decision: z.string().nullable().meta({ description: 'decision of the last one' }),
  })
  .meta({ id: 'Canary' })
export type CanaryView = z.infer<typeof CanaryView>

/** What is planted, where, and in which API's words. */
export interface Probe {
  readonly id: string
  readonly surface: string
  readonly model: string
  readonly dialect: (typeof DIALECTS)[number]
  readonly side: (typeof SIDES)[number]
}
