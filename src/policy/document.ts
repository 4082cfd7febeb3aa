import { z } from 'zod'
import { LABELS } from '../screening/index.ts'

/** How grave the harm is that a clause names, mildest first. */
export const SEVERITIES = ['low', 'moderate', 'high', 'extreme'] as const
export type Severity = (typeof SEVERITIES)[number]

export const SIDES = ['prompt', 'completion'] as const
export type Side = (typeof SIDES)[number]

/** `/1` knows one level of clauses that prohibit; `/2` everything below. A document in `/1` reads as it always did. */
export const SCHEMAS = ['safelevel.policy/1', 'safelevel.policy/2'] as const

const Score = z.number().gt(0).lt(1)
const Threshold = z.union(
  [z.literal('calibrated'), Score],
  'must be `calibrated` or a number between 0 and 1, both excluded',
)
const WhenUnavailable = z.enum(['refuse', 'release_unevaluated'])
const Action = z.enum(['refuse', 'flag'])
/** `revise`: what the model says is put right before it is sent; refused where that can't be had. Of answers alone. */
const RuleAction = z.enum(['refuse', 'revise', 'flag'])
export type RuleAction = z.infer<typeof RuleAction>

/** Words stand whole in the text, in any case and behind any disguise that is undone before judging. */
const Term = z
  .string()
  .min(2)
  .max(120)
  .regex(/[\p{L}\p{N}]/u, 'must hold a letter or a digit')
/** RE2 syntax: time grows with the text alone. */
const Pattern = z.string().min(1).max(200)

const SideRule = z
  .strictObject({
    threshold: z
      .union([Threshold, z.partialRecord(z.enum(LABELS), Threshold)], {
        error: 'must be `calibrated`, a number between 0 and 1 (both excluded), or one of these for each label',
      })
      .optional()
      .meta({ description: 'score from which the action applies; `calibrated` takes the classifier’s own' }),
    action: RuleAction,
    refuseFrom: Score.optional().meta({
      description: 'with `flag` or `revise`: score from which it is refused all the same',
    }),
    whenUnavailable: WhenUnavailable.meta({ description: 'what happens when nobody could judge' }),
    terms: z
      .array(Term)
      .min(1)
      .max(100)
      .optional()
      .meta({ description: 'words whose presence alone sets off the action' }),
    patterns: z.array(Pattern).min(1).max(20).optional().meta({ description: 'the same by regular expression (RE2)' }),
  })
  .refine((rule) => rule.action !== 'refuse' || rule.refuseFrom === undefined, {
    path: ['refuseFrom'],
    message: 'stands only beside `action: flag` or `action: revise`',
  })
export type SideRule = z.infer<typeof SideRule>

/** A duty to do or to tell something, and what of it a machine looks at. */
const Requirement = z.strictObject({
  of: z.enum(['operator', 'customer']).meta({ description: 'who runs the models, or who builds on them' }),
  check: z.enum(['stated', 'system_prompt']).meta({
    description:
      '`stated`: nobody checks by machine; `system_prompt`: each request’s instructions must hold the marker',
  }),
  marker: Term.optional().meta({ description: 'with `system_prompt`: the words that must stand there' }),
  action: Action.optional().meta({ description: 'with `system_prompt`: what happens to a request without them' }),
  surfaces: z.array(z.string().min(1).max(100)).min(1).max(50).optional().meta({ description: 'only there' }),
  tiers: z
    .array(z.string().min(1).max(100))
    .min(1)
    .max(50)
    .optional()
    .meta({ description: 'only for these customers' }),
})
export type Requirement = z.infer<typeof Requirement>

/** What may become of an example. */
export const EXPECTATIONS = ['refuse', 'revise', 'flag', 'allow'] as const

/** A test of the policy together with the classifier in use. */
const Example = z.strictObject({
  side: z.enum(SIDES),
  text: z.string().min(1).max(2_000),
  expect: z.enum(EXPECTATIONS).meta({ description: '`allow`: neither refused, revised nor flagged' }),
  system: z.string().max(2_000).optional().meta({ description: 'instructions that stand before it' }),
  prompt: z.string().max(2_000).optional().meta({ description: 'of a completion: what it answers' }),
  surface: z.string().max(100).optional(),
  tier: z.string().max(100).optional(),
})
export type Example = z.infer<typeof Example>

const MUST_QUOTE = 'must be text: put it in quotes, or YAML reads it as a number'

