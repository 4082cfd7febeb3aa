import { join } from 'node:path'
import { z } from 'zod'
import { AppError } from '../../base/errors.ts'
import { S3Config } from '../../base/s3-config.ts'
import { KeyProviderConfig } from './keys/open.ts'

const LocalStoreConfig = z.strictObject({
  type: z.literal('local'),
  folder: z.string().min(1).max(4_096).optional().meta({ description: 'absent: `weights` in the data folder' }),
})

const S3StoreConfig = z.strictObject({ type: z.literal('s3'), ...S3Config.shape })

/** Where weights lie and what they are sealed under: the part of `weights` in the configuration that the vault reads. */
export const VaultConfig = z.strictObject({
  store: z.discriminatedUnion('type', [LocalStoreConfig, S3StoreConfig]).default({ type: 'local' }).meta({
    description: 'where sealed files lie: a folder of this machine, or a bucket',
  }),
  key: KeyProviderConfig.optional().meta({
    description: 'the root key; absent: a file `weights-root.json` beside the other keys, made at first use',
  }),
  formerKeys: z
    .array(KeyProviderConfig)
    .max(10)
    .default([])
    .meta({ description: 'root keys by which something may still be wrapped, until `vault rotate --root`' }),
  segmentKiB: z
    .int()
    .min(64)
    .max(1024)
    .default(256)
    .meta({ description: 'of new files: smaller opens small ranges sooner, larger streams a little faster' }),
  uploadDays: z
    .int()
    .min(1)
    .max(365)
    .default(14)
    .meta({ description: 'after which an upload that was not finished goes' }),
  signingKey: z
    .string()
    .min(1)
    .max(4_096)
    .optional()
    .meta({ description: 'PEM of an EC key that signs models; absent: `weights-signing.pem` beside the other keys' }),
})
export type VaultConfig = z.infer<typeof VaultConfig>

/** What `weights` in the configuration says: the vault's part, and the other rooms' parts as they are. */
export interface WeightsConfig {
  readonly vault: VaultConfig
  readonly access: Readonly<Record<string, unknown>>
  readonly reading: Readonly<Record<string, unknown>>
  readonly insider: Readonly<Record<string, unknown>>
}

const Part = z.record(z.string(), z.unknown()).default({})

/** @throws {AppError} CONFIG_INVALID naming what to mend */
export function parseWeightsConfig(weights: Readonly<Record<string, unknown>> | undefined): WeightsConfig {
  const { access, reading, insider, ...vault } = weights ?? {}
  const parsed = z
    .strictObject({ vault: VaultConfig, access: Part, reading: Part, insider: Part })
    .safeParse({ vault, access, reading, insider })
  if (parsed.success) return parsed.data
  const [issue] = parsed.error.issues
  const path = (issue?.path ?? []).filter((step, i) => !(i === 0 && step === 'vault')).join('.')
  throw new AppError('CONFIG_INVALID', `weights.${path}: ${issue?.message ?? 'not as it must be'}`)
}

/** The default place of the root key. */
export function defaultRootKey(keysDir: string): KeyProviderConfig {
  return { type: 'local', file: join(keysDir, 'weights-root.json') }
}
