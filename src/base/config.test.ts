import { describe, expect, it } from 'vitest'
import { isLoopback, loadConfig, parseConfig } from './config.ts'

describe('isLoopback', () => {
  it.each(['localhost', '127.0.0.1', '127.8.9.1', '::1'])('is reached from this machine only: %s', (host) => {
    expect(isLoopback(host)).toBe(true)
  })

  it.each(['0.0.0.0', '::', '127.0.0.1.evil.example', '10.0.0.1', 'localhost.example.com'])(
    'may be reached: %s',
    (host) => {
      expect(isLoopback(host)).toBe(false)
    },
  )
})

describe('parseConfig', () => {
  it('needs nothing', () => {
    expect(parseConfig({})).toMatchObject({ host: '127.0.0.1', publicPort: 8080, streaming: { mode: 'hold' } })
  })

  it.each([
    ['an unknown key', { prot: 1 }, 'prot'],
    ['a model of an unknown upstream', { models: [{ name: 'm', upstream: 'nowhere' }] }, 'nowhere'],
    [
      'two models of one name',
      {
        models: [
          { name: 'm', upstream: 'sandbox' },
          { name: 'm', upstream: 'sandbox' },
        ],
      },
      'twice',
    ],
    ['an upstream without address', { upstreams: [{ id: 'a', kind: 'anthropic' }] }, 'baseUrl'],
    ['a model’s file without weights', { upstreams: [{ id: 'a', kind: 'llama-cpp' }] }, 'path, or grant and file'],
    [
      'weights named in two ways',
      { upstreams: [{ id: 'a', kind: 'llama-cpp', path: 'm.gguf', grant: 'g', file: 'm.gguf' }] },
      'path, or grant and file',
    ],
    [
      'half of a way to the weights',
      { upstreams: [{ id: 'a', kind: 'llama-cpp', grant: 'g' }] },
      'path, or grant and file',
    ],
    ['the reserved upstream', { upstreams: [{ id: 'sandbox', kind: 'sandbox' }] }, 'reserved'],
    ['a public host without a contact', { host: '0.0.0.0' }, 'securityContact'],
    ['a hold-back shorter than the test string', { streaming: { holdBackChars: 20 } }, 'holdBackChars'],
  ])('names what is wrong: %s', (_, raw, word) => {
    expect(() => parseConfig(raw)).toThrow(word)
  })
})

describe('loadConfig', () => {
  it('says which environment variable lacks', () => {
    expect(() => loadConfig({ SAFELEVEL_CONFIG: '/nonexistent.yaml' })).toThrow('/nonexistent.yaml')
    expect(() => loadConfig({ DATABASE_URL: 'mysql://x' })).toThrow('DATABASE_URL')
  })
})
