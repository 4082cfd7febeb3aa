import { readFile } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { z } from 'zod'
import { replaceDurably } from '../../../base/durable-file.ts'
import { codeOf } from '../../../base/error-code.ts'
import { AppError } from '../../../base/errors.ts'

export const FROZEN_FORMAT = 'safelevel-frozen-suites-1'
const Frozen = z.strictObject({
  format: z.literal(FROZEN_FORMAT),
  suites: z.record(z.string(), z.strictObject({ digest: z.hash('sha256'), frozenAt: z.iso.datetime() })),
})

const PUBLIC_MODE = 0o644

/**
 * Since when a suite is what it is, by frozen.json beside it.
 *
 * @returns null where it isn't frozen
 * @throws {AppError} CONFLICT where another file was frozen under this name: a changed suite is a new one; REQUEST_INVALID for a frozen.json
 *   that can't be read
 */
export async function frozenAt(path: string, name: string, digest: string): Promise<string | null> {
  const known = (await read(path)).suites[name]
  if (known === undefined) return null
  if (known.digest === digest) return known.frozenAt
  const words = `the suite ${name} was frozen, and is another one now: a changed suite is a new one, under a new name`
  throw new AppError('CONFLICT', words)
}

/** Freezes it from now on, unless it is. @param at ISO time */
export async function freeze(path: string, name: string, digest: string, at: string): Promise<string> {
  const before = await frozenAt(path, name, digest)
  if (before !== null) return before
  const { format, suites } = await read(path)
  const next = { format, suites: { ...suites, [name]: { digest, frozenAt: at } } }
  await replaceDurably(placeOf(path), `${JSON.stringify(next, null, 2)}\n`, PUBLIC_MODE)
  return at
}

async function read(path: string): Promise<z.infer<typeof Frozen>> {
  let text: string
  try {
    text = await readFile(placeOf(path), 'utf8')
  } catch (error) {
    if (codeOf(error) === 'ENOENT') return { format: FROZEN_FORMAT, suites: {} }
    throw new AppError('REQUEST_INVALID', `${placeOf(path)} can't be read`, { cause: error })
  }
  try {
    return Frozen.parse(JSON.parse(text))
  } catch (cause) {
    throw new AppError('REQUEST_INVALID', `${placeOf(path)} is none of frozen suites`, { cause })
  }
}

function placeOf(path: string): string {
  return join(dirname(path), 'frozen.json')
}
