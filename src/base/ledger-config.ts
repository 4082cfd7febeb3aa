import { z } from 'zod'
import { AppError } from './errors.ts'

const S3 = z.strictObject({
  bucket: z.string().min(3).max(63).meta({ description: 'must exist' }),
  prefix: z
    .string()
    .regex(/^([A-Za-z0-9!_.*'()-]+\/)*$/, 'empty, or names that each end with a slash: logs/main/')
    .default('')
    .meta({ description: 'begins every key, so that several logs can share a bucket' }),
  region: z.string().default('us-east-1'),
  endpoint: z
    .url({ protocol: /^https?$/ })
    .optional()
    .meta({ description: 'of storage that is not Amazon’s' }),
  pathStyle: z.boolean().default(false).meta({ description: 'bucket in the path, not in the host name' }),
})
export type S3Config = z.infer<typeof S3>

/** The record of everything, and where its public files lie. */
export const LedgerConfig = z.strictObject({
  origin: z
    .string()
    .regex(/^[^\s+]+$/)
    .optional()
    .meta({ description: 'name of the log; made at first start when absent' }),
  checkpointIntervalMs: z.int().min(10).max(1_000).default(250),
  policy: z.string().optional().meta({
    description:
      'whom readers trust to vouch for the log: a C2SP tlog-policy file, or its lines (docs/guide/witnesses.md)',
  }),
  witnesses: z
    .strictObject({
      intervalMs: z.int().min(100).max(60_000).default(1_000).meta({ description: 'between two askings' }),
      timeoutMs: z.int().min(100).max(60_000).default(5_000).meta({ description: 'that one may take to answer' }),
      maxLagMs: z
        .int()
        .min(1_000)
        .max(3_600_000)
        .default(10_000)
        .meta({ description: 'that the newest entries may be without a quorum before the log counts as unwitnessed' }),
      refreshMs: z
        .int()
        .min(1_000)
        .default(300_000)
        .meta({ description: 'after which a log that stands still is cosigned anew' }),
    })
    .prefault({}),
  shared: z
    .boolean()
    .default(false)
    .meta({ description: 'one ledger for all replicas on this DATABASE_URL (docs/guide/replicas.md)' }),
  tiles: z
    .strictObject({
      folder: z
        .string()
        .optional()
        .meta({ description: 'public files of a shared ledger: a folder that every replica mounts at this path' }),
      s3: S3.optional(),
    })
    .prefault({}),
})
export type LedgerConfig = z.infer<typeof LedgerConfig>

/** @throws {AppError} CONFIG_INVALID */
export function checkLedger({ shared, tiles }: LedgerConfig): void {
  const places = [tiles.folder, tiles.s3].filter((place) => place !== undefined).length
  if (shared && places === 0)
    throw new AppError(
      'CONFIG_INVALID',
      'ledger.shared needs a place for the public files that all replicas reach: ledger.tiles.s3, or ledger.tiles.folder',
    )
  if (places === 2) throw new AppError('CONFIG_INVALID', 'ledger.tiles: name a folder or a bucket, not both')
  if (!shared && places > 0)
    throw new AppError('CONFIG_INVALID', 'ledger.tiles is for a shared ledger: set ledger.shared, or leave it out')
}
