import { spawnSync } from 'node:child_process'
import { readFileSync } from 'node:fs'
import { describe, expect, it } from 'vitest'
import { complaint } from './check-node.js'
import pinned from './node-digests.json' with { type: 'json' }

const linux = { version: pinned.version, platform: 'linux-x64', sha256: pinned.sha256['linux-x64'] }

describe('the check of Node itself', () => {
  it('passes the pinned binary, and a platform without a pinned digest', () => {
    expect(complaint(linux, pinned)).toBeNull()
    expect(complaint({ ...linux, platform: 'sunos-x64', sha256: '00' }, pinned)).toBeNull()
  })

  it('refuses another version and other bytes, and says what to do', () => {
    expect(complaint({ ...linux, version: '20.20.2' }, pinned)).toContain('this is 20.20.2. Run "npm ci"')
    expect(complaint({ ...linux, sha256: '00'.repeat(32) }, pinned)).toContain('is not the pinned binary for linux-x64')
  })

  it('pins the version that package.json installs', () => {
    const { devDependencies } = JSON.parse(readFileSync(new URL('../../package.json', import.meta.url), 'utf8'))
    expect(devDependencies.node).toBe(pinned.version)
  })

  it('runs as the command that npm test begins with', () => {
    const script = new URL('check-node.js', import.meta.url).pathname
    const { status, stderr } = spawnSync(process.execPath, [script], { encoding: 'utf8' })
    expect({ status, stderr }).toEqual({ status: 0, stderr: expect.any(String) })
  })
})
