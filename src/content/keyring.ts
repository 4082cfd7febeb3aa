import { createHash } from 'node:crypto'
import { existsSync, readdirSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import { AppError } from '../base/errors.ts'
import type { Ids } from '../base/ids.ts'
import { loadOrCreateKey } from '../base/keys.ts'

export const KEY_BYTES = 32
const FIRST = 'content.key'
const NAME = /^content-(\d{4})\.key$/

export interface ContentKey {
  /** What rows name it by; tells nothing about it. */
  readonly id: string
  readonly secret: Buffer
  readonly path: string
}

/**
 * The keys that wrap the data keys: `content.key`, and after rotations `content-0002.key` and so on. The newest wraps; older ones
 * stand there only until everything was wrapped anew.
 */
export class Keyring {
  readonly #dir: string
  readonly #ids: Ids
  readonly #keys = new Map<string, ContentKey>()
  #current: ContentKey

  /** @param dir The folder `keys` of the data folder. @throws {AppError} CONFIG_INVALID when a key is damaged */
  constructor(dir: string, ids: Ids) {
    this.#dir = dir
    this.#ids = ids
    const later = this.#numbers()
    // After a rotation the first key is gone for good: it must not be made again.
    if (later.length === 0 || existsSync(join(dir, FIRST))) this.#read(1)
    for (const number of later) this.#read(number)
    this.#current = this.#read(later.at(-1) ?? 1)
  }

  /** Wraps what is stored from now on. */
  get current(): ContentKey {
    return this.#current
  }

  /** @throws {AppError} VERIFICATION_FAILED */
  get(id: string): ContentKey {
    const key = this.#keys.get(id)
    if (key === undefined)
      throw new AppError(
        'VERIFICATION_FAILED',
        `content was sealed under the key ${id}, which is not in the folder keys: restore it from a backup`,
      )
    return key
  }

  has(id: string): boolean {
    return this.#keys.has(id)
  }

  /** Makes a new key and wraps with it from now on. */
  add(): ContentKey {
    const next = (this.#numbers().at(-1) ?? 1) + 1
    this.#current = this.#read(next)
    return this.#current
  }

  /** Destroys all keys but the current one. @returns their ids */
  destroyOld(): string[] {
    const old = [...this.#keys.values()].filter(({ id }) => id !== this.#current.id)
    for (const { id, path } of old) {
      rmSync(path, { force: true })
      this.#keys.delete(id)
    }
    return old.map(({ id }) => id)
  }

  #read(number: number): ContentKey {
    const path = join(this.#dir, number === 1 ? FIRST : `content-${String(number).padStart(4, '0')}.key`)
    const secret = loadOrCreateKey(path, KEY_BYTES, this.#ids)
    const id = createHash('sha256').update('safelevel content key\n').update(secret).digest('hex').slice(0, 16)
    const key = { id, secret, path }
    this.#keys.set(id, key)
    return key
  }

  #numbers(): number[] {
    if (!existsSync(this.#dir)) return []
    const numbers = readdirSync(this.#dir).flatMap((name) => NAME.exec(name)?.[1] ?? [])
    return numbers.map(Number).sort((a, b) => a - b)
  }
}
