import { createPrivateKey, createPublicKey, generateKeyPairSync, type KeyObject } from 'node:crypto'
import { closeSync, fsyncSync, linkSync, mkdirSync, openSync, readFileSync, unlinkSync, writeSync } from 'node:fs'
import { dirname } from 'node:path'
import { codeOf } from '../../base/error-code.ts'
import { AppError } from '../../base/errors.ts'
import type { Ids } from '../../base/ids.ts'
import { localSigner, type ModelSigner } from './formats/index.ts'

/**
 * The key that signs models: PEM of a private key on P-256, P-384 or P-521; made at first use.
 *
 * @throws {AppError} CONFIG_INVALID when the file is there and is no such key: it is never overwritten
 */
export function openModelSigner(path: string, ids: Ids): ModelSigner {
  const pem = read(path) ?? create(path, ids)
  try {
    const key = createPrivateKey(pem)
    return localSigner(key, createPublicKey(key))
  } catch (cause) {
    throw new AppError('CONFIG_INVALID', `${path} holds no EC key in PEM on P-256, P-384 or P-521`, { cause })
  }
}

/** As people hand it on. */
export function publicPem(publicKey: KeyObject): string {
  return publicKey.export({ type: 'spki', format: 'pem' }).toString()
}

function read(path: string): string | null {
  try {
    return readFileSync(path, 'utf8')
  } catch (cause) {
    if (codeOf(cause) === 'ENOENT') return null
    throw new AppError('CONFIG_INVALID', `the key ${path} can't be read`, { cause })
  }
}

/** Whole or not at all; of two processes that start at once, the key of one. */
function create(path: string, ids: Ids): string {
  const { privateKey } = generateKeyPairSync('ec', { namedCurve: 'prime256v1' })
  mkdirSync(dirname(path), { recursive: true, mode: 0o700 })
  const draft = `${path}.${ids.bytes(8).toString('hex')}`
  const file = openSync(draft, 'wx', 0o600)
  try {
    writeSync(file, privateKey.export({ type: 'pkcs8', format: 'pem' }).toString())
    fsyncSync(file)
  } finally {
    closeSync(file)
  }
  try {
    linkSync(draft, path)
  } catch (error) {
    if (read(path) === null) throw error
  } finally {
    unlinkSync(draft)
  }
  return read(path) ?? ''
}
