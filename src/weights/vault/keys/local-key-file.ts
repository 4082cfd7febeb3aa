import { createHash } from 'node:crypto'
import {
  closeSync,
  constants,
  fstatSync,
  fsyncSync,
  linkSync,
  mkdirSync,
  openSync,
  readFileSync,
  unlinkSync,
  writeSync,
} from 'node:fs'
import { dirname } from 'node:path'
import { z } from 'zod'
import { readBase64 } from '../../../base/base64.ts'
import { syncFolder } from '../../../base/durable-file.ts'
import { codeOf } from '../../../base/error-code.ts'
import { AppError } from '../../../base/errors.ts'
import type { Ids } from '../../../base/ids.ts'
import { replacePrivateFile } from '../../../base/private-file.ts'
import { seal, unseal } from '../../../base/sealing.ts'
import { parseStrictJson } from '../../../base/strict-json.ts'
import { Stretching, stretch } from './passphrase.ts'
import { KEY_BYTES } from './provider.ts'

export const LOCAL_FORMAT = 'safelevel-vault-root/v1'
const MAX_FILE_BYTES = 256 * 1024
const MAX_VERSIONS = 1_000

const RootKeys = z
  .array(
    z.strictObject({
      createdAt: z.iso.datetime(),
      key: z.string().refine((text) => readBase64(text)?.length === KEY_BYTES, `base64 of ${KEY_BYTES} bytes`),
    }),
  )
  .min(1)
  .max(MAX_VERSIONS)

/**
 * The file, as JSON. The keys stand in order, version 1 first. `sealed` is base64 of AES-256-GCM (iv ‖ ciphertext ‖ tag) over the JSON of
 * the keys, under the stretched passphrase; bound to the format, the id and the stretching.
 */
const KeyFile = z.strictObject({
  format: z.literal(LOCAL_FORMAT),
  id: z
    .string()
    .regex(/^[0-9a-f]{16}$/)
    .meta({ description: 'random; names the file, and stays through rotations' }),
  content: z.discriminatedUnion('protection', [
    z.strictObject({ protection: z.literal('none'), keys: RootKeys }),
    z.strictObject({ protection: z.literal('passphrase'), stretching: Stretching, sealed: z.string() }),
  ]),
})
type KeyFile = z.infer<typeof KeyFile>

interface RootKey {
  readonly createdAt: string
  readonly key: Buffer
}

/** What seals the keys in the file: the key that a passphrase gave. */
interface Lock {
  readonly stretching: Stretching
  readonly key: Buffer
}

/** What a key file holds. */
export interface KeyFileContent {
  readonly id: string
  /** Version 1 first; the last is in use. */
  readonly keys: readonly RootKey[]
  /** null where no passphrase protects the file. */
  readonly lock: Lock | null
}

/** A key file as it was read or written. */
export interface OpenedKeyFile extends KeyFileContent {
  /** Hex SHA-256 of its bytes: whether it is still the same one. */
  readonly digest: string
}

/**
 * @param passphrase null where the file has none
 * @throws {AppError} NOT_FOUND; CONFIG_INVALID when others may read it, when it is no such file, or when it needs a passphrase and none is
 *   given, or the other way round; VERIFICATION_FAILED when it was changed or the passphrase is another one
 */
export async function readKeyFile(path: string, passphrase: string | null): Promise<OpenedKeyFile> {
  const bytes = readPrivately(path)
  const digest = digestOf(bytes)
  const { id, content } = parseKeyFile(path, bytes)
  if (content.protection === 'none') {
    if (passphrase !== null) throw invalid(path, 'has no passphrase, and one is given')
    return { id, keys: bytesOf(content.keys), lock: null, digest }
  }
  if (passphrase === null) throw invalid(path, 'needs its passphrase')
  const { stretching, sealed } = content
  const key = await stretch(passphrase, stretching)
  const keys = bytesOf(unlock(path, key, sealed, bindingOf(id, stretching)))
  return { id, keys, lock: { stretching, key }, digest }
}

/** Makes the file, whole or not at all. @throws {AppError} CONFLICT when something stands there: it is never overwritten. */
export async function createKeyFile(path: string, content: KeyFileContent, ids: Ids): Promise<OpenedKeyFile> {
  const text = render(content, ids)
  mkdirSync(dirname(path), { recursive: true, mode: 0o700 })
  const draft = `${path}.${ids.bytes(8).toString('hex')}`
  writeDraft(draft, text)
  try {
    linkSync(draft, path) // unlike rename, never replaces what stands there
  } catch (cause) {
    if (codeOf(cause) === 'EEXIST') throw new AppError('CONFLICT', `${path} exists already`)
    throw cause
  } finally {
    unlinkSync(draft)
  }
  await syncFolder(dirname(path))
  return { ...content, digest: digestOf(text) }
}

