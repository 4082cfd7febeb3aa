import { chmodSync, mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { systemIds } from '../base/ids.ts'
import { isOperatorToken, openOperatorToken, readOperatorToken } from './operator-token.ts'

let dir = ''
beforeEach(() => {
  dir = mkdtempSync(join(tmpdir(), 'safelevel-token-'))
})
afterEach(() => rmSync(dir, { recursive: true, force: true }))

describe('the operator token', () => {
  it('is made once, for its owner alone', () => {
    expect(readOperatorToken(dir)).toBeNull()
    const token = openOperatorToken(dir, systemIds)
    expect(token).toMatch(/^sl_op_[0-9A-Za-z]{38}$/)
    expect(openOperatorToken(dir, systemIds)).toBe(token)
    expect(readOperatorToken(dir)).toBe(token)
    expect(statSync(join(dir, 'operator-token')).mode & 0o777).toBe(0o600)
  })

  it('is closed again when others could read it', () => {
    const token = openOperatorToken(dir, systemIds)
    chmodSync(join(dir, 'operator-token'), 0o644)
    expect(openOperatorToken(dir, systemIds)).toBe(token)
    expect(statSync(join(dir, 'operator-token')).mode & 0o777).toBe(0o600)
  })

  it('is made anew after a crash while it was being written', () => {
    writeFileSync(join(dir, 'operator-token.new'), 'sl_op_ha')
    const token = openOperatorToken(dir, systemIds)
    expect(readFileSync(join(dir, 'operator-token'), 'utf8')).toBe(`${token}\n`)
  })

  it('is not taken from a file that holds something else', () => {
    for (const text of ['', 'hunter2', 'sl_op_short']) {
      writeFileSync(join(dir, 'operator-token'), text)
      expect(() => openOperatorToken(dir, systemIds)).toThrow(expect.objectContaining({ code: 'CONFIG_INVALID' }))
    }
  })

  it('is told from everything else', () => {
    const token = openOperatorToken(dir, systemIds)
    expect(isOperatorToken(token, token)).toBe(true)
    for (const other of ['', token.slice(1), `${token} `, 'sl_live_x', token.toUpperCase()]) {
      expect(isOperatorToken(other, token)).toBe(false)
    }
  })
})
