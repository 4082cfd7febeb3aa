import { AppError } from '../../base/errors.ts'
import type { Ids } from '../../base/ids.ts'
import { seal, unseal } from '../../base/sealing.ts'
import type { Db } from '../../db/index.ts'
import { type SealedText, textsOf } from './store.ts'

/** What somebody wrote, by what it is for. */
export type TextPart = 'claim' | 'contact' | 'answer'

const FORMAT = 1

/**
 * Words that people write to us, sealed with AES-256-GCM under the installation's appeal key: a copy of the database shows none. Each is
 * bound to its record and part, so that none can be put in another's place. Removing the row removes the words.
 *
 * Layout, base64: format (1 byte) ‖ sealed text.
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
    const body = seal(this.#key, Buffer.from(text), context(recordId, part), this.#ids)
    return { recordId, part, sealed: Buffer.concat([Buffer.of(FORMAT), body]).toString('base64') }
  }

  /** @throws {AppError} VERIFICATION_FAILED when it was changed, or sealed under another key. */
  open({ recordId, part, sealed }: SealedText): string {
    const bytes = Buffer.from(sealed, 'base64')
    try {
      if (bytes[0] !== FORMAT) throw new Error('not a sealed text')
      return unseal(this.#key, bytes.subarray(1), context(recordId, part)).toString('utf8')
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

function context(recordId: string, part: string): string {
  return `safelevel.redress/1\n${recordId}\n${part}`
}
