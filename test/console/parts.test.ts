import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { short, ticks } from '../../console/components/chart/scale.ts'
import { count } from '../../console/components/count.ts'
import { toCsv, toJson } from '../../console/components/export.ts'
import { canonical, checkProof } from '../../console/features/ledger/proof.ts'
import { ownPath } from '../../console/features/sign-in/own-path.ts'
import { canonicalJson } from '../../src/ledger/index.ts'
import { openLedger, record, temporaryFolder } from '../ledger/support.ts'

describe('export', () => {
  it('quotes, and disarms what a spreadsheet would run', () => {
    const rows = [['=HYPERLINK("x")', 'a,"b"\nc', null, -3, true]]
    expect(toCsv({ headers: ['A', 'B', 'C', 'D', 'E'], rows })).toBe(
      'A,B,C,D,E\r\n"\'=HYPERLINK(""x"")","a,""b""\nc",,-3,true\r\n',
    )
    for (const sign of ['+', '-', '@', '\t'])
      expect(toCsv({ headers: ['A'], rows: [[`${sign}1`]] })).toContain(`'${sign}1`)
  })

  it('loses nothing as JSON', () => {
    expect(
      JSON.parse(
        toJson({
          headers: ['a', 'b'],
          rows: [
            [1, '=x'],
            [null, false],
          ],
        }),
      ),
    ).toEqual([
      { a: 1, b: '=x' },
      { a: null, b: false },
    ])
  })
})

describe('how many', () => {
  it('is one of a thing, or several of them', () => {
    expect([0, 1, 2, 3_910].map((n) => count(n, 'halt'))).toEqual(['0 halts', '1 halt', '2 halts', '3,910 halts'])
    expect([1, 2].map((n) => count(n, 'entry', 'entries'))).toEqual(['1 entry', '2 entries'])
  })
})

describe('axes', () => {
  it('begin at 0, end at or above the largest value, in even whole steps', () => {
    fc.assert(
      fc.property(fc.nat({ max: 1e12 }), (max) => {
        const marks = ticks(max)
        const step = (marks[1] ?? 0) - (marks[0] ?? 0)
        expect(marks[0]).toBe(0)
        expect(marks.at(-1)).toBeGreaterThanOrEqual(max)
        expect(Number.isInteger(step)).toBe(true)
        expect(marks.length).toBeLessThanOrEqual(6)
        for (const [i, mark] of marks.entries()) expect(mark).toBe(i * step)
      }),
    )
  })

  it('are short', () => {
    expect([0, 950, 1_200, 48_000, 3_400_000].map(short)).toEqual(['0', '950', '1.2k', '48k', '3.4M'])
  })
})

describe('the way back after signing in', () => {
  it.each(['/', '/people?show=all', '/cases/cas_1#notes'])('may be %s', (path) => {
    expect(ownPath(path)).toBe(path)
  })
  it.each([
    'https://evil.example',
    '//evil.example',
    '/\\evil.example',
    '/\t/evil.example',
    '\\\\evil.example',
    'javascript:alert(1)',
    '',
    7,
    null,
  ])('may not be %j', (path) => {
    expect(ownPath(path)).toBeUndefined()
  })
})

describe('the check of a proof in the browser', () => {
  it('writes canonical JSON as the ledger does', () => {
    fc.assert(
      fc.property(fc.jsonValue(), (value) => {
        fc.pre(!JSON.stringify(value).includes('\\ud'))
        expect(canonical(JSON.parse(JSON.stringify(value)))).toBe(canonicalJson(JSON.parse(JSON.stringify(value))))
      }),
    )
  })

  it('holds for every entry of a ledger, and for none that was changed', async () => {
    await using ledger = await openLedger(await temporaryFolder())
    await record(ledger, 0, 11)
    for (let position = 0; position < ledger.size; position++) {
      const proof = { ...(await ledger.proof(position)) } as Parameters<typeof checkProof>[0]
      expect((await checkProof(proof)).holds, String(position)).toBe(true)
      expect((await checkProof({ ...proof, position: position === 0 ? 1 : 0 })).holds).toBe(false)
      expect((await checkProof({ ...proof, event: { ...(proof.event as object), kind: 'test.forged' } })).holds).toBe(
        false,
      )
      expect((await checkProof({ ...proof, inclusion: proof.inclusion.slice(1) })).holds).toBe(false)
    }
  })
})
