import { mkdir } from 'node:fs/promises'
import { join } from 'node:path'
import { replaceDurably } from '../base/durable-file.ts'
import { AppError } from '../base/errors.ts'
import type { Ids } from '../base/ids.ts'
import { readPrivateFile } from '../base/private-file.ts'
import { type Cosigner, formatCosignerSkey, isKeyName, parseCosignerSkey } from '../ledger/index.ts'

function keyFile(dir: string): string {
  return join(dir, 'witness.key')
}

/**
 * Makes a witness's key in `dir`, readable by its owner alone.
 *
 * @param name By which logs and their readers know the witness: a URL without its scheme, `witness.example.org/w1`.
 * @throws {AppError} REQUEST_INVALID for what is no name, CONFLICT when there is a key already: it is never overwritten.
 */
export async function createWitnessKey(dir: string, name: string, ids: Ids): Promise<Cosigner> {
  if (!isKeyName(name))
    throw new AppError(
      'REQUEST_INVALID',
      'the name of a witness has no spaces and no plus sign: witness.example.org/w1',
    )
  await mkdir(dir, { recursive: true, mode: 0o700 })
  if ((await readKey(dir)) !== null)
    throw new AppError('CONFLICT', `${keyFile(dir)} is there already: a witness keeps its key`)
  await replaceDurably(keyFile(dir), `${await formatCosignerSkey(name, ids.bytes(32))}\n`, 0o600)
  return openWitnessKey(dir)
}

/** @throws {AppError} NOT_FOUND when none was made, CONFIG_INVALID when it is readable by others, or is no key. */
export async function openWitnessKey(dir: string): Promise<Cosigner> {
  const key = await readKey(dir)
  if (key === null)
    throw new AppError(
      'NOT_FOUND',
      `there is no witness in ${dir}: run "safelevel witness init --dir ${dir} --name NAME"`,
    )
  return key
}

async function readKey(dir: string): Promise<Cosigner | null> {
  const path = keyFile(dir)
  const text = await readPrivateFile(path)
  if (text === null) return null
  try {
    return await parseCosignerSkey(text.trim())
  } catch (cause) {
    throw new AppError('CONFIG_INVALID', `${path} holds no signing key of a witness`, { cause })
  }
}
