import { createHash } from 'node:crypto'
import canonicalize from 'canonicalize'
import { describe, expect, it } from 'vitest'
import { shippedPolicy } from '../../test/support/policies.ts'

describe('Policy', () => {
  it('lets anyone recompute its digest from what is published', () => {
    const { canonical, digest } = shippedPolicy().view()
    expect(canonical).toBe(canonicalize(JSON.parse(canonical)))
    expect(createHash('sha256').update(canonical).digest('hex')).toBe(digest)
  })
})
