import { z } from 'zod'
import type { Statement } from './schema.ts'

/**
 * Statements of reasons in the form that the EU's DSA Transparency Database takes: its fields, enumerations and lengths, version of July 2025.
 *
 * @see https://transparency.dsa.ec.europa.eu/page/api-documentation
 */
export const DSA_CATEGORIES = [
  'STATEMENT_CATEGORY_ANIMAL_WELFARE',
  'STATEMENT_CATEGORY_CONSUMER_INFORMATION',
  'STATEMENT_CATEGORY_CYBER_VIOLENCE',
  'STATEMENT_CATEGORY_CYBER_VIOLENCE_AGAINST_WOMEN',
  'STATEMENT_CATEGORY_DATA_PROTECTION_AND_PRIVACY_VIOLATIONS',
  'STATEMENT_CATEGORY_ILLEGAL_OR_HARMFUL_SPEECH',
  'STATEMENT_CATEGORY_INTELLECTUAL_PROPERTY_INFRINGEMENTS',
  'STATEMENT_CATEGORY_NEGATIVE_EFFECTS_ON_CIVIC_DISCOURSE_OR_ELECTIONS',
  'STATEMENT_CATEGORY_NOT_SPECIFIED_NOTICE',
  'STATEMENT_CATEGORY_OTHER_VIOLATION_TC',
  'STATEMENT_CATEGORY_PROTECTION_OF_MINORS',
  'STATEMENT_CATEGORY_RISK_FOR_PUBLIC_SECURITY',
  'STATEMENT_CATEGORY_SCAMS_AND_FRAUD',
  'STATEMENT_CATEGORY_SELF_HARM',
  'STATEMENT_CATEGORY_UNSAFE_AND_PROHIBITED_PRODUCTS',
  'STATEMENT_CATEGORY_VIOLENCE',
] as const
export type DsaCategory = (typeof DSA_CATEGORIES)[number]

/** The European Economic Area: what is refused here is refused everywhere. */
const TERRITORIES = [
  ...['AT', 'BE', 'BG', 'CY', 'CZ', 'DE', 'DK', 'EE', 'ES', 'FI', 'FR', 'GR', 'HR', 'HU', 'IE', 'IS', 'IT', 'LI'],
  ...['LT', 'LU', 'LV', 'MT', 'NL', 'NO', 'PL', 'PT', 'RO', 'SE', 'SI', 'SK'],
]

const YesNo = z.enum(['Yes', 'No'])
const notBefore = (first: string) => z.iso.date().refine((day) => day >= first, `not before ${first}`)

const Restriction = z.object({
  decision_visibility: z
    .array(
      z.enum([
        'DECISION_VISIBILITY_CONTENT_REMOVED',
        'DECISION_VISIBILITY_CONTENT_DISABLED',
        'DECISION_VISIBILITY_CONTENT_DEMOTED',
        'DECISION_VISIBILITY_CONTENT_AGE_RESTRICTED',
        'DECISION_VISIBILITY_CONTENT_INTERACTION_RESTRICTED',
        'DECISION_VISIBILITY_CONTENT_LABELLED',
        'DECISION_VISIBILITY_OTHER',
      ]),
    )
    .min(1)
    .optional(),
  decision_visibility_other: z.string().min(1).max(500).optional(),
  decision_monetary: z
    .enum(['DECISION_MONETARY_SUSPENSION', 'DECISION_MONETARY_TERMINATION', 'DECISION_MONETARY_OTHER'])
    .optional(),
  decision_monetary_other: z.string().min(1).max(500).optional(),
  decision_provision: z
    .enum([
      'DECISION_PROVISION_PARTIAL_SUSPENSION',
      'DECISION_PROVISION_TOTAL_SUSPENSION',
      'DECISION_PROVISION_PARTIAL_TERMINATION',
      'DECISION_PROVISION_TOTAL_TERMINATION',
    ])
    .optional(),
  decision_account: z.enum(['DECISION_ACCOUNT_SUSPENDED', 'DECISION_ACCOUNT_TERMINATED']).optional(),
  account_type: z.enum(['ACCOUNT_TYPE_BUSINESS', 'ACCOUNT_TYPE_PRIVATE']).optional(),
})

const Grounds = z.object({
  decision_facts: z.string().min(1).max(5_000),
  decision_ground: z.enum(['DECISION_GROUND_ILLEGAL_CONTENT', 'DECISION_GROUND_INCOMPATIBLE_CONTENT']),
  decision_ground_reference_url: z
    .url({ protocol: /^https?$/ })
    .max(500)
    .optional(),
  illegal_content_legal_ground: z.string().min(1).max(500).optional(),
  illegal_content_explanation: z.string().min(1).max(2_000).optional(),
  incompatible_content_ground: z.string().min(1).max(500).optional(),
  incompatible_content_explanation: z.string().min(1).max(2_000).optional(),
  incompatible_content_illegal: YesNo.optional(),
})

