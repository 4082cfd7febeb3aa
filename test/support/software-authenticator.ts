import { createHash, generateKeyPairSync, type KeyObject, randomBytes, sign } from 'node:crypto'
import type { Assertion, Attestation } from '../../src/staff/index.ts'

const UP = 0x01
const UV = 0x04
const AT = 0x40

/** What goes into one answer; a test bends these to attack. */
export interface Ceremony {
  /** base64url */
  readonly challenge: string
  readonly origin?: string
  readonly rpId?: string
  readonly userVerified?: boolean
  readonly crossOrigin?: boolean
  readonly type?: string
  /** Signs with this counter instead of the next one. */
  readonly counter?: number
}

/** A security key in software: WebAuthn level 2, attestation "none", ES256 or EdDSA. */
export class SoftwareAuthenticator {
  readonly credentialId = randomBytes(32)
  counter: number
  readonly #algorithm: 'ES256' | 'EdDSA'
  readonly #privateKey: KeyObject
  readonly #publicKey: KeyObject
  /** Where it is used: another one once the server has another port. */
  origin: string

  constructor({
    algorithm = 'EdDSA',
    origin = 'http://localhost:8081',
    counter = 0,
  }: {
    algorithm?: 'ES256' | 'EdDSA'
    origin?: string
    counter?: number
  } = {}) {
    this.#algorithm = algorithm
    this.origin = origin
    this.counter = counter
    const pair =
      algorithm === 'EdDSA' ? generateKeyPairSync('ed25519') : generateKeyPairSync('ec', { namedCurve: 'P-256' })
    this.#privateKey = pair.privateKey
    this.#publicKey = pair.publicKey
  }

  get id(): string {
    return this.credentialId.toString('base64url')
  }

  /** The public key as COSE (RFC 9053). */
  coseKey(): Buffer {
    const { x = '', y = '' } = this.#publicKey.export({ format: 'jwk' })
    const bytes = (text: string) => Buffer.from(text, 'base64url')
    if (this.#algorithm === 'EdDSA')
      return cborMap([
        [1, 1],
        [3, -8],
        [-1, 6],
        [-2, bytes(x)],
      ])
    return cborMap([
      [1, 2],
      [3, -7],
      [-1, 1],
      [-2, bytes(x)],
      [-3, bytes(y)],
    ])
  }

  create(ceremony: Ceremony): Attestation {
    const key = this.coseKey()
    const length = Buffer.alloc(2)
    length.writeUInt16BE(this.credentialId.length)
    const credential = Buffer.concat([Buffer.alloc(16), length, this.credentialId, key])
    const authData = Buffer.concat([this.#authData(ceremony, AT), credential])
    const attestationObject = cborMap([
      ['fmt', 'none'],
      ['attStmt', new Map()],
      ['authData', authData],
    ])
    return {
      id: this.id,
      rawId: this.id,
      type: 'public-key',
      response: {
        clientDataJSON: this.#clientData({ type: 'webauthn.create', ...ceremony }).toString('base64url'),
        attestationObject: attestationObject.toString('base64url'),
        transports: ['usb', 'made-up'],
      },
    }
  }

  get(ceremony: Ceremony): Assertion {
    if (this.counter > 0) this.counter++
    const authData = this.#authData(ceremony, 0)
    const clientData = this.#clientData(ceremony)
    const signed = Buffer.concat([authData, createHash('sha256').update(clientData).digest()])
    const signature = sign(this.#algorithm === 'EdDSA' ? null : 'sha256', signed, this.#privateKey)
    return {
      id: this.id,
      rawId: this.id,
      type: 'public-key',
      response: {
        clientDataJSON: clientData.toString('base64url'),
        authenticatorData: authData.toString('base64url'),
        signature: signature.toString('base64url'),
      },
    }
  }

  #clientData({ type = 'webauthn.get', challenge, origin = this.origin, crossOrigin = false }: Ceremony): Buffer {
    return Buffer.from(JSON.stringify({ type, challenge, origin, crossOrigin }))
  }

  #authData(
    { rpId = new URL(this.origin).hostname, userVerified = true, counter = this.counter }: Ceremony,
    more: number,
  ) {
    const head = Buffer.alloc(5)
    head[0] = UP | (userVerified ? UV : 0) | more
    head.writeUInt32BE(counter, 1)
    return Buffer.concat([createHash('sha256').update(rpId).digest(), head])
  }
}

type Cbor = number | string | Buffer | Map<Cbor, Cbor>

function cborMap(entries: [Cbor, Cbor][]): Buffer {
  return cbor(new Map(entries))
}

/** As much of RFC 8949 as WebAuthn needs. */
function cbor(value: Cbor): Buffer {
  if (typeof value === 'number') return value < 0 ? head(1, -1 - value) : head(0, value)
  if (typeof value === 'string') return Buffer.concat([head(3, Buffer.byteLength(value)), Buffer.from(value)])
  if (Buffer.isBuffer(value)) return Buffer.concat([head(2, value.length), value])
  return Buffer.concat([head(5, value.size), ...[...value].flatMap(([k, v]) => [cbor(k), cbor(v)])])
}

function head(major: number, count: number): Buffer {
  if (count < 24) return Buffer.of((major << 5) | count)
  if (count < 256) return Buffer.of((major << 5) | 24, count)
  return Buffer.of((major << 5) | 25, count >> 8, count & 0xff)
}
