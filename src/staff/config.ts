import { z } from 'zod'
import { isLoopback } from '../base/config.ts'
import { AppError } from '../base/errors.ts'
import { Role, SENSITIVE_ROLES } from './roles.ts'

const HOUR_MS = 3_600_000
const DAY_MS = 24 * HOUR_MS

const Oidc = z.strictObject({
  issuer: z.url({ protocol: /^https?$/ }).meta({ description: 'the identity provider, exactly as it names itself' }),
  clientId: z.string().min(1).meta({ description: 'under which it knows this console' }),
  scopes: z.array(z.string()).default(['openid', 'profile', 'email']).meta({ description: 'that are asked for' }),
  groupsClaim: z.string().default('groups').meta({ description: 'claim that names a person’s groups' }),
  allowInsecure: z.boolean().default(false).meta({ description: 'plain http to the provider; on loopback only' }),
})
export type OidcConfig = z.infer<typeof Oidc>

/** The part of the configuration about people. Holds no secret. */
export const StaffConfig = z
  .strictObject({
    origin: z
      .url({ protocol: /^https?$/ })
      .default('http://localhost:8081')
      .meta({ description: 'where browsers reach the control plane; passkeys are bound to its host name' }),
    oidc: Oidc.optional(),
    groupRoles: z.record(z.string(), z.array(Role)).default({}).meta({
      description: 'group at the identity provider -> roles; sensitive ones are only suggested: two people give them',
    }),
    developmentLogin: z
      .boolean()
      .default(false)
      .meta({ description: 'sign in without proof, on loopback only, marked on every answer. Never in earnest' }),
    sessionIdleMs: z.int().positive().default(HOUR_MS).meta({ description: 'without a request, until a session ends' }),
    sessionMaxMs: z
      .int()
      .positive()
      .default(12 * HOUR_MS)
      .meta({ description: 'longest session' }),
    trainingValidDays: z.int().positive().default(365).meta({ description: 'for which training counts' }),
    reviewValidDays: z
      .int()
      .positive()
      .default(180)
      .meta({ description: 'until who holds which role is reviewed anew' }),
    firstTrainingDays: z.int().positive().default(30).meta({ description: 'time for training after a first role' }),
    courses: z
      .string()
      .min(1)
      .optional()
      .meta({ description: 'folder of courses of your own, beside those that ship; relative to the configuration' }),
    recoveryDelayMs: z
      .int()
      .min(HOUR_MS)
      .default(3 * DAY_MS)
      .meta({ description: 'between the start of a recovery and its effect' }),
    bootstrapMaxDays: z
      .int()
      .min(1)
      .max(30)
      .default(14)
      .meta({ description: 'that the first administrator may hold alone what later takes two' }),
  })
  .meta({ id: 'StaffConfig' })
export type StaffConfig = z.infer<typeof StaffConfig>

/** Reads the key `staff` of the configuration. @throws {AppError} CONFIG_INVALID naming each bad key */
export function parseStaffConfig(raw: unknown): StaffConfig {
  const parsed = StaffConfig.safeParse(raw)
  if (!parsed.success) throw invalid(`staff: ${z.prettifyError(parsed.error)}`)
  return parsed.data
}

/** What must not be logged. */
export interface StaffSecrets {
  readonly oidcClientSecret: string | null
  /** Bearer token of the SCIM client, at least 32 characters; null = no SCIM. */
  readonly scimToken: string | null
}

/**
 * Checks what a schema can't.
 *
 * @param host The address that the control plane binds.
 * @throws {AppError} CONFIG_INVALID
 */
export function checkStaffConfig(config: StaffConfig, secrets: StaffSecrets, host: string): void {
  const origin = new URL(config.origin)
  if (origin.origin !== config.origin.replace(/\/$/, '')) throw invalid('staff.origin: scheme, host and port only')
  if (isIpAddress(origin.hostname)) throw invalid('staff.origin: passkeys need a name, not an address: use localhost')
  if (origin.protocol === 'http:' && origin.hostname !== 'localhost') {
    throw invalid('staff.origin: browsers give passkeys to https only, and to http://localhost')
  }
  if (config.developmentLogin && !(isLoopback(host) && origin.hostname === 'localhost')) {
    throw invalid('staff.developmentLogin: only where both the address and the origin are this machine')
  }
  const issuer = config.oidc === undefined ? null : new URL(config.oidc.issuer)
  if (issuer?.protocol === 'http:' && !(config.oidc?.allowInsecure && isLoopback(issuer.hostname))) {
    throw invalid('staff.oidc.issuer: https, unless it is on this machine and allowInsecure is set')
  }
  if (secrets.scimToken !== null && secrets.scimToken.length < 32) {
    throw invalid('the SCIM token has fewer than 32 characters')
  }
}

/** The roles that these groups give; sensitive ones apart, which they only suggest. */
export function rolesOfGroups(config: StaffConfig, groups: readonly string[]): { given: Role[]; suggested: Role[] } {
  const mapping = config.groupRoles
  const roles = new Set(groups.flatMap((group) => (Object.hasOwn(mapping, group) ? (mapping[group] ?? []) : [])))
  return {
    given: [...roles].filter((role) => !SENSITIVE_ROLES.has(role)),
    suggested: [...roles].filter((role) => SENSITIVE_ROLES.has(role)),
  }
}

function isIpAddress(hostname: string): boolean {
  return hostname.startsWith('[') || /^[\d.]+$/.test(hostname)
}

function invalid(message: string): AppError {
  return new AppError('CONFIG_INVALID', message)
}
