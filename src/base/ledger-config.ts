import { z } from 'zod'
import { AppError } from './errors.ts'
import { S3Config } from './s3-config.ts'

/** The record of everything, and where its public files lie. */
export const LedgerConfig = z.strictObject({
  origin: z
    .string()
    .regex(/^[^\s+]+$/)
    .optional()
    .meta({ description: 'name of the log; made at first start when absent' }),
  checkpointIntervalMs: z
    .int()
    .min(10)
    .max(1_000)
    .default(250)
    .meta({ description: 'longest time between a record and the checkpoint that proves it' }),
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
      s3: S3Config.optional(),
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
