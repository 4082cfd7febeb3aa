import { createPrivateKey, createPublicKey } from 'node:crypto'
import { ageArmorIn } from './armor.ts'
import { bech32 } from './bech32.ts'

const HEADER_END = '\n---'
const MOST_STANZAS = 20

/** The key pair under which people encrypt what they send us, so that it passes through whatever stands in between unread. */
export class AgeIdentity {
  readonly #identity: string
  /** What they encrypt for: `age1…`. */
  readonly recipient: string

  private constructor(identity: string, recipient: string) {
    this.#identity = identity
    this.recipient = recipient
  }

  /** @param seed 32 random bytes: the X25519 secret key. @see https://age-encryption.org/v1 */
  static of(seed: Uint8Array): AgeIdentity {
    return new AgeIdentity(bech32('age-secret-key-', seed).toUpperCase(), bech32('age', publicKeyOf(seed)))
  }

  /**
   * @param file binary age file, as it came: hostile
   * @returns what is in it; null when it isn't for us, was changed or can't be read.
   */
  async open(file: Uint8Array): Promise<Buffer | null> {
    try {
      if (stanzasOf(file) > MOST_STANZAS) return null
      // Loaded when it is needed: it and what it brings are a thirtieth of what a start would otherwise load.
      const { Decrypter } = await import('age-encryption')
      const decrypter = new Decrypter()
      decrypter.addIdentity(this.#identity)
      return Buffer.from(await decrypter.decrypt(file))
    } catch {
      return null
    }
  }

  /** As `open`, of the armored file that stands in a text. */
  async openArmored(text: string): Promise<Buffer | null> {
    const armored = ageArmorIn(text)
    return armored === null ? null : await this.open(await dearmored(armored))
  }

  /** The words within an armored message; null when they can't be read, or are no words. */
  async openText(text: string): Promise<string | null> {
    const bytes = await this.openArmored(text)
    if (bytes === null) return null
    try {
      return new TextDecoder('utf-8', { fatal: true }).decode(bytes)
    } catch {
      return null
    }
  }
}

/** PKCS #8 of an X25519 key is this and the 32 bytes of it (RFC 8410, 7). */
const PKCS8_X25519 = Buffer.from('302e020100300506032b656e04220420', 'hex')

function publicKeyOf(seed: Uint8Array): Buffer {
  const key = createPrivateKey({ key: Buffer.concat([PKCS8_X25519, seed]), format: 'der', type: 'pkcs8' })
  return createPublicKey(key).export({ format: 'der', type: 'spki' }).subarray(-32)
}

/** Empty when it is none. */
async function dearmored(armored: string): Promise<Uint8Array> {
  const { armor } = await import('age-encryption')
  try {
    return armor.decode(armored)
  } catch {
    return new Uint8Array()
  }
}

/** Each recipient that a header names costs a key agreement, and the sender says how many there are. */
function stanzasOf(file: Uint8Array): number {
  const bytes = Buffer.from(file.buffer, file.byteOffset, file.byteLength)
  const end = bytes.indexOf(HEADER_END)
  let count = 0
  for (let at = bytes.indexOf('\n-> '); at >= 0 && at < end; at = bytes.indexOf('\n-> ', at + 1)) {
    count++
    if (count > MOST_STANZAS) break
  }
  return count
}
