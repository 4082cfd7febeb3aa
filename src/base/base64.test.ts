import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { readBase64 } from './base64.ts'

describe('base64', () => {
  it.each(['base64', 'base64url'] as const)('is read in one spelling alone: %s', (alphabet) => {
    fc.assert(
      fc.property(fc.uint8Array(), (bytes) => {
        expect(readBase64(Buffer.from(bytes).toString(alphabet), alphabet)).toEqual(Buffer.from(bytes))
      }),
    )
  })

  it.each(['AA', 'AA=', 'AB==', 'AA==\n', ' AA==', 'A-==', 'é'])('refuses another spelling: %j', (text) => {
    expect(readBase64(text)).toBeNull()
  })

  it.each(['AA==', 'AB', 'AA\n', ' AA', 'A+', 'é'])(
    'refuses another spelling of its form for addresses: %j',
    (text) => {
      expect(readBase64(text, 'base64url')).toBeNull()
    },
  )
})
