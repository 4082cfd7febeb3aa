import { createPublicKey } from 'node:crypto'
import { readBase64 } from '../../base/base64.ts'
import { AppError } from '../../base/errors.ts'
import { PublicJwk } from './device-schema.ts'

const FIELD_25519 = 2n ** 255n - 19n
/**
 * The y of all points of small order on edwards25519, by whichever sign: a key that is one of them signs anything, or nothing, for everybody.
 *
 * @see RFC 8032 §5.1, RFC 7748 §6.1
 */
const SMALL_ORDER_Y: ReadonlySet<bigint> = new Set([
  0n,
  1n,
  FIELD_25519 - 1n,
  2707385501144840649318225287225658788936804267575313519463743609750303402022n,
  55188659117513257062467267217118295137698188065244968500265048394206261417927n,
])

/**
 * The public key of a device, checked: a point on its curve, of large order, and no private key by mistake.
 *
 * @throws {AppError} REQUEST_INVALID
 */
export function parsePublicJwk(given: unknown): PublicJwk {
  if (typeof given === 'object' && given !== null && 'd' in given)
    throw new AppError(
      'REQUEST_INVALID',
      'publicJwk: this is a private key: keep it, make a new one, and send its public part',
    )
  const parsed = PublicJwk.safeParse(given)
  if (!parsed.success)
    throw new AppError(
      'REQUEST_INVALID',
      'publicJwk: an Ed25519 key (OKP) or a P-256 key (EC), its public members alone',
    )
  const jwk = parsed.data
  // The same key must have one thumbprint: other ways to write the same 32 bytes are refused.
  const coordinates = jwk.kty === 'EC' ? [jwk.x, jwk.y] : [jwk.x]
  if (coordinates.some((text) => readBase64(text, 'base64url') === null) || (jwk.kty === 'OKP' && isWeak(jwk.x)))
    throw offCurve()
  try {
    createPublicKey({ key: jwk, format: 'jwk' })
  } catch (cause) {
    throw offCurve(cause)
  }
  return jwk
}

function isWeak(x: string): boolean {
  const littleEndian = Buffer.from(x, 'base64url').toReversed()
  const y = BigInt(`0x${Buffer.from(littleEndian).toString('hex')}`) & ((1n << 255n) - 1n)
  return y >= FIELD_25519 || SMALL_ORDER_Y.has(y)
}

function offCurve(cause?: unknown): AppError {
  return new AppError('REQUEST_INVALID', 'publicJwk: this is no point of its curve', { cause })
}