const Content = z.object({
  content_type: z
    .array(
      z.enum([
        'CONTENT_TYPE_APP',
        'CONTENT_TYPE_AUDIO',
        'CONTENT_TYPE_IMAGE',
        'CONTENT_TYPE_PRODUCT',
        'CONTENT_TYPE_SYNTHETIC_MEDIA',
        'CONTENT_TYPE_TEXT',
        'CONTENT_TYPE_VIDEO',
        'CONTENT_TYPE_OTHER',
      ]),
    )
    .min(1),
  content_type_other: z.string().min(1).max(500).optional(),
  category: z.enum(DSA_CATEGORIES),
  category_addition: z.array(z.enum(DSA_CATEGORIES)).optional(),
  territorial_scope: z.array(z.enum(TERRITORIES)).optional(),
  content_language: z
    .string()
    .regex(/^[A-Z]{2}$/, 'ISO 639-1, two capitals')
    .optional(),
  content_id: z.record(z.string(), z.string()).optional(),
  content_date: notBefore('2000-01-01'),
})

const Circumstances = z.object({
  application_date: notBefore('2020-01-01'),
  end_date_visibility_restriction: z.iso.date().optional(),
  end_date_monetary_restriction: z.iso.date().optional(),
  end_date_service_restriction: z.iso.date().optional(),
  end_date_account_restriction: z.iso.date().optional(),
  source_type: z.enum([
    'SOURCE_ARTICLE_16',
    'SOURCE_TRUSTED_FLAGGER',
    'SOURCE_TYPE_OTHER_NOTIFICATION',
    'SOURCE_VOLUNTARY',
  ]),
  source_identity: z.string().max(500).optional(),
  automated_detection: YesNo,
  automated_decision: z.enum([
    'AUTOMATED_DECISION_FULLY',
    'AUTOMATED_DECISION_PARTIALLY',
    'AUTOMATED_DECISION_NOT_AUTOMATED',
  ]),
  puid: z
    .string()
    .max(500)
    .regex(/^[A-Za-z0-9_-]+$/, 'letters, digits, - and _'),
})

type Fields = z.infer<typeof Restriction> &
  z.infer<typeof Grounds> &
  z.infer<typeof Content> &
  z.infer<typeof Circumstances>

/** One statement as the database takes it; what depends on other fields is checked too. */
export const DsaStatement = z
  .strictObject({ ...Restriction.shape, ...Grounds.shape, ...Content.shape, ...Circumstances.shape })
  .superRefine((statement, context) => {
    for (const [path, message] of faults(statement)) context.addIssue({ code: 'custom', path: [path], message })
  })
  .meta({ id: 'DsaStatement' })
export type DsaStatement = z.infer<typeof DsaStatement>

function faults(s: Fields): [string, string][] {
  const found: [string, string][] = []
  const restricted = s.decision_visibility ?? s.decision_monetary ?? s.decision_provision ?? s.decision_account
  if (restricted === undefined) found.push(['decision_visibility', 'one restriction at least'])
  const needs = (condition: boolean, field: keyof Fields) => {
    if (condition && s[field] === undefined) found.push([field, 'required here'])
  }
  needs(s.decision_visibility?.includes('DECISION_VISIBILITY_OTHER') === true, 'decision_visibility_other')
  needs(s.decision_monetary === 'DECISION_MONETARY_OTHER', 'decision_monetary_other')
  const illegal = s.decision_ground === 'DECISION_GROUND_ILLEGAL_CONTENT'
  needs(illegal, 'illegal_content_legal_ground')
  needs(illegal, 'illegal_content_explanation')
  needs(!illegal, 'incompatible_content_ground')
  needs(!illegal, 'incompatible_content_explanation')
  needs(s.content_type.includes('CONTENT_TYPE_OTHER'), 'content_type_other')
  for (const end of ['visibility', 'monetary', 'service', 'account'] as const) {
    const field = `end_date_${end}_restriction` as const
    const day = s[field]
    if (day !== undefined && day < s.application_date) found.push([field, 'not before the application date'])
  }
  return found
}

/**
 * A statement for the database, checked against its rules.
 *
 * @returns null for a warning, which restricts nothing, for a test, and for what was not enforced: none of them is a restriction (Art. 17).
 * @throws {z.ZodError} never, unless the statement is not one of ours
 */
