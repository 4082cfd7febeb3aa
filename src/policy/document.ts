import { z } from 'zod'
import { LABELS } from '../screening/index.ts'

/** How grave the harm is that a clause names, mildest first. */
export const SEVERITIES = ['low', 'moderate', 'high', 'extreme'] as const
export type Severity = (typeof SEVERITIES)[number]

export const SIDES = ['prompt', 'completion'] as const
export type Side = (typeof SIDES)[number]

const Score = z.number().gt(0).lt(1)

const SideRule = z
  .strictObject({
    threshold: z
      .union([z.literal('calibrated'), Score], 'must be `calibrated` or a number between 0 and 1, both excluded')
      .meta({ description: 'score from which the action applies; `calibrated` takes the classifier’s own' }),
    action: z.enum(['refuse', 'flag']),
    refuseFrom: Score.optional().meta({ description: 'with `flag`: score from which it is refused all the same' }),
    whenUnavailable: z
      .enum(['refuse', 'release_unevaluated'])
      .meta({ description: 'what happens when no classifier could judge this label' }),
  })
  .refine((rule) => rule.action === 'flag' || rule.refuseFrom === undefined, {
    path: ['refuseFrom'],
    message: 'stands only beside `action: flag`',
  })
export type SideRule = z.infer<typeof SideRule>

const Clause = z.strictObject({
  id: z
    .string('must be text: put it in quotes, or YAML reads it as a number')
    .regex(/^\d{1,3}\.\d{1,3}$/, 'must be section, dot, number: "4.2"'),
  title: z.string().min(1).max(120),
  wording: z.string().min(1).max(4_000).meta({ description: 'what the public reads' }),
  effect: z.literal('prohibit').meta({ description: '`require` and `disclose` are reserved for later versions' }),
  severity: z.enum(SEVERITIES),
  labels: z.array(z.enum(LABELS)).max(LABELS.length).default([]),
  prompt: SideRule.optional(),
  completion: SideRule.optional(),
})
export type Clause = z.infer<typeof Clause>

const Section = z.strictObject({
  id: z
    .string('must be text: put it in quotes, or YAML reads it as a number')
    .regex(/^\d{1,3}$/, 'must be a number in quotes: "4"'),
  title: z.string().min(1).max(120),
  clauses: z.array(Clause).min(1).max(200),
})
export type Section = z.infer<typeof Section>

const ClauseId = z.string('must be the id of a clause, in quotes')

/**
 * An acceptable use policy as it stands in its file. A published version never changes: a change is a new version.
 * `schema` lets later versions of this format be told apart.
 */
export const PolicyDocument = z
  .strictObject({
    schema: z.literal('safelevel.policy/1'),
    version: z
      .string('must be text: put it in quotes, or YAML reads it as a number')
      .regex(/^[0-9A-Za-z][0-9A-Za-z.-]{0,39}$/, 'must be a version such as 1.0.0 or a date such as 2026-01-31'),
    title: z.string().min(1).max(120),
    language: z
      .string()
      .regex(/^[a-z]{2,3}(-[A-Za-z0-9]{2,8})*$/, 'must be a language tag (BCP 47): en')
      .default('en'),
    effective: z.iso.date('must be a date: 2026-01-31'),
    preamble: z.string().min(1).max(8_000),
    sections: z.array(Section).min(1).max(50),
    media: z
      .strictObject({ clause: ClauseId, prompt: z.enum(['allow', 'refuse']), completion: z.enum(['allow', 'refuse']) })
      .meta({ description: 'images, sound and files, which no text classifier can judge' }),
    methods: z
      .strictObject({ hazardThresholdFactor: z.number().gt(0).max(1) })
      .meta({ description: 'where an attack method is found, hazards are refused from factor × threshold' }),
  })
  .meta({ id: 'PolicyDocument' })
export type PolicyDocument = z.infer<typeof PolicyDocument>