/**
 * Puts other content in place of what was read. One writer at a time: its process holds the data folder.
 *
 * @throws {AppError} CONFLICT when the file is no longer the one that was read
 */
export async function replaceKeyFile(
  path: string,
  read: OpenedKeyFile,
  content: KeyFileContent,
  ids: Ids,
): Promise<OpenedKeyFile> {
  if (digestOf(readPrivately(path)) !== read.digest)
    throw new AppError('CONFLICT', `the key file ${path} was changed meanwhile: open it again`)
  const text = render(content, ids)
  replacePrivateFile(path, text)
  await syncFolder(dirname(path))
  return { ...content, digest: digestOf(text) }
}

function writeDraft(path: string, text: string): void {
  const handle = openSync(path, 'wx', 0o600)
  try {
    writeSync(handle, text)
    fsyncSync(handle)
  } finally {
    closeSync(handle)
  }
}

function render({ id, keys, lock }: KeyFileContent, ids: Ids): string {
  const listed = keys.map(({ createdAt, key }) => ({ createdAt, key: key.toString('base64') }))
  const content = lock === null ? { protection: 'none', keys: listed } : sealUp(id, JSON.stringify(listed), lock, ids)
  return `${JSON.stringify(KeyFile.parse({ format: LOCAL_FORMAT, id, content }), null, 2)}\n`
}

function sealUp(id: string, keys: string, { stretching, key }: Lock, ids: Ids) {
  const sealed = seal(key, Buffer.from(keys), bindingOf(id, stretching), ids).toString('base64')
  return { protection: 'passphrase', stretching, sealed }
}

function unlock(path: string, key: Uint8Array, sealed: string, binding: string): z.infer<typeof RootKeys> {
  try {
    return RootKeys.parse(JSON.parse(unseal(key, Buffer.from(sealed, 'base64'), binding).toString('utf8')))
  } catch {
    throw new AppError('VERIFICATION_FAILED', `the key file ${path} was changed, or its passphrase is another one`)
  }
}

function bindingOf(id: string, { name, n, r, p, salt }: Stretching): string {
  return [LOCAL_FORMAT, id, name, n, r, p, salt].join('\n')
}

function bytesOf(keys: z.infer<typeof RootKeys>): RootKey[] {
  return keys.map(({ createdAt, key }) => ({ createdAt, key: Buffer.from(key, 'base64') }))
}

/** The words of a parser may quote the file, so they go no further. */
function parseKeyFile(path: string, bytes: Buffer): KeyFile {
  const file = KeyFile.safeParse(parseOrNull(bytes))
  if (file.success) return file.data
  throw invalid(path, `is no key file of the format ${LOCAL_FORMAT}`)
}

function parseOrNull(bytes: Buffer): unknown {
  try {
    return parseStrictJson(bytes, { maxDepth: 8 })
  } catch {
    return null
  }
}

function readPrivately(path: string): Buffer {
  const handle = openToRead(path)
  try {
    const { mode, size, uid } = fstatSync(handle)
    if ((mode & constants.S_IFMT) !== constants.S_IFREG || size > MAX_FILE_BYTES) throw invalid(path, 'is no key file')
    if (process.platform !== 'win32') {
      if ((mode & 0o077) !== 0)
        throw invalid(path, 'may be read by others: chmod 600 it, and take its keys for known to them')
      if (uid !== 0 && uid !== process.getuid?.()) throw invalid(path, 'belongs to somebody else')
    }
    return readFileSync(handle)
  } finally {
    closeSync(handle)
  }
}

/** Without waiting for the other end of a pipe, and never through a symbolic link. */
function openToRead(path: string): number {
  const { O_RDONLY, O_NOFOLLOW = 0, O_NONBLOCK = 0 } = constants
  try {
    return openSync(path, O_RDONLY | O_NOFOLLOW | O_NONBLOCK)
  } catch (cause) {
    if (codeOf(cause) === 'ENOENT') throw new AppError('NOT_FOUND', `there is no key file ${path}`)
    throw new AppError('CONFIG_INVALID', `the key file ${path} can’t be read`, { cause })
  }
}

function digestOf(bytes: Uint8Array | string): string {
  return createHash('sha256').update(bytes).digest('hex')
}

function invalid(path: string, what: string): AppError {
  return new AppError('CONFIG_INVALID', `the key file ${path} ${what}`)
}
