import { describe, expect, it } from 'vitest'
import { expectedSignature } from './aws-signature.ts'

/** Out of AWS's own test suite for Signature Version 4 (get-vanilla, post-vanilla, get-vanilla-query-order-key-case, post-x-www-form-urlencoded). */
const SUITE = {
  secretKey: 'wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY',
  region: 'us-east-1',
  service: 'service',
  date: '20150830T123600Z',
}
const HEADERS = { host: 'example.amazonaws.com', 'x-amz-date': SUITE.date }
const NONE = new Uint8Array(0)

describe('the check of AWS signatures that tests rely on', () => {
  it.each([
    ['GET', '/', HEADERS, NONE, '5fa00fa31553b73ebf1942676e86291e8372ff2a2260956d9b8aae1d763fbf31'],
    ['POST', '/', HEADERS, NONE, '5da7c1a2acd57cee7505fc6676e4e544621c30862966e37dddb68e92efbe5d6b'],
    [
      'GET',
      '/?Param2=value2&Param1=value1',
      HEADERS,
      NONE,
      'b97d918cfa904a5beff61c982a1b6f458b799221646efd99d3219ec94cdf2500',
    ],
    [
      'POST',
      '/',
      { ...HEADERS, 'content-type': 'application/x-www-form-urlencoded' },
      Buffer.from('Param1=value1'),
      'ff11897932ad3f4e8b18135d722051e5ac45fc38421b1da7b9d196a0fe09473a',
    ],
  ])('gives the published signature for %s %s', (method, url, headers, body, signature) => {
    const signedHeaders = Object.keys(headers).sort().join(';')
    expect(expectedSignature({ method, url, headers, body }, { ...SUITE, signedHeaders })).toBe(signature)
  })
})
