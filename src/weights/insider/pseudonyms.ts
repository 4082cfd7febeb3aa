import { createHmac, hkdfSync } from 'node:crypto'
import { join } from 'node:path'
import type { Ids } from '../../base/ids.ts'
import { loadOrCreateKey } from '../../base/keys.ts'

const KEY_BYTES = 32
const ALPHABET = '0123456789ABCDEFGHJKMNPQRSTVWXYZ'

/** By what people go as long as nobody has opened their case, and the keys of the room. */
export class Pseudonyms {
  /** Seals who a case is about, what it rests on, and what the watch remembers. */
  readonly sealingKey: Buffer
  readonly #shared: Buffer
  readonly #tag: Buffer
  readonly #years = new Map<number, Buffer>()

  /** @param keysDir with the installation's `digest.key`, which all replicas share: every key here follows from it */
  constructor(keysDir: string, ids: Ids) {
    this.#shared = loadOrCreateKey(join(keysDir, 'digest.key'), KEY_BYTES, ids)
    this.sealingKey = this.#key('sealing')
    this.#tag = this.#key('tag')
  }

  /** `P-7F3K-9QD2`: another one each year (UTC), so that years can't be joined by it. 40 bits. */
  of(person: string, timeMs: number): string {
    const digest = createHmac('sha256', this.#yearKey(new Date(timeMs).getUTCFullYear()))
      .update(person)
      .digest()
    const letters = Array.from(digest.subarray(0, 8), (byte) => ALPHABET[byte & 31] ?? '0').join('')
    return `P-${letters.slice(0, 4)}-${letters.slice(4)}`
  }

  /** By what cases of a person are found, hex; tells nobody without the keys who that is. */
  tag(person: string): string {
    return createHmac('sha256', this.#tag).update(person).digest('hex')
  }

  #yearKey(year: number): Buffer {
    const known = this.#years.get(year)
    if (known !== undefined) return known
    const made = this.#key(`pseudonym ${year}`)
    this.#years.set(year, made)
    return made
  }

  #key(purpose: string): Buffer {
    return Buffer.from(hkdfSync('sha256', this.#shared, '', `safelevel insider ${purpose} v1`, KEY_BYTES))
  }
}
