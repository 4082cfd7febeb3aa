import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { chmod, mkdir, readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { Decrypter, Encrypter } from 'age-encryption'
import { z } from 'zod'
import { codeOf } from '../base/error-code.ts'
import { AppError } from '../base/errors.ts'

const FORMAT = 'safelevel keys v1'
const NAME = /^[A-Za-z0-9][A-Za-z0-9._-]{0,126}$/
const MAX_FILE_BYTES = 1024 * 1024

/** What is sealed: each key by its file's name, base64. */
const SealedKeys = z.strictObject({
  format: z.literal(FORMAT),
  keys: z.record(z.string().regex(NAME), z.base64()),
})

/** Keys by the names of their files. */
export type Keys = ReadonlyMap<string, Buffer>

/** To whom keys are sealed, or what opens them. */
export type KeySecret =
  | { readonly passphrase: string }
  /** To seal: `age1…`. To open: `AGE-SECRET-KEY-1…`. */
  | { readonly age: readonly string[] }

/** The keys that lie in a folder; null when there is none. */
export function readKeys(dir: string): Keys | null {
  if (!existsSync(dir)) return null
  const files = readdirSync(dir, { withFileTypes: true }).filter((entry) => entry.isFile() && NAME.test(entry.name))
  return new Map(files.map(({ name }) => [name, readFileSync(join(dir, name))]))
}

/**
 * Seals keys into one file (age-encryption.org/v1), so that a copy can be kept where backups must not lie.
 *
 * @throws {AppError} REQUEST_INVALID when a recipient is none, or there is more than `openKeys` would take
 */
export async function sealKeys(keys: Keys, secret: KeySecret): Promise<Uint8Array> {
  const encrypter = new Encrypter()
  try {
    if ('passphrase' in secret) encrypter.setPassphrase(secret.passphrase)
    else for (const recipient of secret.age) encrypter.addRecipient(recipient)
  } catch (cause) {
    throw new AppError('REQUEST_INVALID', 'a recipient is a public key of age: age1…', { cause })
  }
  const entries = [...keys].map(([name, bytes]) => [name, bytes.toString('base64')])
  const sealed = await encrypter.encrypt(JSON.stringify({ format: FORMAT, keys: Object.fromEntries(entries) }))
  if (sealed.length > MAX_FILE_BYTES)
    throw new AppError('REQUEST_INVALID', 'the folder of keys holds more than keys: move away what is large')
  return sealed
}

/** @throws {AppError} NOT_FOUND; VERIFICATION_FAILED when the passphrase or identity does not open it, or what is in it is no keys */
export async function openKeys(path: string, secret: KeySecret): Promise<Keys> {
  const sealed = await readFile(path).catch((cause: unknown) => {
    throw new AppError('NOT_FOUND', `${path} can't be read (${codeOf(cause) ?? 'unknown error'})`, { cause })
  })
  if (sealed.length > MAX_FILE_BYTES) throw new AppError('VERIFICATION_FAILED', `${path} is too large to hold keys`)
  const decrypter = new Decrypter()
  try {
    if ('passphrase' in secret) decrypter.addPassphrase(secret.passphrase)
    else for (const identity of secret.age) decrypter.addIdentity(identity)
    const { keys } = SealedKeys.parse(JSON.parse(await decrypter.decrypt(sealed, 'text')))
    return new Map(Object.entries(keys).map(([name, text]) => [name, Buffer.from(text, 'base64')]))
  } catch (cause) {
    throw new AppError(
      'VERIFICATION_FAILED',
      `${path} does not open with this passphrase or identity, or holds no keys`,
      {
        cause,
      },
    )
  }
}

/**
 * Puts keys into the folder of an installation. Those that are there already must be the same: none is ever overwritten.
 *
 * @throws {AppError} CONFLICT naming the first that differs
 */
export async function placeKeys(keys: Keys, dir: string): Promise<void> {
  const there = readKeys(dir) ?? new Map<string, Buffer>()
  for (const [name, bytes] of there) {
    const given = keys.get(name)
    if (given !== undefined && !given.equals(bytes))
      throw new AppError('CONFLICT', `${join(dir, name)} is another key than the one in the backup of the keys`)
  }
  await mkdir(dir, { recursive: true, mode: 0o700 })
  await chmod(dir, 0o700)
  for (const [name, bytes] of keys)
    if (!there.has(name)) await writeFile(join(dir, name), bytes, { flag: 'wx', mode: 0o600, flush: true })
}
