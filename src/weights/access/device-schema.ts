import { z } from 'zod'
import { Id, Name, Thumbprint, When, Words } from './basics.ts'

const Base64Url32 = z.string().regex(/^[A-Za-z0-9_-]{43}$/, '32 bytes, base64url without padding')

/** The public key of a device. Ed25519 (RFC 8037) or P-256 (RFC 7518 6.2.1); a private key is refused, not trimmed. */
export const PublicJwk = z
  .discriminatedUnion('kty', [
    z.strictObject({ kty: z.literal('OKP'), crv: z.literal('Ed25519'), x: Base64Url32 }),
    z.strictObject({ kty: z.literal('EC'), crv: z.literal('P-256'), x: Base64Url32, y: Base64Url32 }),
  ])
  .meta({ id: 'DevicePublicJwk' })
export type PublicJwk = z.infer<typeof PublicJwk>

export const NewDevice = z
  .strictObject({
    name: Name.meta({ description: 'what people call it' }),
    host: Name.optional().meta({
      description: 'the host that it stands for in grants and budgets; its name when left out',
    }),
    kind: z
      .enum(['person', 'environment'])
      .meta({ description: '`person`: the host on which one person works; `environment`: a registered environment' }),
    environment: Name.nullable().default(null),
    publicJwk: PublicJwk,
  })
  .meta({ id: 'NewWeightsDevice' })
export type NewDevice = z.input<typeof NewDevice>

export const DEVICE_STATES = ['pending', 'approved', 'revoked', 'expired'] as const

/** A key that may ask for weights. Never comes back once it was revoked: make a new key. */
export const Device = z
  .object({
    id: z.string(),
    name: Name,
    host: Name,
    kind: z.enum(['person', 'environment']),
    environment: Name.nullable(),
    publicJwk: PublicJwk,
    thumbprint: Thumbprint.meta({ description: 'RFC 7638' }),
    personId: z.string().meta({ description: 'whose it is; of an environment, who answers for it' }),
    state: z.enum(DEVICE_STATES),
    registeredAt: When,
    approval: z.string().nullable(),
    approvedAt: When.nullable(),
    expiresAt: When.nullable().meta({ description: 'unless a recertification confirms it before' }),
    endedAt: When.nullable(),
    endedBy: z.string().nullable(),
    endedReason: z.string().nullable(),
  })
  .meta({ id: 'WeightsDevice' })
export type Device = z.infer<typeof Device>

/** What two people agree to when a device is let in: this key, for this person or environment. */
export const DeviceRequest = z
  .strictObject({
    device: Id,
    thumbprint: Thumbprint,
    name: Name,
    host: Name,
    personId: Id,
    environment: Name.nullable(),
  })
  .meta({ id: 'WeightsDeviceRequest' })
export type DeviceRequest = z.infer<typeof DeviceRequest>

const Setting = z.union([z.boolean(), z.number(), Words(500)])

export const NewEnvironment = z
  .strictObject({
    name: Name,
    kind: z.enum(['slurm', 'kubernetes', 'vllm', 'training', 'other']),
    settings: z
      .record(Name, Setting)
      .refine((settings) => Object.keys(settings).length <= 100, 'at most 100 settings')
      .meta({ description: 'what was looked at and is so: `{"network_policy": "deny-all", "swap": false}`' }),
    boundary: Words(4_000).meta({ description: 'up to where the plaintext is protected, and where it is not' }),
    evidence: Words(500).meta({ description: 'where it is on record who looked, and at what' }),
  })
  .meta({ id: 'NewWeightsEnvironment' })
export type NewEnvironment = z.infer<typeof NewEnvironment>

/** Where weights are worked with outside of our sandbox, as two people attested it. */
export const Environment = z
  .object({
    ...NewEnvironment.shape,
    state: z.enum(['attested', 'revoked', 'expired']),
    attestedAt: When,
    attestedBy: z.array(z.string()).meta({ description: 'who asked, then who agreed' }),
    approval: z.string(),
    expiresAt: When,
    endedAt: When.nullable(),
    endedBy: z.string().nullable(),
    endedReason: z.string().nullable(),
  })
  .meta({ id: 'WeightsEnvironment' })
export type Environment = z.infer<typeof Environment>
