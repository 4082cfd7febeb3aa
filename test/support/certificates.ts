import { createHash, generateKeyPairSync, type KeyObject, randomBytes, sign } from 'node:crypto'
import { isIP } from 'node:net'

/** Just enough DER to make certificates (X.690, RFC 5280). */
const der = (tag: number, ...parts: Uint8Array[]): Buffer => {
  const body = Buffer.concat(parts)
  if (body.length < 128) return Buffer.concat([Buffer.of(tag, body.length), body])
  const length = Buffer.from(body.length.toString(16).padStart(body.length > 255 ? 4 : 2, '0'), 'hex')
  return Buffer.concat([Buffer.of(tag, 0x80 | length.length), length, body])
}
const sequence = (...parts: Uint8Array[]) => der(0x30, ...parts)
const oid = (hex: string) => der(0x06, Buffer.from(hex, 'hex'))
const utf8 = (text: string) => der(0x0c, Buffer.from(text))
const time = (at: Date) => der(0x18, Buffer.from(`${at.toISOString().slice(0, 19).replace(/[-:T]/g, '')}Z`))
const bits = (bytes: Uint8Array) => der(0x03, Buffer.of(0), bytes)
const nameOf = (commonName: string) => sequence(der(0x31, sequence(oid('550403'), utf8(commonName))))
const ECDSA_SHA256 = sequence(oid('2a8648ce3d040302'))
const DAY_MS = 86_400_000

export interface Certificate {
  readonly cert: string
  readonly key: string
  readonly commonName: string
  readonly privateKey: KeyObject
}

function pem(label: string, bytes: Uint8Array): string {
  const lines =
    Buffer.from(bytes)
      .toString('base64')
      .match(/.{1,64}/g) ?? []
  return `-----BEGIN ${label}-----\n${lines.join('\n')}\n-----END ${label}-----\n`
}

/** A certificate for these names and addresses, by `issuer` or by itself; valid from yesterday for `days`. */
export function makeCertificate(
  names: readonly string[],
  { issuer, authority = false, days = 365 }: { issuer?: Certificate; authority?: boolean; days?: number } = {},
): Certificate {
  const { publicKey, privateKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' })
  const commonName = names[0] ?? 'test'
  const alternatives = names.map((name) =>
    isIP(name) === 4 ? der(0x87, Buffer.from(name.split('.').map(Number))) : der(0x82, Buffer.from(name)),
  )
  const spki = publicKey.export({ type: 'spki', format: 'der' })
  const extensions = [
    ...(authority
      ? [sequence(oid('551d13'), der(0x01, Buffer.of(0xff)), der(0x04, sequence(der(0x01, Buffer.of(0xff)))))]
      : []),
    sequence(oid('551d0e'), der(0x04, der(0x04, createHash('sha1').update(spki).digest()))),
    ...(authority ? [] : [sequence(oid('551d11'), der(0x04, sequence(...alternatives)))]),
  ]
  const start = Date.now() - DAY_MS
  const signer = issuer ?? { commonName, privateKey }
  const body = sequence(
    der(0xa0, der(0x02, Buffer.of(2))),
    der(0x02, Buffer.concat([Buffer.of(0x01), randomBytes(15)])),
    ECDSA_SHA256,
    nameOf(signer.commonName),
    sequence(time(new Date(start)), time(new Date(start + days * DAY_MS))),
    nameOf(commonName),
    spki,
    der(0xa3, sequence(...extensions)),
  )
  const signature = sign('sha256', body, signer.privateKey)
  return {
    cert: pem('CERTIFICATE', sequence(body, ECDSA_SHA256, bits(signature))),
    key: privateKey.export({ type: 'pkcs8', format: 'pem' }).toString(),
    commonName,
    privateKey,
  }
}
