import { createHmac } from 'node:crypto'
import { z } from 'zod'
import { toAppError } from '../../base/errors.ts'
import { seal, unseal } from '../../base/sealing.ts'
import { records } from '../records/index.ts'
import type { VaultContext } from './context.ts'
import { ModelKey } from './keys/model-key.ts'
import { createModelKey, ModelKeyRecord } from './keys/model-key-record.ts'
import { KEY_BYTES, type KeyProviders } from './keys/provider.ts'
import { FILE, MODEL_KEY } from './kinds.ts'
import { keyedFileOf } from './open-file.ts'

const FORMAT = 'safelevel key drill v1'
/** Of how many a sample is drawn. */
const MOST_LOOKED_AT = 5_000
const MOST_FILES = 50

const Header = z.strictObject({
  model: z.string().max(256),
  modelVersion: z.string().max(600),
  path: z.string().max(4_096),
  wrappedKey: z.string().max(200),
})

/** Copies of wrapped keys, and a canary that is sealed as weights are: nothing in it opens without the root key, and no weights are in it. */
export const VaultCanary = z.strictObject({
  provider: z.string().max(2_048).meta({ description: 'names the root key in use' }),
  keys: z
    .array(ModelKeyRecord)
    .min(1)
    .max(MOST_FILES + 1),
  canary: Header.extend({ sealed: z.base64().max(10_000) }),
  files: z.array(Header).max(MOST_FILES),
})
export type VaultCanary = z.infer<typeof VaultCanary>

/** Whether a key was opened: shown without showing the key. */
export interface DrillProof {
  readonly piece: string
  /** HMAC-SHA-256 of the nonce under what was opened, hex; null where nothing was. */
  readonly proof: string | null
  /** Code of the error. */
  readonly why: string | null
}

/** @param words what the canary holds @param files how many wrapped keys of sealed files are copied, drawn at random @throws {AppError} as `KeyProvider.wrap` */
export async function makeVaultCanary(
  context: VaultContext,
  id: string,
  { words, files }: { readonly words: string; readonly files: number },
): Promise<VaultCanary> {
  const { keys, ids, db } = context
  const model = `${FORMAT}/${id}`
  const own = await createModelKey(model, keys.provider, context)
  const file = { modelVersion: id, path: 'canary' }
  const dataKey = ids.bytes(KEY_BYTES)
  try {
    using modelKey = new ModelKey(own, keys.providers)
    const wrappedKey = await modelKey.wrapDataKey(dataKey, file)
    const sealed = seal(dataKey, Buffer.from(words), bindingOf(id), ids).toString('base64')
    const sampled = await sampleOf(context, files)
    const models = await records.findMany(db, MODEL_KEY, new Set(sampled.map((one) => one.model)))
    return {
      provider: keys.provider.id,
      keys: [own, ...models.values()],
      canary: { model, ...file, wrappedKey, sealed },
      files: sampled.filter((one) => models.has(one.model)),
    }
  } finally {
    dataKey.fill(0)
  }
}

/** Opens what a canary holds by these providers, and shows for each piece that it was opened. Never throws for what can't be. */
export async function vaultProofs(
  { keys, canary, files }: VaultCanary,
  { id, nonce }: { readonly id: string; readonly nonce: string },
  providers: KeyProviders,
): Promise<DrillProof[]> {
  const byModel = new Map(keys.map((record) => [record.model, record]))
  const prove = async (piece: string, header: z.infer<typeof Header>, open: (key: Buffer) => Buffer) => {
    const record = byModel.get(header.model)
    if (record === undefined) return { piece, proof: null, why: 'NOT_FOUND' }
    try {
      using modelKey = new ModelKey(record, providers)
      const dataKey = await modelKey.unwrapDataKey(header.wrappedKey, header)
      try {
        return {
          piece,
          proof: createHmac('sha256', open(dataKey)).update(`${FORMAT}\n${piece}\n${nonce}`).digest('hex'),
          why: null,
        }
      } finally {
        dataKey.fill(0)
      }
    } catch (error) {
      return { piece, proof: null, why: toAppError(error).code }
    }
  }
  const unsealed = (key: Buffer) => unseal(key, Buffer.from(canary.sealed, 'base64'), bindingOf(id))
  const proofs = [await prove('weights', canary, unsealed)]
  for (const [i, file] of files.entries()) proofs.push(await prove(`weights-file-${i + 1}`, file, (key) => key))
  return proofs
}

async function sampleOf({ db, ids }: VaultContext, most: number): Promise<z.infer<typeof Header>[]> {
  const found = await records.list(db, FILE, { state: 'sealed', order: 'latest', limit: MOST_LOOKED_AT })
  return found
    .map((file) => ({ file, rank: ids.bytes(8).toString('hex') }))
    .toSorted((a, b) => (a.rank < b.rank ? -1 : 1))
    .flatMap(({ file }) =>
      file.wrappedKey === null ? [] : [{ model: file.model, ...keyedFileOf(file), wrappedKey: file.wrappedKey }],
    )
    .slice(0, Math.min(most, MOST_FILES))
}

function bindingOf(id: string): string {
  return `${FORMAT}\n${id}`
}
