import { generateKeyPairSync } from 'node:crypto'
import { calculateJwkThumbprint } from 'jose'
import { describe, expect, it } from 'vitest'
import { parsePublicJwk } from './device-key.ts'

/** RFC 8037 appendix A.2 and A.3. */
const RFC8037 = { kty: 'OKP', crv: 'Ed25519', x: '11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo' }
const RFC8037_THUMBPRINT = 'kPrK_qmxVWaYVA9wwBF6Iuo3vVzz7TxHCTwXBygrS4k'
const p256 = () => generateKeyPairSync('ec', { namedCurve: 'P-256' }).publicKey.export({ format: 'jwk' })
const little = (y: bigint) => Buffer.from(y.toString(16).padStart(64, '0'), 'hex').reverse().toString('base64url')

describe('the key of a device', () => {
  it('has the thumbprint that RFC 8037 publishes', async () => {
    expect(await calculateJwkThumbprint(parsePublicJwk(RFC8037))).toBe(RFC8037_THUMBPRINT)
  })

  it('keeps what its thumbprint is made of, on both curves', async () => {
    const ed25519 = generateKeyPairSync('ed25519').publicKey.export({ format: 'jwk' })
    for (const jwk of [p256(), p256(), ed25519]) {
      expect(await calculateJwkThumbprint(parsePublicJwk(jwk))).toBe(await calculateJwkThumbprint(jwk))
    }
  })

  it('is refused when it is private, and says what to do', () => {
    const { privateKey } = generateKeyPairSync('ed25519')
    expect(() => parsePublicJwk(privateKey.export({ format: 'jwk' }))).toThrow('this is a private key')
  })

  it.each([
    ['nothing', null],
    ['a text', 'key'],
    ['another curve', { kty: 'EC', crv: 'P-384', x: RFC8037.x, y: RFC8037.x }],
    ['RSA', { kty: 'RSA', n: 'AQAB', e: 'AQAB' }],
    ['a member too many', { ...RFC8037, alg: 'EdDSA' }],
    ['a short x', { ...RFC8037, x: RFC8037.x.slice(1) }],
    ['the same bytes written differently', { ...RFC8037, x: `${RFC8037.x.slice(0, -1)}p` }],
    ['a point off the curve', { ...p256(), y: p256().y }],
    ['coordinates beyond the field', { kty: 'EC', crv: 'P-256', x: `${'_'.repeat(42)}8`, y: `${'_'.repeat(42)}8` }],
  ])('is refused when it is %s', (_, jwk) => {
    expect(() => parsePublicJwk(jwk)).toThrow('publicJwk')
  })

  it('is refused when it is a point of small order, however that is written', () => {
    const field = 2n ** 255n - 19n
    const points = [0n, 1n, field - 1n, field, field + 1n, 2n ** 255n - 1n].flatMap((y) => [y, y + 2n ** 255n])
    const order8 = 2707385501144840649318225287225658788936804267575313519463743609750303402022n
    for (const y of [...points, order8, order8 + 2n ** 255n, field - order8, field - order8 + 2n ** 255n]) {
      expect(() => parsePublicJwk({ ...RFC8037, x: little(y) }), String(y)).toThrow('publicJwk')
    }
  })
})
