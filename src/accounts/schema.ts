import { z } from 'zod'

/** A name that people give: customers' data, so it stays in the store and never goes onto the ledger or into logs. */
export const Name = z
  .string()
  .trim()
  .min(1)
  .max(200)
  .refine((text) => !/\p{C}/u.test(text), 'no control characters')
const Limit = z.int().min(1).max(1_000_000_000)
const When = z.iso.datetime().meta({ description: 'UTC' })

/** The operator's own word for a kind of customer. */
const Tier = z
  .string()
  .trim()
  .min(1)
  .max(100)
  .refine((text) => !/\p{C}/u.test(text), 'no control characters')

export const Organisation = z
  .object({
    id: z.string(),
    name: Name,
    tier: Tier.nullable().meta({ description: 'overlays of the policy that name it apply; null = none' }),
    createdAt: When,
  })
  .meta({ id: 'Organisation' })
export type Organisation = z.infer<typeof Organisation>

export const ProjectLimits = z
  .object({
    requestsPerMinute: Limit.nullable().meta({ description: 'null = the installation’s default' }),
    tokensPerMinute: Limit.nullable().meta({ description: 'null = the installation’s default' }),
  })
  .meta({ id: 'ProjectLimits' })
export type ProjectLimits = z.infer<typeof ProjectLimits>

/** New limits; what is left out stays as it is. */
export const LimitsPatch = ProjectLimits.partial().strict().meta({ id: 'LimitsPatch' })
export type LimitsPatch = z.infer<typeof LimitsPatch>

export const Project = ProjectLimits.extend({
  id: z.string(),
  organisationId: z.string(),
  name: Name,
  createdAt: When,
}).meta({ id: 'Project' })
export type Project = z.infer<typeof Project>

/** A key as it is shown: without its secret, which nobody has but the customer. */
export const ApiKey = z
  .object({
    id: z.string(),
    projectId: z.string(),
    name: Name,
    prefix: z.string().meta({ description: 'first characters of the secret, to recognise it by' }),
    last4: z.string().meta({ description: 'last characters of the secret' }),
    testString: z.boolean().meta({ description: 'whether the harmless test string triggers for this key' }),
    status: z.enum(['active', 'expired', 'revoked']),
    createdAt: When,
    expiresAt: When.nullable(),
    revokedAt: When.nullable(),
    lastUsedAt: When.nullable().meta({ description: 'up to 10 s behind' }),
  })
  .meta({ id: 'ApiKey' })
export type ApiKey = z.infer<typeof ApiKey>

export const NewOrganisation = z
  .strictObject({ name: Name, tier: Tier.nullable().default(null) })
  .meta({ id: 'NewOrganisation' })
export type NewOrganisation = z.input<typeof NewOrganisation>

export const OrganisationPatch = z.strictObject({ tier: Tier.nullable() }).meta({ id: 'OrganisationPatch' })
export type OrganisationPatch = z.infer<typeof OrganisationPatch>

export const NewProject = z
  .strictObject({
    organisationId: z.string().max(100),
    name: Name,
    requestsPerMinute: Limit.nullable().default(null),
    tokensPerMinute: Limit.nullable().default(null),
  })
  .meta({ id: 'NewProject' })
export type NewProject = z.input<typeof NewProject>

export const NewKey = z
  .strictObject({
    projectId: z.string().max(100).optional().meta({ description: 'the first project when absent' }),
    name: Name.default('key'),
    expiresAt: z.iso.datetime({ offset: true }).nullable().default(null).meta({ description: 'in the future' }),
    testString: z.boolean().default(true),
  })
  .meta({ id: 'NewKey' })
export type NewKey = z.input<typeof NewKey>

export const CreatedKey = ApiKey.extend({
  key: z.string().meta({ description: 'the secret, shown this once' }),
}).meta({ id: 'CreatedKey' })
export type CreatedKey = z.infer<typeof CreatedKey>

/** An organisation, its project and the program there that tokens name; a `word` to name one by says that it may be made. */
export interface Tenant {
  readonly organisation: { readonly id: string; readonly word: string | null }
  readonly project: { readonly id: string; readonly word: string | null }
  /** Stands among the project's keys. `secretHash`: 64 hex digits that are the hash of nothing. */
  readonly client: { readonly id: string; readonly word: string; readonly secretHash: string }
}

/** On whose behalf a request runs, as its key or its token says. */
export interface Principal {
  /** `key_…`; with a token `jwt_…`, which stands for the program that holds it. */
  readonly keyId: string
  readonly projectId: string
  readonly organisationId: string
  /** Of the organisation; absent when it has none. */
  readonly tier?: string
  /** The harmless test string triggers for this key. */
  readonly testString: boolean
  /** Id of the issuer of its token; absent with a key. */
  readonly issuer?: string
  /** Whom the token names as the person behind it, in the issuer's words: goes before what the request says. */
  readonly endUser?: string
  /** A coverage canary: no customer, counts against nobody, never reaches a real model. */
  readonly canary?: true
  /**
   * A reproduction of a report: no customer, counts against nobody. It gets what a customer would get, from deployments that are halted or not
   * open yet too, since that is when it matters.
   */
  readonly probe?: true
}
