import { createHash } from 'node:crypto'
import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest'
import { type RunningApp, startApp } from '../../test/support/running-app.ts'
import { ManualClock } from '../base/clock.ts'
import { DAY_MS } from '../base/quarter.ts'
import { run } from './program.ts'

describe('safelevel transparency', () => {
  let running: RunningApp
  const clock = new ManualClock(Date.UTC(2026, 7, 1))
  const dir = mkdtempSync(join(tmpdir(), 'safelevel-cli-'))

  beforeAll(async () => {
    running = await startApp({ clock })
    clock.advance(70 * DAY_MS)
    vi.stubEnv('SAFELEVEL_URL', running.controlUrl)
    vi.stubEnv('SAFELEVEL_TOKEN', running.app.operatorToken)
  })
  afterAll(async () => {
    vi.unstubAllEnvs()
    await running[Symbol.asyncDispose]()
    rmSync(dir, { recursive: true })
  })

  const cli = async (...args: string[]) => {
    const out: string[] = []
    const err: string[] = []
    const kept = (to: string[]) => (text: unknown) => {
      to.push(String(text))
      return true
    }
    const spies = [
      vi.spyOn(console, 'log').mockImplementation(kept(out)),
      vi.spyOn(console, 'error').mockImplementation(kept(err)),
      vi.spyOn(process.stdout, 'write').mockImplementation(kept(out)),
      vi.spyOn(process.stderr, 'write').mockImplementation(kept(err)),
    ]
    try {
      const code = await run(['node', 'safelevel', 'transparency', ...args])
      return { code, out: out.join('\n'), err: err.join('\n') }
    } finally {
      for (const spy of spies) spy.mockRestore()
      process.exitCode = undefined
    }
  }

  it('says that nothing is published, and how the quarter stands', async () => {
    expect(await cli('ls')).toEqual({ code: 0, out: '', err: expect.stringContaining('nothing is published yet') })
    const { code, out } = await cli('show')
    expect([code, out.split('\n')[0]]).toEqual([0, expect.stringContaining('Q4 2026: still running')])
  })

  it('publishes what is due, once, and shows it held to its digest', async () => {
    expect((await cli('publish')).out).toMatch(/^2026-q3 {2}edition 1 {2}2026-10-10 {2}[0-9a-f]{16}…$/)
    expect((await cli('publish')).err).toContain('nothing is due')
    const { digest } = JSON.parse((await cli('ls', '--json')).out)
    expect((await cli('show', '2026-q3')).out).toContain(`SHA-256 ${digest} (checked)`)
    expect(JSON.parse((await cli('show', '2026-q3', '--json')).out)).toMatchObject({ quarter: '2026-q3', edition: 1 })
  })

  it('exports the bytes that the digest is of, over no file that is there', async () => {
    const file = join(dir, 'q3.json')
    const { err } = await cli('export', '2026-q3', '--out', file)
    const digest = createHash('sha256').update(readFileSync(file)).digest('hex')
    expect(err).toContain(digest)
    expect((await cli('export', '2026-q3', '--out', file)).code).toBe(5)
    expect((await cli('export', '2026-q3', '--format', 'csv')).out).toMatch(/^part,figure,of,value,least,most\r\n/)
  })

  it.each([
    [['show', '2026q3'], 2],
    [['show', '../2026-q3'], 2],
    [['show', '2024-q1'], 4],
    [['show', '2026-q3', '--edition', '9'], 4],
    [['show', '2026-q3', '--edition', 'x'], 2],
    [['export', '2026-q3', '--format', 'xml'], 2],
  ])('refuses %j', async (args, code) => {
    expect((await cli(...args)).code).toBe(code)
  })
})
