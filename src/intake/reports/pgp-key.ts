import { closeSync, fstatSync, openSync, readSync } from 'node:fs'
import { AppError } from '../../base/errors.ts'

const MOST_BYTES = 64 * 1024
const BLOCK = /^-----BEGIN PGP PUBLIC KEY BLOCK-----\r?\n[\s\S]+\n-----END PGP PUBLIC KEY BLOCK-----\s*$/

/**
 * The key that is published for who encrypts with OpenPGP.
 *
 * @throws {AppError} CONFIG_INVALID: it can't be read, or is no public key; a secret one is never published
 */
export function readPgpKey(path: string): string {
  const text = readStart(path)
  if (text.includes('PRIVATE KEY')) throw invalid('holds a secret key: export the public one')
  if (!BLOCK.test(text.trimStart())) throw invalid('is not one ASCII-armored OpenPGP public key (gpg --armor --export)')
  return text
}

function readStart(path: string): string {
  let file: number | null = null
  try {
    file = openSync(path, 'r')
    const { size } = fstatSync(file)
    if (size > MOST_BYTES) throw invalid('is longer than 64 KiB')
    const bytes = Buffer.alloc(size)
    return bytes.toString('utf8', 0, readSync(file, bytes))
  } catch (cause) {
    if (cause instanceof AppError) throw cause
    throw new AppError('CONFIG_INVALID', `intake.pgpKey: ${path} can't be read`, { cause })
  } finally {
    if (file !== null) closeSync(file)
  }
}

function invalid(why: string): AppError {
  return new AppError('CONFIG_INVALID', `intake.pgpKey ${why}`)
}
