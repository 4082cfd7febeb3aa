import { mkdir } from 'node:fs/promises'
import { dirname } from 'node:path'
import { AppError } from '../base/errors.ts'
import type { Ids } from '../base/ids.ts'
import { readPrivateFile } from '../base/private-file.ts'
import { nodeFiles } from './files.ts'
import { formatSkey, isKeyName, type NoteSigner, parseSkey } from './tlog/index.ts'

/** Signs checkpoints; `name` is the log's origin. A KMS is another implementation of the same three fields and method. */
export type Signer = NoteSigner

/**
 * The signing key in a file, in the text form of C2SP signed-note, created (mode 0600) when absent. The caller holds the
 * lock on the data folder: two first starts at once would each make a key.
 *
 * @param options.path Outside the folder that is served.
 * @param options.origin Name of the log. When absent, the name in the file; in a new file, a random one.
 * @throws {AppError} CONFIG_INVALID when the file is readable by others, is no key, or is the key of another log.
 */
export async function openFileSigner(options: {
  path: string
  origin?: string | undefined
  ids: Ids
}): Promise<Signer> {
  const { path, origin, ids } = options
  if (origin !== undefined && !isKeyName(origin))
    throw new AppError('CONFIG_INVALID', 'ledger.origin must not contain spaces or plus signs')
  const signer = (await readSigner(path)) ?? (await createSigner(path, origin ?? randomOrigin(ids), ids))
  if (origin !== undefined && signer.name !== origin)
    throw new AppError(
      'CONFIG_INVALID',
      `ledger.origin is ${origin}, but the key in ${path} is of the log ${signer.name}: a log keeps its name`,
    )
  return signer
}

function randomOrigin(ids: Ids): string {
  return `safelevel.invalid/log-${ids.bytes(8).toString('hex')}`
}

async function readSigner(path: string): Promise<Signer | null> {
  const text = await readPrivateFile(path)
  if (text === null) return null
  try {
    return await parseSkey(text.trim())
  } catch (cause) {
    throw new AppError('CONFIG_INVALID', `${path} holds no ledger signing key`, { cause })
  }
}

async function createSigner(path: string, origin: string, ids: Ids): Promise<Signer> {
  await mkdir(dirname(path), { recursive: true, mode: 0o700 })
  const skey = await formatSkey(origin, ids.bytes(32))
  await nodeFiles.replace(path, `${path}.new`, Buffer.from(`${skey}\n`), 0o600)
  await nodeFiles.syncFolder(dirname(path))
  return parseSkey(skey)
}
