import { type BinaryLike, type ScryptOptions, scrypt } from 'node:crypto'
import { promisify } from 'node:util'
import { z } from 'zod'
import { readBase64 } from '../../../base/base64.ts'
import { AppError } from '../../../base/errors.ts'
import type { Ids } from '../../../base/ids.ts'
import { KEY_BYTES } from './provider.ts'

const SALT_BYTES = 16
const MIN_CHARACTERS = 12
const MAX_CHARACTERS = 1_024
const BLOCK_SIZE = 8

const isPowerOfTwo = (n: number) => Number.isInteger(Math.log2(n))

/**
 * How a passphrase becomes a key. The bounds are for a file from elsewhere: what it asks for is neither weaker than 16 MiB nor more than
 * 256 MiB of memory.
 *
 * @see RFC 7914: n is the cost, r the block size, p the parallelism; it takes 128·n·r bytes
 */
export const Stretching = z.strictObject({
  name: z.literal('scrypt'),
  n: z
    .int()
    .min(2 ** 14)
    .max(2 ** 18)
    .refine(isPowerOfTwo, 'a power of two'),
  r: z.literal(BLOCK_SIZE),
  p: z.int().min(1).max(4),
  salt: z.string().refine((text) => readBase64(text)?.length === SALT_BYTES, `base64 of ${SALT_BYTES} bytes`),
})
export type Stretching = z.infer<typeof Stretching>

/** 128 MiB and about half a second: what OWASP's Password Storage Cheat Sheet names first for scrypt. */
export const SCRYPT_COST = { n: 2 ** 17, r: BLOCK_SIZE, p: 1 } as const

/** @param n For tests, which have no half second for each case. */
export function newStretching(ids: Ids, n: number = SCRYPT_COST.n): Stretching {
  return { name: 'scrypt', ...SCRYPT_COST, n, salt: ids.bytes(SALT_BYTES).toString('base64') }
}

const stretchBytes = promisify<BinaryLike, BinaryLike, number, ScryptOptions, Buffer>(scrypt)

/**
 * A key from a passphrase; the passphrase is read as NFC, so that every keyboard writes the same one.
 *
 * @returns 32 bytes
 * @throws {AppError} CONFIG_INVALID for less than 12 characters or more than 1024
 */
export async function stretch(passphrase: string, { n, r, p, salt }: Stretching): Promise<Buffer> {
  const text = passphrase.normalize('NFC')
  if (text.length < MIN_CHARACTERS || text.length > MAX_CHARACTERS)
    throw new AppError('CONFIG_INVALID', `a passphrase has ${MIN_CHARACTERS} to ${MAX_CHARACTERS} characters`)
  const maxmem = 256 * n * r // twice what it needs: Node's own bound is 32 MiB
  return await stretchBytes(text, Buffer.from(salt, 'base64'), KEY_BYTES, { N: n, r, p, maxmem })
}
