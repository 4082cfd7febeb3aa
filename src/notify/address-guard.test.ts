import { describe, expect, it } from 'vitest'
import { checkWebhookUrl, isPrivateAddress } from './address-guard.ts'

describe('where a customer’s webhook may point', () => {
  it.each([
    '127.0.0.1',
    '10.1.2.3',
    '172.16.0.1',
    '172.31.255.255',
    '192.168.1.1',
    '169.254.169.254',
    '100.64.0.1',
    '0.0.0.0',
    '255.255.255.255',
    '::1',
    '::',
    'fd00::1',
    'fe80::1',
    '::ffff:127.0.0.1',
    '::ffff:10.0.0.1',
    '64:ff9b::a00:1',
    '2002:7f00:1::',
    'not an address',
  ])('not to %s', (address) => {
    expect(isPrivateAddress(address)).toBe(true)
  })
  it.each(['8.8.8.8', '172.32.0.1', '2606:4700::1111', '100.128.0.1'])('to %s', (address) => {
    expect(isPrivateAddress(address)).toBe(false)
  })

  it.each([
    'http://example.com/hook',
    'https://localhost/hook',
    'https://a.internal/',
    'https://user:word@example.com/',
    'https://127.1/',
    'https://0x7f000001/',
    'https://2130706433/',
    'https://[::1]/',
    'https://[::ffff:7f00:1]/',
  ])('%s is refused', (url) => {
    expect(() => checkWebhookUrl(url)).toThrow(/url:/)
  })
  it('an ordinary address passes', () => {
    expect(() => checkWebhookUrl('https://hooks.example.com/safelevel?x=1')).not.toThrow()
  })
})
