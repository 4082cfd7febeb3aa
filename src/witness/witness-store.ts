import { mkdir, readdir, readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { replaceDurably, syncFolder } from '../base/durable-file.ts'
import { codeOf } from '../base/error-code.ts'
import { AppError } from '../base/errors.ts'
import { type Misbehaviour, type NoteVerifier, parseVkey, sha256, TlogError } from '../ledger/index.ts'

/** Keys that a log may have signed with over its life. */
const MAX_KEYS = 16
const ORIGIN_HASH = /^[0-9a-f]{64}$/

/** SHA-256 of a log's origin, lowercase hex: its name in URLs and folders (C2SP tlog-witness, "Monitor Retrieval"). */
export function originHash(origin: string): string {
  return Buffer.from(sha256(origin)).toString('hex')
}

export function isOriginHash(text: string): boolean {
  return ORIGIN_HASH.test(text)
}

/**
 * What a witness knows, in files that a person can read:
 * `logs/<origin hash>/keys` (a vkey a line), `logs/<origin hash>/checkpoint` (the newest it cosigned) and
 * `logs/<origin hash>/misbehaviour-<size>.json`, should a log ever contradict itself.
 */
export class WitnessStore {
  readonly #dir: string

  constructor(dir: string) {
    this.#dir = join(dir, 'logs')
  }

  /** The keys of a log, or null when it is not one that is watched. Read anew each time: keys may be added beside a running server. */
  async keys(hash: string): Promise<NoteVerifier[] | null> {
    const text = await this.#read(hash, 'keys')
    if (text === null) return null
    try {
      return text
        .split('\n')
        .filter((line) => line !== '')
        .map((vkey) => parseVkey(vkey))
    } catch (cause) {
      throw new AppError('CONFIG_INVALID', `${join(this.#dir, hash, 'keys')} does not hold one vkey a line`, { cause })
    }
  }

  /** Watches a log, or a further key of one. @returns its origin @throws {AppError} REQUEST_INVALID */
  async addKey(vkey: string): Promise<string> {
    const key = parseLogKey(vkey)
    const hash = originHash(key.name)
    const known = (await this.keys(hash)) ?? []
    if (known.some((other) => other.vkey === key.vkey)) return key.name
    if (known.length >= MAX_KEYS) throw new AppError('REQUEST_INVALID', `${key.name} has ${MAX_KEYS} keys already`)
    await mkdir(join(this.#dir, hash), { recursive: true, mode: 0o755 })
    const lines = [...known, key].map((other) => `${other.vkey}\n`).join('')
    await replaceDurably(join(this.#dir, hash, 'keys'), lines, 0o644)
    await syncFolder(this.#dir)
    return key.name
  }

  /** The hashes of the origins that are watched. */
  async logs(): Promise<string[]> {
    const names = await readdir(this.#dir).catch(absent)
    return (names ?? []).filter(isOriginHash)
  }

  /** The newest checkpoint that was cosigned, with its signatures; null before the first. */
  checkpoint(hash: string): Promise<string | null> {
    return this.#read(hash, 'checkpoint')
  }

  /** Durable when it resolves. */
  saveCheckpoint(hash: string, note: string): Promise<void> {
    return replaceDurably(join(this.#dir, hash, 'checkpoint'), note, 0o644)
  }

  /** @returns the file */
  async saveMisbehaviour(hash: string, size: number, proof: Misbehaviour): Promise<string> {
    const file = join(this.#dir, hash, `misbehaviour-${size}.json`)
    await replaceDurably(file, `${JSON.stringify(proof, null, 2)}\n`, 0o644)
    return file
  }

  async #read(hash: string, name: string): Promise<string | null> {
    return readFile(join(this.#dir, hash, name), 'utf8').catch(absent)
  }
}

function parseLogKey(vkey: string): NoteVerifier {
  try {
    return parseVkey(vkey)
  } catch (cause) {
    if (!(cause instanceof TlogError)) throw cause
    throw new AppError('REQUEST_INVALID', 'not the key of a log: expected <origin>+<8 hex digits>+<base64>', { cause })
  }
}

function absent(error: unknown): null {
  if (codeOf(error) === 'ENOENT') return null
  throw error
}
