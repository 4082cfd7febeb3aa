import { createHmac, timingSafeEqual } from 'node:crypto'
import { z } from 'zod'
import { type Clock, iso } from '../../../base/clock.ts'
import { AppError } from '../../../base/errors.ts'
import type { Ids } from '../../../base/ids.ts'
import { KEY_BYTES, type KeyContext, type KeyProvider, type KeyProviders, MAX_WRAPPED_CHARS } from './provider.ts'

const FORMAT = 'safelevel-model-key/v1'
/** A rotation each day for two years and more. */
const MAX_VERSIONS = 1_000

const KeyVersion = z
  .strictObject({
    version: z.int().positive(),
    createdAt: z.iso.datetime(),
    providerId: z.string().min(1).max(2_048),
    wrapped: z.string().min(1).max(MAX_WRAPPED_CHARS).nullable().meta({ description: 'null once it is erased' }),
    commitment: z.hash('sha256').meta({ description: 'tells this key from every other one, and nothing about it' }),
    erasedAt: z.iso.datetime().nullable(),
  })
  .refine(({ wrapped, erasedAt }) => (wrapped === null) !== (erasedAt === null), 'erased, or not')
type KeyVersion = z.infer<typeof KeyVersion>

/** The key of one model as it is stored: each version of it, wrapped by a key provider. Holds no secret in the clear. */
export const ModelKeyRecord = z
  .strictObject({
    format: z.literal(FORMAT),
    model: z.string().min(1).max(256),
    versions: z.array(KeyVersion).min(1).max(MAX_VERSIONS).meta({ description: 'in order, 1 first, the last in use' }),
  })
  .refine(({ versions }) => versions.every(({ version }, i) => version === i + 1), 'versions are counted from 1')
export type ModelKeyRecord = z.infer<typeof ModelKeyRecord>

interface KeyMaking {
  readonly clock: Clock
  readonly ids: Ids
}

/** A new key for a model that has none. @throws {AppError} as `KeyProvider.wrap` and `unwrap` */
export async function createModelKey(model: string, provider: KeyProvider, deps: KeyMaking): Promise<ModelKeyRecord> {
  return ModelKeyRecord.parse({ format: FORMAT, model, versions: [await makeVersion(model, 1, provider, deps)] })
}

/**
 * A new version, by which data keys are wrapped from now on. Files, and data keys that are already wrapped, stay as they are.
 *
 * @throws {AppError} CONFLICT when the newest version is erased; else as `createModelKey`
 */
export async function rotateModelKey(
  record: ModelKeyRecord,
  provider: KeyProvider,
  deps: KeyMaking,
): Promise<ModelKeyRecord> {
  const newest = newestVersion(record)
  if (newest.wrapped === null) throw new AppError('CONFLICT', `the key of ${record.model} is erased`)
  if (record.versions.length === MAX_VERSIONS)
    throw new AppError('CONFLICT', `the key of ${record.model} has ${MAX_VERSIONS} versions, which is as many as fit`)
  const next = await makeVersion(record.model, newest.version + 1, provider, deps)
  return { ...record, versions: [...record.versions, next] }
}

/**
 * The same versions, wrapped anew: after the root key was rotated, or to move to another key server. Nothing else changes, no data key
 * and no file. All or nothing: a failure leaves `record` as what holds.
 *
 * @throws {AppError} as `openVersion`, and as `KeyProvider.wrap`
 */
export async function rewrapModelKey(
  record: ModelKeyRecord,
  from: KeyProviders,
  to: KeyProvider,
): Promise<ModelKeyRecord> {
  const versions: KeyVersion[] = []
  for (const known of record.versions) {
    versions.push(known.wrapped === null ? known : await rewrap(record, known, from, to))
  }
  return { ...record, versions }
}

async function rewrap(
  record: ModelKeyRecord,
  known: KeyVersion,
  from: KeyProviders,
  to: KeyProvider,
): Promise<KeyVersion> {
  const key = await openVersion(record, known.version, from)
  try {
    return { ...known, providerId: to.id, wrapped: await wrapProven(key, to, contextOf(record.model, known.version)) }
  } finally {
    key.fill(0)
  }
}

