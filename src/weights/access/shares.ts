import { hash, timingSafeEqual } from 'node:crypto'
import { combine, split } from 'shamir-secret-sharing'
import { AppError } from '../../base/errors.ts'
import type { Ids } from '../../base/ids.ts'
import type { Dealt } from './glass-machine.ts'

const SECRET_BYTES = 32
/** Shamir over GF(2^8): the secret's length, and the place of the share. */
const SHARE_BYTES = SECRET_BYTES + 1
const PREFIX = 'slshare1'
const CHECK_BYTES = 4

/**
 * Splits a fresh secret into shares of which any `threshold` give it back, and fewer say nothing about it.
 *
 * @returns the shares as people keep them, which are nowhere else, and digests by which they are known again: of 256 random bits each,
 *   so that they give nothing away
 * @see Shamir, "How to Share a Secret" (1979)
 */
export async function dealShares(
  { threshold, shares }: { threshold: number; shares: number },
  glassId: string,
  ids: Ids,
): Promise<{ texts: string[]; dealt: Dealt }> {
  // A plain array: the library takes no Buffer.
  const secret = Uint8Array.from(ids.bytes(SECRET_BYTES))
  const raw = await split(secret, shares, threshold)
  const dealt = { secretHash: digestOf(glassId, secret), shareHashes: raw.map((share) => digestOf(glassId, share)) }
  secret.fill(0)
  return { texts: raw.map((share, i) => writeShare(share, i + 1)), dealt }
}

/**
 * Checks that these shares together are those of one set: each of it, all different, and as many as it takes.
 *
 * @throws {AppError} FORBIDDEN, naming shares by their position (1-based)
 */
export async function checkShares(
  texts: readonly string[],
  {
    id,
    threshold,
    secretHash,
    shareHashes,
  }: { id: string; threshold: number } & { secretHash: string | null; shareHashes: readonly string[] },
): Promise<void> {
  const known = new Set(shareHashes)
  const seen = new Set<string>()
  const shares: Uint8Array[] = []
  for (const [i, text] of texts.entries()) {
    const share = readShare(text)
    if (share === null) throw forbidden(`share ${i + 1} is mistyped`)
    const digest = digestOf(id, share)
    if (!known.has(digest)) throw forbidden(`share ${i + 1} is none of the set that is out`)
    if (seen.has(digest)) throw forbidden(`share ${i + 1} was given already`)
    seen.add(digest)
    shares.push(share)
  }
  if (shares.length < threshold)
    throw forbidden(`${threshold} different shares are needed, and ${shares.length} were given`)
  const secret = await combine(shares)
  const isRight = secretHash !== null && timingSafeEqual(Buffer.from(digestOf(id, secret)), Buffer.from(secretHash))
  secret.fill(0)
  if (!isRight) throw forbidden('these shares do not fit together')
}

/** `slshare1-NUMBER-HEX-CHECK`: can be read aloud and typed; the check finds slips of the pen. */
function writeShare(share: Uint8Array, number: number): string {
  const hex = Buffer.from(share).toString('hex')
  return `${PREFIX}-${number}-${(hex.match(/.{1,6}/g) ?? []).join('.')}-${checkOf(hex)}`
}

function readShare(text: string): Uint8Array | null {
  const [prefix, number, body = '', check, ...rest] = text.trim().toLowerCase().split('-')
  const hex = body.replaceAll('.', '')
  const fits = prefix === PREFIX && /^\d{1,2}$/.test(number ?? '') && /^[0-9a-f]+$/.test(hex) && rest.length === 0
  return fits && hex.length === SHARE_BYTES * 2 && check === checkOf(hex)
    ? Uint8Array.from(Buffer.from(hex, 'hex'))
    : null
}

function checkOf(hex: string): string {
  return hash('sha256', `${PREFIX} ${hex}`, 'hex').slice(0, CHECK_BYTES * 2)
}

function digestOf(glassId: string, bytes: Uint8Array): string {
  return hash('sha256', Buffer.concat([Buffer.from(`${PREFIX}\n${glassId}\n`), bytes]), 'hex')
}

function forbidden(message: string): AppError {
  return new AppError('FORBIDDEN', message)
}
