import canonicalize from 'canonicalize'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { shippedPolicy } from '../../test/support/policies.ts'
import { canonicalJson, sha256Hex } from './canonical.ts'

describe('canonicalJson', () => {
  it('agrees with an independent implementation of RFC 8785', () => {
    fc.assert(
      fc.property(fc.jsonValue(), (value) => {
        expect(canonicalJson(value)).toBe(canonicalize(value))
      }),
    )
  })

  it('lets anyone recompute the digest of a policy from what is published', () => {
    const { canonical, digest } = shippedPolicy().view()
    expect(canonical).toBe(canonicalize(JSON.parse(canonical)))
    expect(sha256Hex(canonical)).toBe(digest)
  })
})
