import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { acquireDataLock } from './data-lock.ts'

let dir = ''
beforeEach(() => {
  dir = mkdtempSync(join(tmpdir(), 'safelevel-lock-'))
})
afterEach(() => rmSync(dir, { recursive: true, force: true }))

const HOLD = `
  const { acquireDataLock } = await import(${JSON.stringify(join(import.meta.dirname, 'data-lock.ts'))})
  try { globalThis.lock = acquireDataLock(process.argv[1]); console.log('held'); setInterval(() => {}, 1000) }
  catch (error) { console.log(error.code); process.exit(0) }`

function holder(): { child: ReturnType<typeof spawn>; answer: Promise<string> } {
  const child = spawn(process.execPath, ['--input-type=module', '-e', HOLD, dir], {
    stdio: ['ignore', 'pipe', 'inherit'],
  })
  const answer = once(child.stdout, 'data').then(([text]) => String(text).trim())
  return { child, answer }
}

describe('acquireDataLock', () => {
  it('refuses a second holder in this process and names it, then frees', () => {
    const first = acquireDataLock(dir)
    expect(() => acquireDataLock(dir)).toThrow(
      expect.objectContaining({ code: 'DATA_DIR_LOCKED', message: expect.stringContaining(`process ${process.pid}`) }),
    )
    first[Symbol.dispose]()
    first[Symbol.dispose]()
    using second = acquireDataLock(dir)
    expect(second).toBeDefined()
  })

  it('refuses while another process holds it; that one being killed frees it', async () => {
    const { child, answer } = holder()
    expect(await answer).toBe('held')
    expect(() => acquireDataLock(dir)).toThrow(`process ${child.pid}`)
    // Refused openers must not have dropped the lock of the holder.
    expect(() => acquireDataLock(dir)).toThrow(`process ${child.pid}`)
    child.kill('SIGKILL')
    await once(child, 'exit')
    using lock = acquireDataLock(dir)
    expect(lock).toBeDefined()
  })

  it('lets exactly one of several contenders in', async () => {
    const contenders = Array.from({ length: 5 }, holder)
    const answers = await Promise.all(contenders.map((c) => c.answer))
    for (const { child } of contenders) child.kill('SIGKILL')
    expect(answers.filter((a) => a === 'held')).toHaveLength(1)
    expect(answers.filter((a) => a === 'DATA_DIR_LOCKED')).toHaveLength(4)
  })

  it('still refuses when the holder file is missing or garbage', () => {
    using _held = acquireDataLock(dir)
    writeFileSync(join(dir, 'lock.pid'), 'garbage')
    expect(() => acquireDataLock(dir)).toThrow('another process')
    rmSync(join(dir, 'lock.pid'))
    expect(() => acquireDataLock(dir)).toThrow('another process')
  })

  it('says so when the lock file is not one', () => {
    writeFileSync(join(dir, 'lock'), 'x'.repeat(4096))
    expect(() => acquireDataLock(dir)).toThrow(expect.objectContaining({ code: 'CONFIG_INVALID' }))
  })
})
