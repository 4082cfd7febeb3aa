import { armor, Decrypter, identityToRecipient } from 'age-encryption'
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
  static async of(seed: Uint8Array): Promise<AgeIdentity> {
    const identity = bech32('age-secret-key-', seed).toUpperCase()
    return new AgeIdentity(identity, await identityToRecipient(identity))
  }

  /**
   * @param file binary age file, as it came: hostile
   * @returns what is in it; null when it isn't for us, was changed or can't be read.
   */
  async open(file: Uint8Array): Promise<Buffer | null> {
    try {
      if (stanzasOf(file) > MOST_STANZAS) return null
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
    return armored === null ? null : await this.open(dearmored(armored))
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

/** Empty when it is none. */
function dearmored(armored: string): Uint8Array {
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
