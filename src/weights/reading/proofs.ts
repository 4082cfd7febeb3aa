import { createHash } from 'node:crypto'
import { calculateJwkThumbprint, EmbeddedJWK, jwtVerify } from 'jose'
import { z } from 'zod'
import type { Clock } from '../../base/clock.ts'
import { athOf } from '../../base/device-proof.ts'
import { AppError } from '../../base/errors.ts'

/** A request as the device that sends it has signed for. */
export interface ProvenRequest {
  /** The header `dpop`; hostile. */
  readonly proof: string
  readonly method: string
  /** As it reached us; query and fragment don't count. */
  readonly url: string
}

const SKEW_SECONDS = 60
/** A proof may be made a minute ahead of our clock, and is good for a minute after. */
const KNOWN_MS = 2 * SKEW_SECONDS * 1_000
const MAX_PROOF_CHARS = 4_096
const MAX_JTI_CHARS = 128
/** Of all devices together, within the two minutes in which a proof is good. */
const MOST_KNOWN = 200_000
const ALGORITHMS = ['EdDSA', 'Ed25519', 'ES256']

const Claims = z.object({
  jti: z.string().min(16).max(MAX_JTI_CHARS),
  htm: z.string().max(20),
  htu: z.string().max(2_048),
  iat: z.number(),
  ath: z.string().optional(),
})

/**
 * Proofs that whoever sends a request holds a device's key (DPoP, RFC 9449). Each is good once here; other replicas don't know of it, which
 * is why a proof alone opens nothing: it names the token, and the token a grant.
 */
export class Proofs {
  readonly #clock: Clock
  /** Digest of key and jti -> when it may be forgotten, in the order in which they came. */
  readonly #known = new Map<string, number>()

  constructor(clock: Clock) {
    this.#clock = clock
  }

  /**
   * @param token The access token that the request carries; null when it carries none.
   * @returns the RFC 7638 thumbprint of the key that signed
   * @throws {AppError} UNAUTHENTICATED saying what is wrong with the proof, OVERLOADED
   */
  async verify({ proof, method, url }: ProvenRequest, token: string | null): Promise<string> {
    if (proof === '' || proof.length > MAX_PROOF_CHARS) throw unproven('is missing or too long')
    const { payload, jwk } = await verifiedBy(proof, new Date(this.#clock.now()))
    const claims = Claims.safeParse(payload)
    if (!claims.success) throw unproven('lacks a claim: jti (16 characters or more), htm, htu and iat are needed')
    const { jti, htm, htu, iat, ath } = claims.data
    if (Math.abs(this.#clock.now() / 1_000 - iat) > SKEW_SECONDS)
      throw unproven('was not made within the last minute: set the clock of this machine')
    if (htm !== method) throw unproven('is for another method')
    if (!isSameTarget(htu, url)) throw unproven('is for another address')
    if (ath !== (token === null ? undefined : athOf(token))) throw unproven('is for another token')
    const thumbprint = await calculateJwkThumbprint(jwk)
    this.#useOnce(`${thumbprint} ${jti}`)
    return thumbprint
  }

  #useOnce(name: string): void {
    const now = this.#clock.now()
    for (const [known, until] of this.#known) {
      if (until >= now && this.#known.size < MOST_KNOWN) break
      if (until >= now) throw new AppError('OVERLOADED', 'too many requests are proven at once: try again in a minute')
      this.#known.delete(known)
    }
    const key = createHash('sha256').update(name).digest('base64url')
    if (this.#known.has(key)) throw unproven('was used before: make one for each request')
    this.#known.set(key, now + KNOWN_MS) // no proof that was good now is good then
  }
}

async function verifiedBy(proof: string, currentDate: Date) {
  try {
    const options = { typ: 'dpop+jwt', algorithms: ALGORITHMS, currentDate, clockTolerance: SKEW_SECONDS }
    const { payload, protectedHeader } = await jwtVerify(proof, EmbeddedJWK, options)
    if (protectedHeader.jwk === undefined) throw unproven('has no key')
    return { payload, jwk: protectedHeader.jwk }
  } catch (error) {
    if (error instanceof AppError) throw error
    // No cause: some of these errors hold the claims.
    throw unproven('is not valid: it is a JWT of type dpop+jwt, signed by the Ed25519 or P-256 key in its header')
  }
}

/** Scheme apart, which a proxy may have changed on the way. */
function isSameTarget(claimed: string, actual: string): boolean {
  if (!URL.canParse(claimed) || !URL.canParse(actual)) return false
  const [theirs, ours] = [new URL(claimed), new URL(actual)]
  return theirs.pathname === ours.pathname && portless(theirs) === portless(ours)
}

/** Without the port where it is the scheme's own: `host:443` over https is `host`. */
function portless({ hostname, port }: URL): string {
  return port === '' || port === '443' || port === '80' ? hostname : `${hostname}:${port}`
}

function unproven(what: string): AppError {
  return new AppError('UNAUTHENTICATED', `the proof of the device’s key ${what}`)
}
