import { createHash } from 'node:crypto'
import { SignJWT } from 'jose'
import type { Clock } from './clock.ts'
import type { DeviceKey } from './device-key.ts'
import type { Ids } from './ids.ts'

const JTI_BYTES = 18

export interface ProofOf {
  readonly method: string
  /** Absolute; query and fragment are left out. */
  readonly url: string
  /** Of the session; null to begin one. */
  readonly token: string | null
}

/** A proof that this host sends this request, good once and for a minute. @see RFC 9449 §4.2 */
export async function proofOf(
  key: DeviceKey,
  { method, url, token }: ProofOf,
  clock: Clock,
  ids: Ids,
): Promise<string> {
  const { origin, pathname } = new URL(url)
  const claims = {
    jti: ids.bytes(JTI_BYTES).toString('base64url'),
    htm: method,
    htu: `${origin}${pathname}`,
    ...(token === null ? {} : { ath: athOf(token) }),
  }
  return await new SignJWT(claims)
    .setProtectedHeader({ typ: 'dpop+jwt', alg: 'EdDSA', jwk: key.publicJwk })
    .setIssuedAt(Math.floor(clock.now() / 1_000))
    .sign(key.privateKey)
}

/** What a proof says of the token that it goes with: base64url of its SHA-256. @see RFC 9449 §4.2 */
export function athOf(token: string): string {
  return createHash('sha256').update(token).digest('base64url')
}
