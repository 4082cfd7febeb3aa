import type { Ids } from '../../base/ids.ts'
import { SealedTexts } from '../../journal/index.ts'

export type RedressTexts = SealedTexts<'claim' | 'contact' | 'answer'>

/** What people write in appeals and what they are answered. @param key 32 bytes: the installation's appeal key */
export function redressTexts(key: Uint8Array, ids: Ids): RedressTexts {
  return new SealedTexts('safelevel.redress', key, ids)
}
