import { mkdtempSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { replacePrivateFile } from './private-file.ts'

describe('replacePrivateFile', () => {
  let dir: string
  beforeEach(() => {
    dir = mkdtempSync(join(tmpdir(), 'safelevel-test-'))
  })
  afterEach(() => rmSync(dir, { recursive: true, force: true }))

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
