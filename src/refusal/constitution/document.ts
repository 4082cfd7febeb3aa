import { z } from 'zod'
import { PROMPT_KINDS } from './schema.ts'

export const CONSTITUTION_SCHEMA = 'safelevel.constitution/1'

const Slug = z
  .string()
  .regex(/^[a-z0-9]+(-[a-z0-9]+)*$/, 'small letters, digits and hyphens')
  .max(60)
const Wording = z.string().trim().min(10).max(2_000)
const Clause = z.string().min(1).max(20)

/** One thing that an answer is held against. */
export const Principle = z
  .strictObject({
    id: Slug,
    clauses: z.array(Clause).max(100),
    prompts: z.array(z.enum(PROMPT_KINDS)).min(1),
    critique: Wording.optional(),
    revision: Wording.optional(),
    preference: Wording,
  })
  .refine(({ prompts, critique, revision }) => !prompts.includes('harmful') || (critique && revision), {
    message: 'what is drawn for harmful prompts needs a critique and a revision',
  })
export type Principle = z.infer<typeof Principle>

/** What a critique and a revision look like, by a harmless example. */
export const Example = z.strictObject({
  prompt: Wording,
  answer: Wording,
  principle: Slug,
  critique: Wording,
  revision: Wording,
})
export type Example = z.infer<typeof Example>

export const ConstitutionDocument = z.strictObject({
  schema: z.literal(CONSTITUTION_SCHEMA),
  version: z.string().regex(/^\d{1,6}\.\d{1,6}\.\d{1,6}$/, 'a version such as 1.0.0'),
  title: z.string().min(1).max(200),
  language: z.string().min(2).max(20),
  principles: z.array(Principle).min(1).max(500),
  examples: z.array(Example).max(10).default([]),
})
export type ConstitutionDocument = z.infer<typeof ConstitutionDocument>
