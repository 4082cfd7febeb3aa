import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, describe, expect, it } from 'vitest'
import { systemIds } from '../../base/ids.ts'
import { Pseudonyms } from './pseudonyms.ts'

describe('pseudonyms', () => {
  const dirs = [0, 1].map(() => mkdtempSync(join(tmpdir(), 'safelevel-pseudonyms-')))
  afterAll(() => {
    for (const dir of dirs) rmSync(dir, { recursive: true, force: true })
  })
  const [here, again, elsewhere] = [dirs[0], dirs[0], dirs[1]].map((dir) => new Pseudonyms(dir ?? '', systemIds))
  const year = (n: number) => Date.UTC(n, 5, 1)

  it('are the same on every replica, others elsewhere, and others each year', () => {
    expect(here?.of('per_1', year(2026))).toBe(again?.of('per_1', Date.UTC(2026, 0, 1)))
    expect(here?.of('per_1', year(2026))).toMatch(/^P-[0-9A-HJKMNP-TV-Z]{4}-[0-9A-HJKMNP-TV-Z]{4}$/)
    const all = [
      here?.of('per_1', year(2026)),
      here?.of('per_2', year(2026)),
      here?.of('per_1', year(2027)),
      elsewhere?.of('per_1', year(2026)),
    ]
    expect(new Set(all).size).toBe(4)
  })

  it('find the cases of a person whatever the year, and only with the keys', () => {
    expect(here?.tag('per_1')).toBe(again?.tag('per_1'))
    expect(here?.tag('per_1')).not.toBe(elsewhere?.tag('per_1'))
  })
})
