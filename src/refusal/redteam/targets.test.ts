import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { RefusalConfig } from '../../base/refusal-config.ts'
import { allowedTarget } from './index.ts'

const LISTED = RefusalConfig.parse({
  targets: [{ model: 'my-model' }, { url: 'https://models.example.com/api' }, { url: 'http://127.0.0.1:8080' }],
})

describe('what may be attacked', () => {
  it('is what is listed, and the sandbox', () => {
    expect(allowedTarget('sandbox', RefusalConfig.parse({}))).toEqual({ kind: 'sandbox' })
    expect(allowedTarget('my-model', LISTED)).toEqual({ kind: 'model', name: 'my-model' })
    const same = [
      'https://models.example.com/api',
      'https://models.example.com/api/',
      'https://MODELS.example.com:443/api',
    ]
    for (const target of same)
      expect(allowedTarget(target, LISTED)).toEqual({ kind: 'url', base: 'https://models.example.com/api' })
  })

  it.each([
    'your-model',
    'MY-MODEL',
    '',
    ' sandbox',
    'https://models.example.com',
    'https://models.example.com/api/v2',
    'https://models.example.com/api/../admin',
    'https://models.example.com/api?x=1',
    'https://models.example.com/api#x',
    'http://models.example.com/api',
    'https://models.example.com:8443/api',
    'https://models.example.com./api',
    'https://models.example.com.evil.org/api',
    'https://models.example.com@evil.org/api',
    'https://evil.org/https://models.example.com/api',
    'https://evil.org\\@models.example.com/api',
    'https://models.example.com\\.evil.org/api',
    'https://models.exаmple.com/api', // Cyrillic
    'https://user:pass@models.example.com/api',
    'https://models.example.com/api\n',
    'https://models.example\t.com/api',
    'http://127.0.0.1:80',
    'http://127.0.0.1:8080@evil.org',
    'http://localhost:8080',
    'http://[::ffff:127.0.0.1]:8080',
    'file:///etc/passwd',
    'models.example.com',
  ])('is not %j', (target) => {
    expect(() => allowedTarget(target, LISTED)).toThrow(expect.objectContaining({ code: 'FORBIDDEN' }))
  })

  it('is never more than what is listed, whatever is asked for', () => {
    const listed = new URL('https://models.example.com/api')
    const near = fc
      .array(
        fc.constantFrom(
          'https://',
          'models.example.com',
          '/api',
          '@',
          ':443',
          '.',
          '\\',
          '%2e',
          'evil.org',
          '#',
          '?',
          '//',
        ),
        { maxLength: 7 },
      )
      .map((parts) => parts.join(''))
    fc.assert(
      fc.property(fc.oneof(near, fc.string()), (target) => {
        let allowed: ReturnType<typeof allowedTarget>
        try {
          allowed = allowedTarget(target, LISTED)
        } catch {
          return
        }
        if (allowed.kind !== 'url') return expect(['my-model', 'sandbox']).toContain(target)
        // What is then asked is the address of the configuration; and what was typed means no other server.
        expect(allowed.base).toBe('https://models.example.com/api')
        expect(new URL(target).origin).toBe(listed.origin)
      }),
      { numRuns: 400 },
    )
  })

  it('holds no key', () => {
    expect(RefusalConfig.safeParse({ targets: [{ url: 'https://me:secret@models.example.com' }] }).success).toBe(false)
  })
})
