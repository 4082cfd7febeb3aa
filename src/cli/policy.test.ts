import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, describe, expect, it, vi } from 'vitest'
import { changedPolicy } from '../../test/support/policies.ts'
import { builtInPolicyPath } from '../policy/index.ts'
import { policyCommand } from './policy.ts'

const folder = mkdtempSync(join(tmpdir(), 'safelevel-policy-'))

/** Runs `safelevel policy …`: what it printed, and the exit code that it set. */
async function run(...args: string[]): Promise<{ printed: string; code: number }> {
  const log = vi.spyOn(console, 'log').mockImplementation(() => {})
  process.exitCode = 0
  await policyCommand().exitOverride().parseAsync(args, { from: 'user' })
  const code = Number(process.exitCode)
  const printed = log.mock.calls.map((call) => String(call[0])).join('\n')
  log.mockRestore()
  return { printed, code }
}

afterEach(() => {
  process.exitCode = 0
  vi.restoreAllMocks()
  vi.unstubAllEnvs()
})

describe('policy lint', () => {
  it('passes the shipped policy with the thresholds of the shipped screen', async () => {
    const { printed, code } = await run('lint', builtInPolicyPath())
    expect(code).toBe(0)
    expect(printed).toMatch(/version 1\.1\.0 would load\nsha256 [0-9a-f]{64}$/)
  })

  it('exits 1 and names file, line, column and rule of a fault', async () => {
    const file = join(folder, 'bad.yaml')
    const text = changedPolicy('effect: prohibit', 'effect: allow')
    writeFileSync(file, text)
    const line = text.slice(0, text.indexOf('effect: allow')).split('\n').length
    const { printed, code } = await run('lint', file)
    expect(code).toBe(1)
    expect(printed).toContain(`${file}:${line}:17 error schema: `)
    const { printed: json } = await run('lint', '--json', file)
    expect(JSON.parse(json)).toMatchObject({
      ok: false,
      version: null,
      problems: [{ line, column: 17, rule: 'schema' }],
    })
    rmSync(folder, { recursive: true })
  })

  it('says which file it could not read', async () => {
    await expect(run('lint', '/nowhere.yaml')).rejects.toMatchObject({
      code: 'REQUEST_INVALID',
      message: "/nowhere.yaml can't be read",
    })
  })
})

describe('policy show', () => {
  it('prints every clause, and as JSON the bytes that the digest names', async () => {
    vi.stubEnv('SAFELEVEL_CONFIG', undefined)
    const { printed } = await run('show')
    expect(printed).toContain('\n  4.1   Sexual exploitation of children')
    const digest = /sha256 ([0-9a-f]{64})/.exec(printed)?.[1]
    const { printed: json } = await run('show', '--json')
    const bytes = new TextEncoder().encode(json)
    expect(Buffer.from(await crypto.subtle.digest('SHA-256', bytes)).toString('hex')).toBe(digest)
  })
})