const clauseShape = {
  id: z.string(MUST_QUOTE).regex(/^\d{1,3}(\.\d{1,3}){1,3}$/, 'must be section, dot, number: "4.2"; below it "4.2.1"'),
  title: z.string().min(1).max(120),
  wording: z.string().min(1).max(4_000).meta({ description: 'what the public reads' }),
  effect: z.enum(['prohibit', 'require', 'disclose']).meta({
    description: 'what must not be done, what must be done, what must be told',
  }),
  severity: z.enum(SEVERITIES),
  minimum: z.literal('asl-2').optional().meta({ description: 'no overlay may make it milder' }),
  exemptible: z.boolean().optional().meta({ description: '`false`: nobody can be exempted from it' }),
  labels: z.array(z.enum(LABELS)).max(LABELS.length).default([]),
  prompt: SideRule.optional(),
  completion: SideRule.optional(),
  requirement: Requirement.optional().meta({ description: 'with `require` and `disclose`' }),
  examples: z.array(Example).min(1).max(50).optional(),
}
// Three levels are written out, so that no hostile document can nest deeper than the stack.
const InnermostClause = z.strictObject(clauseShape)
const InnerClause = z.strictObject({ ...clauseShape, clauses: z.array(InnermostClause).min(1).max(50).optional() })
const Clause = z.strictObject({ ...clauseShape, clauses: z.array(InnerClause).min(1).max(50).optional() })
export type Clause = z.infer<typeof Clause>

const Section = z.strictObject({
  id: z.string(MUST_QUOTE).regex(/^\d{1,3}$/, 'must be a number in quotes: "4"'),
  title: z.string().min(1).max(120),
  clauses: z.array(Clause).min(1).max(200),
})
export type Section = z.infer<typeof Section>

const ClauseId = z.string('must be the id of a clause, in quotes')
const Names = z.array(z.string().min(1).max(100)).min(1).max(50)

/** What an overlay puts in the place of a clause's own rule; what it leaves out stays. */
const RulePatch = z.strictObject({
  threshold: Threshold.optional(),
  action: RuleAction.optional(),
  refuseFrom: Score.optional(),
  whenUnavailable: WhenUnavailable.optional(),
})
export type RulePatch = z.infer<typeof RulePatch>

const Overlay = z
  .strictObject({
    id: z.string().regex(/^[a-z0-9][a-z0-9-]{0,39}$/, 'must be lower-case letters, digits and hyphens'),
    title: z.string().min(1).max(120),
    wording: z.string().min(1).max(4_000).meta({ description: 'what the public reads' }),
    surfaces: Names.optional().meta({ description: 'it applies there; everywhere when absent' }),
    tiers: Names.optional().meta({ description: 'it applies to these customers; to all when absent' }),
    clauses: z
      .array(z.strictObject({ clause: ClauseId, prompt: RulePatch.optional(), completion: RulePatch.optional() }))
      .max(200)
      .default([]),
    media: z
      .strictObject({
        prompt: z.enum(['allow', 'refuse']).optional(),
        completion: z.enum(['allow', 'refuse']).optional(),
      })
      .optional(),
  })
  .refine((overlay) => overlay.surfaces !== undefined || overlay.tiers !== undefined, {
    path: ['surfaces'],
    message: 'an overlay names surfaces, tiers or both: what holds everywhere stands in the clauses',
  })
export type Overlay = z.infer<typeof Overlay>

const Retention = z
  .strictObject({ wording: z.string().min(1).max(4_000) })
  .meta({ description: 'what the public reads about what is kept; the days are the configuration’s' })
export type Retention = z.infer<typeof Retention>

/**
 * An acceptable use policy as it stands in its file. A published version never changes: a change is a new version.
 * `schema` lets versions of this format be told apart.
 */
export const PolicyDocument = z
  .strictObject({
    schema: z.enum(SCHEMAS),
    version: z
      .string(MUST_QUOTE)
      .regex(/^[0-9A-Za-z][0-9A-Za-z.-]{0,39}$/, 'must be a version such as 1.0.0 or a date such as 2026-01-31'),
    title: z.string().min(1).max(120),
    language: z
      .string()
      .regex(/^[a-z]{2,3}(-[A-Za-z0-9]{2,8})*$/, 'must be a language tag (BCP 47): en')
      .default('en'),
    effective: z.iso.date('must be a date: 2026-01-31'),
    preamble: z.string().min(1).max(8_000),
    sections: z.array(Section).min(1).max(50),
    overlays: z.array(Overlay).min(1).max(20).optional(),
    retention: Retention.optional(),
    media: z
      .strictObject({ clause: ClauseId, prompt: z.enum(['allow', 'refuse']), completion: z.enum(['allow', 'refuse']) })
      .meta({ description: 'images, sound and files, which no text classifier can judge' }),
    methods: z
      .strictObject({ hazardThresholdFactor: z.number().gt(0).max(1) })
      .meta({ description: 'where an attack method is found, hazards are refused from factor × threshold' }),
  })
  .meta({ id: 'PolicyDocument' })
export type PolicyDocument = z.infer<typeof PolicyDocument>