/**
 * Crypto-erase: with the wrapped keys gone, nothing that was sealed for this model opens again.
 *
 * It reaches this record alone. Whoever keeps a copy of it (a backup, the write-ahead log of a database) and may still ask the key
 * server can unwrap it there: those copies expire, or the root key goes too.
 *
 * @param version one that is no longer in use; absent = all of them
 * @throws {AppError} CONFLICT for the version in use by itself; NOT_FOUND for one that never was
 */
export function eraseModelKey(record: ModelKeyRecord, clock: Clock, version?: number): ModelKeyRecord {
  if (version !== undefined && record.versions[version - 1] === undefined) throw noSuchVersion(record, version)
  if (version === newestVersion(record).version)
    throw new AppError('CONFLICT', `version ${version} of the key of ${record.model} is in use: rotate first`)
  const erasedAt = iso(clock.now())
  const erase = (known: KeyVersion): KeyVersion =>
    known.wrapped === null || (version !== undefined && known.version !== version)
      ? known
      : { ...known, wrapped: null, erasedAt }
  return { ...record, versions: record.versions.map(erase) }
}

/**
 * One version of a model's key in the clear.
 *
 * @returns 32 bytes, the caller's to clear
 * @throws {AppError} NOT_FOUND when it never was or is erased; CONFIG_INVALID when its provider isn't set up; VERIFICATION_FAILED when
 *   what the provider gives is another key; else as `KeyProvider.unwrap`
 */
export async function openVersion(record: ModelKeyRecord, version: number, providers: KeyProviders): Promise<Buffer> {
  const known = record.versions[version - 1]
  if (known === undefined) throw noSuchVersion(record, version)
  if (known.wrapped === null)
    throw new AppError('NOT_FOUND', `version ${version} of the key of ${record.model} was erased at ${known.erasedAt}`)
  const provider = providers.get(known.providerId)
  if (provider === undefined)
    throw new AppError(
      'CONFIG_INVALID',
      `the key of ${record.model} is wrapped by ${known.providerId}, which is not set up`,
    )
  const key = await provider.unwrap(known.wrapped, contextOf(record.model, version))
  if (key.length === KEY_BYTES && sameBytes(commit(key, record.model, version), known.commitment)) return key
  key.fill(0)
  throw new AppError('VERIFICATION_FAILED', `${provider.id} gave another key than that of ${record.model}`)
}

/** The one in use. */
export function newestVersion(record: ModelKeyRecord): KeyVersion {
  const newest = record.versions.at(-1)
  if (newest === undefined) throw new AppError('INTERNAL', 'a model key without versions')
  return newest
}

async function makeVersion(
  model: string,
  version: number,
  provider: KeyProvider,
  { clock, ids }: KeyMaking,
): Promise<KeyVersion> {
  const key = ids.bytes(KEY_BYTES)
  try {
    const commitment = commit(key, model, version)
    const wrapped = await wrapProven(key, provider, contextOf(model, version))
    return { version, createdAt: iso(clock.now()), providerId: provider.id, wrapped, commitment, erasedAt: null }
  } finally {
    key.fill(0)
  }
}

/** A provider that can't give a key back is found out before anything is sealed under that key. */
async function wrapProven(key: Uint8Array, provider: KeyProvider, context: KeyContext): Promise<string> {
  const wrapped = await provider.wrap(key, context)
  const back = await provider.unwrap(wrapped, context)
  const same = back.length === key.length && timingSafeEqual(back, key)
  back.fill(0)
  if (!same) throw new AppError('VERIFICATION_FAILED', `${provider.id} does not give back the key that it has wrapped`)
  return wrapped
}

function contextOf(model: string, version: number): KeyContext {
  return { format: FORMAT, model, version: String(version) }
}

/** The key is 32 random bytes, so a digest keyed by it gives nothing away. @returns hex */
function commit(key: Uint8Array, model: string, version: number): string {
  return createHmac('sha256', key).update(`${FORMAT} commitment\n${version}\n${model}`).digest('hex')
}

function sameBytes(hex: string, other: string): boolean {
  return timingSafeEqual(Buffer.from(hex, 'hex'), Buffer.from(other, 'hex'))
}

function noSuchVersion(record: ModelKeyRecord, version: number): AppError {
  return new AppError('NOT_FOUND', `the key of ${record.model} has no version ${version}`)
}
