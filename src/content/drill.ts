import { z } from 'zod'
import type { Ids } from '../base/ids.ts'
import { type ContentKey, Keyring } from './keyring.ts'
import { seal, unseal } from './seal.ts'

/** Random words sealed as exchanges are, to try whether the copy of a content key opens them. */
export const ContentCanary = z.strictObject({
  id: z.string().max(100),
  wrappedBy: z.string().max(100),
  wrappedKey: z.base64().max(1_000),
  sealed: z.base64().max(10_000),
})
export type ContentCanary = z.infer<typeof ContentCanary>

export async function sealCanary(id: string, words: string, key: ContentKey, ids: Ids): Promise<ContentCanary> {
  const { wrappedBy, wrappedKey, sealed } = await seal(words, id, key, ids)
  return { id, wrappedBy, wrappedKey: wrappedKey.toString('base64'), sealed: sealed.toString('base64') }
}

/** @throws {AppError} VERIFICATION_FAILED */
export function openCanary({ id, wrappedBy, wrappedKey, sealed }: ContentCanary, keys: Pick<Keyring, 'get'>) {
  const row = { wrappedBy, wrappedKey: Buffer.from(wrappedKey, 'base64'), sealed: Buffer.from(sealed, 'base64') }
  return unseal(row, id, keys.get(wrappedBy))
}

/**
 * The same by the keys in a folder.
 *
 * @param keysDir where a key is made when there is none: a place that is thrown away
 * @throws {AppError} VERIFICATION_FAILED when the folder has not the key; CONFIG_INVALID when one in it is damaged
 */
export async function openCanaryIn(keysDir: string, canary: ContentCanary, ids: Ids): Promise<string> {
  return await openCanary(canary, new Keyring(keysDir, ids))
}
