import { z } from 'zod'
import type { Clock } from '../../../base/clock.ts'
import { AppError } from '../../../base/errors.ts'
import type { Ids } from '../../../base/ids.ts'
import { AwsKmsKeyProvider, KMS_KEY_ARN } from './aws-kms.ts'
import { checkSecret, type KeyEgress, keyServerAddress, readSecretFile, readSecretText } from './key-server.ts'
import { LocalKeyProvider } from './local-provider.ts'
import { Pkcs11KeyProvider } from './pkcs11-provider.ts'
import type { KeyProvider } from './provider.ts'
import { TransitKeyProvider, transitHeaders } from './transit.ts'
import { AppRoleAuth, fixedToken, type TransitAuth, tokenFromFile } from './transit-auth.ts'

const Path = z.string().min(1).max(4_096)
const EnvName = z.string().regex(/^[A-Za-z_][A-Za-z0-9_]{0,99}$/)
const Url = z.url({ protocol: /^https?$/ })
/** A mount or a namespace: names with slashes between them, none of them `.` or `..`. */
const MountPath = z
  .string()
  .regex(/^(?!.*(?:^|\/)\.{1,2}(?:\/|$))[A-Za-z0-9_.-]{1,100}(?:\/[A-Za-z0-9_.-]{1,100}){0,9}$/)

const one = (...ways: readonly unknown[]) => ways.filter((way) => way !== undefined).length === 1

const LocalConfig = z
  .strictObject({
    type: z.literal('local'),
    file: Path,
    passphraseEnv: EnvName.optional(),
    passphraseFile: Path.optional(),
  })
  .refine(
    (c) => c.passphraseEnv === undefined || c.passphraseFile === undefined,
    'passphraseEnv or passphraseFile, not both',
  )

const TransitLogin = z.discriminatedUnion('type', [
  z
    .strictObject({ type: z.literal('token'), env: EnvName.optional(), file: Path.optional() })
    .refine((a) => one(a.env, a.file), 'name one: env or file'),
  z
    .strictObject({
      type: z.literal('approle'),
      mount: MountPath.default('approle'),
      roleId: z.string().regex(/^[\x21-\x7e]{1,200}$/),
      secretIdEnv: EnvName.optional(),
      secretIdFile: Path.optional().meta({ description: 'read again at each login' }),
    })
    .refine((a) => one(a.secretIdEnv, a.secretIdFile), 'name one: secretIdEnv or secretIdFile'),
])

const TransitConfig = z.strictObject({
  type: z.literal('transit'),
  address: Url.meta({ description: 'of OpenBao or HashiCorp Vault; https, or this machine' }),
  mount: MountPath.default('transit'),
  key: z.string().regex(/^[A-Za-z0-9_](?:[A-Za-z0-9_.-]{0,126}[A-Za-z0-9_])?$/),
  namespace: MountPath.optional(),
  auth: TransitLogin,
})

const AwsKmsConfig = z.strictObject({
  type: z.literal('aws-kms'),
  keyArn: z.string().regex(KMS_KEY_ARN),
  endpoint: Url.optional().meta({ description: 'of a VPC; else the service of the key’s region' }),
  profile: z
    .string()
    .regex(/^[A-Za-z0-9_.@-]{1,100}$/)
    .optional(),
})

/** A PIN is at least 4 characters, and few tokens take as many as these. */
const PIN = /^[\x20-\x7e]{4,255}$/
const TOKEN_TIMEOUT_MS = 10_000

const Pkcs11Config = z
  .strictObject({
    type: z.literal('pkcs11'),
    module: z
      .string()
      .regex(/^\/.{1,4000}$/)
      .meta({ description: 'the library of the token’s maker, by its whole path' }),
    token: z
      .string()
      .regex(/^[\x21-\x7e](?:[\x20-\x7e]{0,30}[\x21-\x7e])?$/)
      .meta({ description: 'its label' }),
    serial: z
      .string()
      .regex(/^[\x21-\x7e]{1,16}$/)
      .optional()
      .meta({ description: 'where two tokens have that label' }),
    key: z
      .string()
      .regex(/^[\x21-\x7e](?:[\x20-\x7e]{0,62}[\x21-\x7e])?$/)
      .meta({ description: 'its label' }),
    pinEnv: EnvName.optional(),
    pinFile: Path.optional(),
    moduleEnv: z
      .record(EnvName, z.string().max(4_096))
      .default({})
      .meta({ description: 'what the library reads from its environment; it is given nothing else' }),
  })
  .refine((c) => one(c.pinEnv, c.pinFile), 'name one: pinEnv or pinFile')

