import { createCipheriv, createDecipheriv } from 'node:crypto'
import { AppError } from '../../base/errors.ts'
import type { Ids } from '../../base/ids.ts'
import type { Db } from '../../db/index.ts'
import { type SealedText, textsOf } from './store.ts'

/** What somebody wrote, by what it is for. */
export type TextPart = 'claim' | 'contact' | 'answer'

const FORMAT = 1
const NONCE_BYTES = 12
const TAG_BYTES = 16

/**
 * Words that people write to us, sealed with AES-256-GCM under the installation's appeal key: a copy of the database shows none. Each is
 * bound to its record and part, so that none can be put in another's place. Removing the row removes the words.
 *
 * Layout, base64: format (1 byte) ‖ nonce (12) ‖ ciphertext ‖ tag (16). The nonce is random; at 96 bits a key serves 2^32 texts.
 *
 * @see NIST SP 800-38D §8.2.2
 */
export class Texts {
  readonly #key: Uint8Array
  readonly #ids: Ids

  /** @param key 32 bytes. */
  constructor(key: Uint8Array, ids: Ids) {
    this.#key = key
    this.#ids = ids
  }

  seal(recordId: string, part: TextPart, text: string): SealedText {
    const nonce = this.#ids.bytes(NONCE_BYTES)
    const cipher = createCipheriv('aes-256-gcm', this.#key, nonce, { authTagLength: TAG_BYTES })
    cipher.setAAD(associated(recordId, part))
    const sealed = [Buffer.of(FORMAT), nonce, cipher.update(text, 'utf8'), cipher.final(), cipher.getAuthTag()]
    return { recordId, part, sealed: Buffer.concat(sealed).toString('base64') }
  }

  /** @throws {AppError} VERIFICATION_FAILED when it was changed, or sealed under another key. */
  open({ recordId, part, sealed }: SealedText): string {
    const bytes = Buffer.from(sealed, 'base64')
    try {
      if (bytes[0] !== FORMAT || bytes.length < 1 + NONCE_BYTES + TAG_BYTES) throw new Error('not a sealed text')
      const nonce = bytes.subarray(1, 1 + NONCE_BYTES)
      const decipher = createDecipheriv('aes-256-gcm', this.#key, nonce, { authTagLength: TAG_BYTES })
      decipher.setAAD(associated(recordId, part))
      decipher.setAuthTag(bytes.subarray(-TAG_BYTES))
      const text = decipher.update(bytes.subarray(1 + NONCE_BYTES, -TAG_BYTES))
      return Buffer.concat([text, decipher.final()]).toString('utf8')
    } catch (cause) {
      throw new AppError('VERIFICATION_FAILED', 'a stored text was changed, or its key is another one', { cause })
    }
  }

  /** All parts of a record; empty once they were erased. @throws {AppError} VERIFICATION_FAILED */
  async read(db: Db, recordId: string): Promise<ReadonlyMap<string, string>> {
    const rows = await textsOf(db, recordId)
    return new Map(rows.map((row) => [row.part, this.open(row)]))
  }
}

function associated(recordId: string, part: string): Buffer {
  return Buffer.from(`safelevel.redress/1\n${recordId}\n${part}`)
}
