import { z } from 'zod'
import { LABELS } from '../../taxonomy.ts'

const Labels = z.array(z.enum(LABELS)).min(1)
const positive = () => z.int().positive()

const Breaker = z
  .strictObject({
    minFailures: positive().default(5).meta({ description: 'fewest failures within the window that stop the asking' }),
    failureRatio: z.number().gt(0).max(1).default(0.5).meta({ description: 'and their share of all answers' }),
    windowMs: positive().default(10_000),
    openMs: positive().default(5_000).meta({ description: 'pause before the guard is tried again' }),
    probes: positive().default(2).meta({ description: 'successes in a row that end the pause' }),
  })
  .prefault({})

const shared = {
  id: z.string().regex(/^[a-z0-9][a-z0-9-]*$/),
  baseUrl: z.url({ protocol: /^https?$/ }).meta({ description: 'up to and without `/v1`' }),
  apiKeyEnv: z.string().optional().meta({ description: 'name of the environment variable that holds its key' }),
  apiKeyFile: z.string().optional().meta({ description: 'file that holds its key' }),
  timeoutMs: positive().default(2_000).meta({ description: 'for one question, waiting for its turn included' }),
  maxConcurrent: positive().max(1_024).default(16),
  maxQueued: z.int().min(0).max(65_536).default(64).meta({ description: 'questions that may wait; more fail at once' }),
  maxResponseBytes: positive().default(262_144),
  maxChars: positive().min(1_024).default(12_000).meta({ description: 'characters judged in one question' }),
  contextChars: z.int().min(0).default(6_000).meta({ description: 'characters of earlier turns shown with them' }),
  overlapChars: z
    .int()
    .min(96)
    .max(1_000)
    .default(512)
    .meta({ description: 'shared by neighbouring windows of a long text' }),
  maxViews: positive()
    .max(64)
    .default(8)
    .meta({ description: 'questions per request and criterion; more is unjudged' }),
  breaker: Breaker,
}
const model = z.string().min(1).meta({ description: 'name under which the server knows the model' })
const logprobs = z
  .boolean()
  .default(true)
  .meta({ description: 'false for servers without token probabilities: scores are then 0 or 1' })
const judged = {
  labels: Labels.default([...LABELS]),
  policy: z
    .string()
    .optional()
    .meta({ description: 'text that says what each label means, in place of the built-in one' }),
}

/** One guard behind an HTTP server. */
export const GuardConfig = z.discriminatedUnion('kind', [
  z.strictObject({ ...shared, kind: z.literal('llama-guard'), model, logprobs }),
  z.strictObject({
    ...shared,
    kind: z.literal('qwen3guard'),
    model,
    logprobs,
    controversialWeight: z.number().min(0).max(1).default(0.5).meta({ description: '1 is strict, 0 is loose' }),
  }),
  z.strictObject({
    ...shared,
    kind: z.literal('granite-guardian'),
    model,
    logprobs,
    format: z.enum(['risk_name', 'criteria_id', 'guardian_block', 'system']).meta({
      description: 'risk_name for 3.0 to 3.2, criteria_id for 3.3, guardian_block for 4.1, system for Ollama',
    }),
  }),
  z.strictObject({ ...shared, kind: z.literal('shieldgemma'), model }),
  z.strictObject({ ...shared, kind: z.literal('wildguard'), model, logprobs }),
  z.strictObject({
    ...shared,
    kind: z.literal('openai-moderation'),
    baseUrl: shared.baseUrl.default('https://api.openai.com'),
    model: model.default('omni-moderation-latest'),
  }),
  z.strictObject({
    ...shared,
    ...judged,
    kind: z.literal('gpt-oss-safeguard'),
    model,
    timeoutMs: positive().default(15_000),
    reasoningEffort: z.enum(['low', 'medium', 'high']).default('low'),
  }),
  z.strictObject({
    ...shared,
    ...judged,
    kind: z.literal('llm-judge'),
    model,
    timeoutMs: positive().default(15_000),
    dialect: z.enum(['local', 'hosted']).default('local').meta({ description: "hosted for OpenAI's own endpoint" }),
  }),
  z.strictObject({
    ...shared,
    kind: z.literal('http'),
    path: z
      .string()
      .regex(/^\/[\x21-\x7e]*$/)
      .default('/classify'),
    labels: Labels,
  }),
])
export type GuardConfig = z.infer<typeof GuardConfig>
