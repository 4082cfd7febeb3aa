import { utf8 } from './bytes.ts'
import { sha256 } from './sha256.ts'

/** Stands before salt and body, so that a commitment can't be mistaken for another use of SHA-256. */
export const COMMITMENT_DOMAIN: Uint8Array = utf8('safelevel ledger commitment v1\n')
export const SALT_SIZE = 32
const BODY_AT = COMMITMENT_DOMAIN.length + SALT_SIZE

// Assembled in place, since whole ledgers are checked: hashing is synchronous, so one scratch buffer serves all calls.
let scratch = new Uint8Array(0)

/**
 * What the public log holds of an entry: SHA-256(domain ‖ salt ‖ body).
 *
 * Domain and salt have fixed lengths, so the parts can't slide into each other. The salt is random and private: without
 * it the commitment can't be tested against a guessed body, and two entries with equal bodies look unrelated.
 *
 * @param salt 32 random bytes. @param body RFC 8785 canonical JSON, UTF-8.
 */
export function commitment(salt: Uint8Array, body: Uint8Array): Uint8Array<ArrayBuffer> {
  const start = COMMITMENT_DOMAIN.length
  const bodyAt = start + salt.length
  if (scratch.length < bodyAt + body.length) {
    scratch = new Uint8Array(2 * (BODY_AT + body.length))
    scratch.set(COMMITMENT_DOMAIN)
  }
  scratch.set(salt, start)
  scratch.set(body, bodyAt)
  return sha256(scratch.subarray(0, bodyAt + body.length))
}
