import { AppError } from '../base/errors.ts'
import type { Ids } from '../base/ids.ts'
import { seal, unseal } from '../base/sealing.ts'

const FORMAT = 1

/** As it is stored. */
export interface SealedText {
  readonly recordId: string
  readonly part: string
  readonly sealed: string
}

/**
 * Words that people write to us, sealed with AES-256-GCM under a key of the room's: a copy of the database shows none. Each is bound to its
 * room, record and part, so that none can be put in another's place. Removing the row removes the words.
 *
 * Layout, base64: format (1 byte) ‖ sealed text.
 */
export class SealedTexts<Part extends string> {
  readonly #room: string
  readonly #key: Uint8Array
  readonly #ids: Ids

  /** @param room Stays what it is: texts open under no other name. @param key 32 bytes. */
  constructor(room: string, key: Uint8Array, ids: Ids) {
    this.#room = room
    this.#key = key
    this.#ids = ids
  }

  seal(recordId: string, part: Part, text: string): SealedText {
    const body = seal(this.#key, Buffer.from(text), this.#context(recordId, part), this.#ids)
    return { recordId, part, sealed: Buffer.concat([Buffer.of(FORMAT), body]).toString('base64') }
  }

  /** @throws {AppError} VERIFICATION_FAILED when it was changed, or sealed under another key. */
  open({ recordId, part, sealed }: SealedText): string {
    const bytes = Buffer.from(sealed, 'base64')
    try {
      if (bytes[0] !== FORMAT) throw new Error('not a sealed text')
      return unseal(this.#key, bytes.subarray(1), this.#context(recordId, part)).toString('utf8')
    } catch (cause) {
      throw new AppError('VERIFICATION_FAILED', 'a stored text was changed, or its key is another one', { cause })
    }
  }

  /** By part. @throws {AppError} VERIFICATION_FAILED */
  openAll(rows: readonly SealedText[]): ReadonlyMap<string, string> {
    return new Map(rows.map((row) => [row.part, this.open(row)]))
  }

  #context(recordId: string, part: string): string {
    return `${this.#room}/1\n${recordId}\n${part}`
  }
}
