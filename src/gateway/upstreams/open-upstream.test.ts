import { execFileSync } from 'node:child_process'
import { describe, expect, it } from 'vitest'
import { parseConfig } from '../../base/config.ts'

const upstreams =
  (...list: object[]) =>
  () =>
    parseConfig({ upstreams: list })

describe('the libraries of the clouds', () => {
  it('are loaded by nobody who has no such upstream', () => {
    const script = `
      await import('./src/gateway/index.ts')
      await import('./src/accounts/index.ts')
      const { default: Module } = await import('node:module')
      const loaded = Object.keys(Module._cache).filter((path) => /google-auth|gaxios|@smithy|@aws-sdk/.test(path))
      console.log(JSON.stringify(loaded))`
    const root = new URL('../../..', import.meta.url)
    const out = execFileSync(process.execPath, ['--input-type=module', '--eval', script], {
      cwd: root,
      encoding: 'utf8',
    })
    expect(JSON.parse(out)).toEqual([])
  })
})

describe('an upstream in the configuration', () => {
  it('says what its kind needs, and only one way to say who we are', () => {
    expect(upstreams({ id: 'a', kind: 'azure-openai' })).toThrow(/baseUrl is required/)
    expect(upstreams({ id: 'a', kind: 'bedrock' })).toThrow(/region is required/)
    expect(upstreams({ id: 'a', kind: 'vertex', region: 'r' })).toThrow(/project is required/)
    expect(upstreams({ id: 'a', kind: 'bedrock', region: '../x' })).toThrow(/region/)
    const auth = { type: 'aws', region: 'r' }
    expect(upstreams({ id: 'a', kind: 'bedrock', region: 'r', apiKeyEnv: 'K', auth })).toThrow(/in place of a key/)
    expect(upstreams({ id: 'a', kind: 'anthropic', baseUrl: 'https://x', certFile: 'c' })).toThrow(/go together/)
    expect(
      upstreams({ id: 'a', kind: 'bedrock', region: 'r' }, { id: 'b', kind: 'vertex', region: 'r', project: 'p' }),
    ).not.toThrow()
  })
})
