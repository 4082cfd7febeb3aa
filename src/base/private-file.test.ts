import { execFileSync } from 'node:child_process'
import {
  chmodSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { readPrivateFile, replacePrivateFile } from './private-file.ts'

let dir: string
beforeEach(() => {
  dir = mkdtempSync(join(tmpdir(), 'safelevel-test-'))
})
afterEach(() => rmSync(dir, { recursive: true, force: true }))

describe('replacePrivateFile', () => {
  it('replaces what stood there, for its owner alone, and leaves no draft', () => {
    const path = join(dir, 'made/token')
    for (const text of ['one\n', 'two\n']) {
      replacePrivateFile(path, text)
      expect(readFileSync(path, 'utf8')).toBe(text)
    }
    expect(statSync(path).mode & 0o077).toBe(0)
    expect(readdirSync(join(dir, 'made'))).toEqual(['token'])
  })

  it('takes the place of a draft that a crash left, whoever may read that', () => {
    const path = join(dir, 'token')
    writeFileSync(`${path}.new`, 'half', { mode: 0o644 })
    replacePrivateFile(path, 'whole')
    expect([readFileSync(path, 'utf8'), statSync(path).mode & 0o077]).toEqual(['whole', 0])
    expect(readdirSync(dir)).toEqual(['token'])
  })
})

describe('readPrivateFile', () => {
  it('reads what its owner alone may read, through a link too; nothing where there is none', async () => {
    const path = join(dir, 'key')
    replacePrivateFile(path, 'secret')
    symlinkSync(path, join(dir, 'link'))
    expect(await readPrivateFile(path)).toBe('secret')
    expect(await readPrivateFile(join(dir, 'link'))).toBe('secret')
    expect(await readPrivateFile(join(dir, 'none'))).toBeNull()
  })

  it.each([0o640, 0o604, 0o620])('refuses what others may open (mode %o)', async (mode) => {
    const path = join(dir, 'key')
    writeFileSync(path, 'secret')
    chmodSync(path, mode)
    await expect(readPrivateFile(path)).rejects.toMatchObject({ code: 'CONFIG_INVALID' })
  })

  it('refuses what is no small file, and waits for no pipe', async () => {
    const pipe = join(dir, 'pipe')
    execFileSync('mkfifo', ['-m', '600', pipe])
    const large = join(dir, 'large')
    writeFileSync(large, Buffer.alloc(65 * 1024), { mode: 0o600 })
    for (const path of [pipe, large, dir])
      await expect(readPrivateFile(path)).rejects.toMatchObject({ code: 'CONFIG_INVALID' })
  })
})
