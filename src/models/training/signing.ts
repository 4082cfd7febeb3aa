import { createPrivateKey, createPublicKey, type KeyObject, sign } from 'node:crypto'
import { canonicalJson } from '../../ledger/index.ts'
import type { Lease, SignedLease } from './schema.ts'

/** PKCS #8 of an Ed25519 key up to its 32-byte seed (RFC 8410, section 7). */
const PKCS8 = Buffer.from('302e020100300506032b657004220420', 'hex')
const RAW_KEY_BYTES = 32

/** Signs leases: whoever has the public key knows, without asking anybody, that a gate gave an answer and how far it holds. */
export class LeaseSigner {
  readonly #key: KeyObject
  /** Raw, base64. */
  readonly publicKey: string

  /** @param seed 32 bytes */
  constructor(seed: Uint8Array) {
    this.#key = createPrivateKey({ key: Buffer.concat([PKCS8, seed]), format: 'der', type: 'pkcs8' })
    const spki = createPublicKey(this.#key).export({ format: 'der', type: 'spki' })
    this.publicKey = spki.subarray(-RAW_KEY_BYTES).toString('base64')
  }

  sign(lease: Lease): SignedLease {
    const payload = canonicalJson(lease)
    const signature = sign(null, Buffer.from(`${lease.format}\n${payload}`), this.#key).toString('base64')
    return { ...lease, signed: { payload, signature, publicKey: this.publicKey } }
  }
}