/** Where a root key is kept. Secrets never stand here: it names the variable or the file that holds one. */
export const KeyProviderConfig = z.discriminatedUnion('type', [LocalConfig, TransitConfig, AwsKmsConfig, Pkcs11Config])
export type KeyProviderConfig = z.infer<typeof KeyProviderConfig>

export interface KeyProviderDeps {
  readonly egress: KeyEgress
  readonly clock: Clock
  readonly ids: Ids
  readonly env: Readonly<Record<string, string | undefined>>
}

/**
 * Opens what the operator has set up. A key server is not asked yet.
 *
 * @throws {AppError} CONFIG_INVALID naming what to mend; NOT_FOUND, VERIFICATION_FAILED of a key file
 */
export async function openKeyProvider(config: KeyProviderConfig, deps: KeyProviderDeps): Promise<KeyProvider> {
  if (config.type === 'local') return await LocalKeyProvider.open(config.file, readPassphrase(config, deps.env), deps)
  if (config.type === 'transit') return openTransit(config, deps)
  if (config.type === 'pkcs11') return openPkcs11(config, deps)
  const { keyArn, endpoint, profile } = config
  return new AwsKmsKeyProvider(
    { keyArn, profile, endpoint: endpoint === undefined ? undefined : keyServerAddress(endpoint) },
    deps,
  )
}

function openPkcs11(config: z.infer<typeof Pkcs11Config>, { env, ids }: KeyProviderDeps): KeyProvider {
  const { module, token, serial, key, pinEnv = '', pinFile, moduleEnv } = config
  const pin = () => checkPin(pinFile === undefined ? env[pinEnv] : readSecretText(pinFile), pinFile ?? pinEnv)
  pin()
  const names = { module, tokenLabel: token, tokenSerial: serial, keyLabel: key }
  return new Pkcs11KeyProvider({ key: names, pin, env: moduleEnv, timeoutMs: TOKEN_TIMEOUT_MS }, { ids })
}

function checkPin(pin: string | undefined, from: string): string {
  if (pin !== undefined && PIN.test(pin)) return pin
  throw new AppError('CONFIG_INVALID', `${from} holds no PIN`)
}

/** Where a passphrase stands: in one of the two, or nowhere. */
export interface PassphraseSource {
  readonly passphraseEnv?: string | undefined
  readonly passphraseFile?: string | undefined
}

/**
 * What is named and isn't there is no passphrase that was left out.
 *
 * @returns null where none is named
 * @throws {AppError} CONFIG_INVALID
 */
export function readPassphrase(
  { passphraseEnv, passphraseFile }: PassphraseSource,
  env: KeyProviderDeps['env'],
): string | null {
  if (passphraseFile !== undefined) return readSecretText(passphraseFile)
  if (passphraseEnv === undefined) return null
  const passphrase = env[passphraseEnv]
  if (passphrase === undefined) throw new AppError('CONFIG_INVALID', `${passphraseEnv} holds no passphrase`)
  return passphrase
}

function openTransit(config: z.infer<typeof TransitConfig>, deps: KeyProviderDeps): KeyProvider {
  const address = keyServerAddress(config.address)
  const headers = transitHeaders(config.namespace)
  const auth = transitAuth(config, address, headers, deps)
  return new TransitKeyProvider({ address, mount: config.mount, key: config.key, headers, auth }, deps)
}

function transitAuth(
  { auth }: z.infer<typeof TransitConfig>,
  address: string,
  headers: Readonly<Record<string, string>>,
  deps: KeyProviderDeps,
): TransitAuth {
  if (auth.type === 'token')
    return auth.file === undefined ? fixedToken(deps.env[auth.env ?? ''], auth.env ?? '') : tokenFromFile(auth.file)
  const { mount, roleId, secretIdEnv = '', secretIdFile } = auth
  const secretId = () =>
    secretIdFile === undefined ? checkSecret(deps.env[secretIdEnv], secretIdEnv) : readSecretFile(secretIdFile)
  const server = `the key server ${new URL(address).host}`
  return new AppRoleAuth({ loginUrl: `${address}/v1/auth/${mount}/login`, headers, roleId, secretId, server }, deps)
}