export function toDsa(statement: Statement, policyUrl: string): DsaStatement | null {
  if (statement.test || !statement.enforced) return null
  const restriction = restrictionOf(statement)
  if (restriction === null) return null
  const { ground } = statement
  const day = statement.at.slice(0, 10)
  const clause = `Clause ${ground.clause ?? '(none)'}${ground.title === null ? '' : `, ${ground.title}`}`
  return DsaStatement.parse({
    ...restriction,
    decision_facts: statement.facts,
    decision_ground: 'DECISION_GROUND_INCOMPATIBLE_CONTENT',
    ...(/^https?:/.test(policyUrl) ? { decision_ground_reference_url: policyUrl } : {}),
    incompatible_content_ground: `${clause}; acceptable use policy, version ${ground.policyVersion ?? 'unknown'}`.slice(
      0,
      500,
    ),
    incompatible_content_explanation: (ground.wording ?? statement.facts).slice(0, 2_000),
    content_type: ['CONTENT_TYPE_TEXT'],
    category: statement.category,
    territorial_scope: TERRITORIES,
    content_date: day,
    application_date: day,
    source_type: 'SOURCE_VOLUNTARY',
    automated_detection: statement.automatedDetection ? 'Yes' : 'No',
    automated_decision: AUTOMATED[statement.automatedDecision],
    puid: statement.id,
  })
}

const AUTOMATED = {
  fully: 'AUTOMATED_DECISION_FULLY',
  partially: 'AUTOMATED_DECISION_PARTIALLY',
  not: 'AUTOMATED_DECISION_NOT_AUTOMATED',
} as const

function restrictionOf({ measure, until }: Statement): (z.infer<typeof Restriction> & Partial<Fields>) | null {
  const day = until?.slice(0, 10)
  switch (measure) {
    case 'refused':
      return {
        decision_visibility: ['DECISION_VISIBILITY_OTHER'],
        decision_visibility_other: 'The request was not answered.',
      }
    case 'withheld':
    case 'cut':
      return { decision_visibility: ['DECISION_VISIBILITY_CONTENT_DISABLED'] }
    case 'throttle':
    case 'restrict':
      return {
        decision_provision: 'DECISION_PROVISION_PARTIAL_SUSPENSION',
        ...(day === undefined ? {} : { end_date_service_restriction: day }),
      }
    case 'suspend':
      return {
        decision_account: 'DECISION_ACCOUNT_SUSPENDED',
        ...(day === undefined ? {} : { end_date_account_restriction: day }),
      }
    case 'ban':
      return { decision_account: 'DECISION_ACCOUNT_TERMINATED' }
    case 'warn':
      return null
  }
}

/** Which category of the database each of our labels is nearest to. */
const CATEGORY_OF: Readonly<Record<string, DsaCategory>> = {
  chemical: 'STATEMENT_CATEGORY_RISK_FOR_PUBLIC_SECURITY',
  biological: 'STATEMENT_CATEGORY_RISK_FOR_PUBLIC_SECURITY',
  radiological_nuclear: 'STATEMENT_CATEGORY_RISK_FOR_PUBLIC_SECURITY',
  indiscriminate_weapons: 'STATEMENT_CATEGORY_RISK_FOR_PUBLIC_SECURITY',
  cyber_operations: 'STATEMENT_CATEGORY_RISK_FOR_PUBLIC_SECURITY',
  autonomous_replication: 'STATEMENT_CATEGORY_RISK_FOR_PUBLIC_SECURITY',
  violent_crimes: 'STATEMENT_CATEGORY_VIOLENCE',
  non_violent_crimes: 'STATEMENT_CATEGORY_OTHER_VIOLATION_TC',
  sex_crimes: 'STATEMENT_CATEGORY_VIOLENCE',
  child_exploitation: 'STATEMENT_CATEGORY_PROTECTION_OF_MINORS',
  self_harm: 'STATEMENT_CATEGORY_SELF_HARM',
  hate: 'STATEMENT_CATEGORY_ILLEGAL_OR_HARMFUL_SPEECH',
  privacy: 'STATEMENT_CATEGORY_DATA_PROTECTION_AND_PRIVACY_VIOLATIONS',
  defamation: 'STATEMENT_CATEGORY_ILLEGAL_OR_HARMFUL_SPEECH',
  intellectual_property: 'STATEMENT_CATEGORY_INTELLECTUAL_PROPERTY_INFRINGEMENTS',
  specialized_advice: 'STATEMENT_CATEGORY_OTHER_VIOLATION_TC',
  sexual_content: 'STATEMENT_CATEGORY_OTHER_VIOLATION_TC',
  general_harm: 'STATEMENT_CATEGORY_OTHER_VIOLATION_TC',
  jailbreak: 'STATEMENT_CATEGORY_OTHER_VIOLATION_TC',
  injection: 'STATEMENT_CATEGORY_OTHER_VIOLATION_TC',
  obfuscation: 'STATEMENT_CATEGORY_OTHER_VIOLATION_TC',
}

/** The labels for which a category was chosen; the rest is told as a violation of the terms. */
export const CATEGORISED_LABELS: readonly string[] = Object.keys(CATEGORY_OF)

export function categoryOf(label: string | null): DsaCategory {
  if (label === null || !Object.hasOwn(CATEGORY_OF, label)) return 'STATEMENT_CATEGORY_OTHER_VIOLATION_TC'
  return CATEGORY_OF[label] ?? 'STATEMENT_CATEGORY_OTHER_VIOLATION_TC'
}
