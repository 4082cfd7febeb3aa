import { BlockList, isIP } from 'node:net'
import { z } from 'zod'

const Claim = z
  .union([z.string().min(1).max(200), z.array(z.string().min(1).max(200)).min(1).max(8)])
  .meta({ description: 'name of a claim, or the path to one inside others' })
export type Claim = z.infer<typeof Claim>

const Id = z.string().regex(/^[A-Za-z0-9_]{1,100}$/)

/** Whose a token is: always the same, or by a claim that holds our id, the issuer's own word (`map`), or a word that makes its own. */
const Mapped = z.union([
  Id,
  z.strictObject({
    claim: Claim,
    map: z.record(z.string().max(200), Id).optional(),
    create: z.boolean().default(false),
  }),
])
export type Mapped = z.infer<typeof Mapped>

/** Only asymmetric ones: a public key must never be taken for a shared secret. */
const Algorithm = z.enum([
  'RS256',
  'RS384',
  'RS512',
  'PS256',
  'PS384',
  'PS512',
  'ES256',
  'ES384',
  'ES512',
  'EdDSA',
  'Ed25519',
])

const Issuer = z
  .strictObject({
    id: z
      .string()
      .regex(/^[a-z0-9][a-z0-9-]{0,40}$/)
      .meta({ description: 'stands in records' }),
    issuer: z.url({ protocol: /^https?$/ }).meta({ description: 'exactly as in the claim `iss`' }),
    audience: z.array(z.string().min(1).max(300)).min(1).max(10).meta({ description: 'the token is for one of these' }),
    jwksUri: z
      .url({ protocol: /^https?$/ })
      .optional()
      .meta({ description: 'its keys; found by OpenID discovery when absent' }),
    algorithms: z
      .array(Algorithm)
      .min(1)
      .default(['RS256', 'PS256', 'ES256', 'EdDSA', 'Ed25519'])
      .meta({ description: 'of signatures; only asymmetric ones can be named' }),
    clockToleranceSeconds: z.int().min(0).max(300).default(30).meta({ description: 'between its clock and ours' }),
    maxTokenAgeSeconds: z.int().positive().optional().meta({ description: 'since `iat`, however far off its expiry' }),
    scope: z.string().min(1).max(200).optional().meta({ description: 'that the token must have' }),
    organisation: Mapped.meta({ description: 'whose the token is: an id, or the claim that says so' }),
    project: Mapped.meta({ description: 'the same for the project' }),
    client: Claim.optional().meta({
      description: 'which program holds the token: counts as the key; `azp`, `client_id` or `sub`',
    }),
    endUser: Claim.optional().meta({ description: 'who sits behind it; goes before what the request says' }),
    testString: z.boolean().default(true).meta({ description: 'whether the harmless test string triggers' }),
    refreshSeconds: z.int().min(10).max(86_400).default(300).meta({ description: 'between two readings of the keys' }),
    staleSeconds: z
      .int()
      .min(0)
      .max(604_800)
      .default(3_600)
      .meta({ description: 'for which known keys serve while they can’t be read again; then tokens are refused' }),
  })
  .refine((i) => i.staleSeconds >= i.refreshSeconds, {
    message: 'staleSeconds must not be shorter than refreshSeconds',
    path: ['staleSeconds'],
  })
export type IssuerConfig = z.infer<typeof Issuer>

/** Tokens of identity providers in place of keys on the data plane. */
export const IdentityConfig = z.strictObject({
  issuers: z
    .array(Issuer)
    .max(50)
    .default([])
    .refine((all) => new Set(all.map((i) => i.id)).size === all.length, 'an id stands twice')
    .refine((all) => new Set(all.map((i) => i.issuer)).size === all.length, 'an issuer stands twice'),
})

const KeyPair = z.strictObject({
  certFile: z.string().meta({ description: 'PEM: the certificate, then those that lead to its root' }),
  keyFile: z.string().meta({ description: 'PEM: its private key, without a passphrase' }),
})
export type KeyPair = z.infer<typeof KeyPair>

/** TLS of our own. */
export const TlsConfig = z.strictObject({
  public: KeyPair.optional().meta({ description: 'the data plane speaks https' }),
  control: KeyPair.optional().meta({ description: 'the control plane speaks https' }),
  minVersion: z
    .enum(['TLSv1.2', 'TLSv1.3'])
    .default('TLSv1.2')
    .meta({ description: 'oldest version of TLS that is spoken' }),
  hstsSeconds: z
    .int()
    .min(0)
    .max(63_072_000)
    .default(0)
    .meta({ description: 'how long browsers are told to use https only; 0 tells them nothing' }),
})

/** How we reach what is outside. */
export const EgressConfig = z.strictObject({
  proxy: z
    .url({ protocol: /^https?$/ })
    .refine((url) => new URL(url).username === '' && new URL(url).password === '', {
      message: 'a password never stands here: set HTTPS_PROXY in the environment',
    })
    .optional()
    .meta({ description: 'CONNECT proxy; goes before HTTPS_PROXY and HTTP_PROXY of the environment' }),
  noProxy: z
    .array(z.string().min(1).max(300))
    .max(200)
    .optional()
    .meta({ description: 'hosts and domains that are reached straight; goes before NO_PROXY' }),
  caFiles: z
    .array(z.string())
    .max(20)
    .default([])
    .meta({ description: 'PEM files of certificates to trust besides the usual ones' }),
})

/** An address or a network in CIDR notation. */
export const Cidr = z.string().refine(isCidr, 'is no address and no network such as 10.0.0.0/8')

function isCidr(text: string): boolean {
  const [address = '', bits, more] = text.split('/')
  const family = isIP(address)
  if (family === 0 || more !== undefined) return false
  return bits === undefined || (/^\d{1,3}$/.test(bits) && Number(bits) <= (family === 4 ? 32 : 128))
}

/** Networks for looking addresses up. @param cidrs as `Cidr` lets pass. */
export function blockListOf(cidrs: readonly string[]): BlockList {
  const list = new BlockList()
  for (const cidr of cidrs) {
    const [address = '', bits] = cidr.split('/')
    const family = isIP(address) === 4 ? 'ipv4' : 'ipv6'
    list.addSubnet(address, bits === undefined ? (family === 'ipv4' ? 32 : 128) : Number(bits), family)
  }
  return list
}
