import { createHmac, hkdfSync, timingSafeEqual } from 'node:crypto'
import { z } from 'zod'
import { damaged } from './archive.ts'

export const FORMAT = 'safelevel backup v1'
export const MANIFEST = 'manifest.json'
export const MAC = 'manifest.mac'

const Count = z.int().min(0)
/** Files of a backup by name: nothing else is taken out of one. */
const FILE_NAME =
  /^(?:db\/[a-z][a-z0-9_]{0,62}\/\d{6}\.jsonl|ledger\/private\/segment-\d{16}\.log|ledger\/public\/(?:vkey|checkpoint|succession\/[0-9a-f]{8})|ledger\/witnessed-checkpoint)$/

/** What a backup holds: its last file but one. */
export const Manifest = z.strictObject({
  format: z.literal(FORMAT),
  id: z.string().regex(/^bak_[0-9A-Z]{26}$/),
  /** Of Safelevel. */
  version: z.string().max(64),
  takenAt: z.iso.datetime(),
  store: z.enum(['embedded', 'postgres']),
  ledger: z.strictObject({
    origin: z.string().max(1024),
    vkey: z.string().max(4096),
    /** Recorded entries. */
    size: Count,
    /** Whether its entries are in the tables, rather than in files. */
    shared: z.boolean(),
    /** The newest signed note over at most `size` entries. */
    checkpoint: z.string().max(100_000),
  }),
  /** That the tables have seen, in their order. */
  migrations: z.array(z.string().regex(/^[0-9]{4}-[a-z0-9-]{1,80}$/)).max(10_000),
  tables: z.array(z.strictObject({ name: z.string().regex(/^[a-z][a-z0-9_]{0,62}$/), rows: Count })).max(10_000),
  sequences: z
    .array(z.strictObject({ name: z.string().regex(/^[a-z][a-z0-9_]{0,62}$/), value: z.int().min(1) }))
    .max(10_000),
  /** Names of the installation's keys, which are not in here. */
  keys: z.array(z.string().max(200)).max(10_000),
  files: z
    .array(
      z.strictObject({
        name: z.string().regex(FILE_NAME),
        sizeBytes: Count,
        sha256: z.string().regex(/^[0-9a-f]{64}$/),
      }),
    )
    .max(10_000_000),
})
export type Manifest = z.infer<typeof Manifest>

/** @throws {AppError} VERIFICATION_FAILED */
export function parseManifest(bytes: Buffer): Manifest {
  try {
    return Manifest.parse(JSON.parse(bytes.toString('utf8')))
  } catch (cause) {
    throw damaged('its manifest is none that this version knows', cause)
  }
}

/**
 * Binds a backup to the installation: who can write where backups lie could otherwise put customers, roles or policies into one.
 *
 * @param digestKey the installation's `digest.key`
 * @returns hex
 */
export function macOf(manifest: Uint8Array, digestKey: Uint8Array): string {
  const key = hkdfSync('sha256', digestKey, new Uint8Array(), 'safelevel backup manifest', 32)
  return createHmac('sha256', Buffer.from(key)).update(manifest).digest('hex')
}

export function isMac(given: string, manifest: Uint8Array, digestKey: Uint8Array): boolean {
  const [a, b] = [Buffer.from(given), Buffer.from(macOf(manifest, digestKey))]
  return a.length === b.length && timingSafeEqual(a, b)
}
