import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { ManualClock } from '../../base/clock.ts'
import { seededIds } from '../../base/ids.ts'
import { checkShares, dealShares } from './shares.ts'

const ids = seededIds(new ManualClock(), 5)

async function deal(threshold: number, shares: number, id = 'gls_1') {
  const { texts, dealt } = await dealShares({ threshold, shares }, id, ids)
  return { texts, set: { id, threshold, ...dealt } }
}

describe('shares', () => {
  it('any k different ones open, k−1 never, nor the same one twice', async () => {
    const chosen = fc.integer({ min: 2, max: 6 }).chain((threshold) =>
      fc.integer({ min: threshold, max: 8 }).chain((shares) =>
        fc.record({
          threshold: fc.constant(threshold),
          shares: fc.constant(shares),
          given: fc.array(fc.integer({ min: 0, max: shares - 1 }), { minLength: 1, maxLength: 8 }),
        }),
      ),
    )
    await fc.assert(
      fc.asyncProperty(chosen, async ({ threshold, shares, given }) => {
        const { texts, set } = await deal(threshold, shares)
        const isEnough = new Set(given).size === given.length && given.length >= threshold
        const checked = checkShares(
          given.map((i) => texts[i] ?? ''),
          set,
        )
        if (isEnough) await checked
        else await expect(checked).rejects.toMatchObject({ code: 'FORBIDDEN' })
      }),
      { numRuns: 40 },
    )
  })

  it('are known by their set: those of another open nothing, alone or mixed in', async () => {
    const { texts, set } = await deal(2, 3)
    const other = await deal(2, 3)
    await expect(checkShares(other.texts, set)).rejects.toThrow('share 1 is none of the set that is out')
    await expect(checkShares([texts[0] ?? '', other.texts[1] ?? ''], set)).rejects.toThrow('share 2 is none')
    await expect(checkShares(texts, { ...set, id: 'gls_2' })).rejects.toThrow('none of the set')
  })

  it('do not fit a secret that somebody put in place of theirs', async () => {
    const { texts, set } = await deal(2, 3)
    const other = await deal(2, 3)
    await expect(checkShares(texts, { ...set, secretHash: other.set.secretHash })).rejects.toThrow('fit together')
    await expect(checkShares(texts, { ...set, secretHash: null })).rejects.toThrow('fit together')
  })

  it('find slips of the pen, and forgive spaces and capitals', async () => {
    const { texts, set } = await deal(2, 2)
    const [first = '', second = ''] = texts
    await checkShares([` ${first.toUpperCase()}\n`, second], set)
    for (const at of [12, 30, 60, first.length - 1]) {
      const digit = first[at] === '0' ? '1' : '0'
      const mistyped = first.slice(0, at) + digit + first.slice(at + 1)
      await expect(checkShares([mistyped, second], set)).rejects.toThrow('share 1 is mistyped')
    }
    for (const hostile of ['', '-', 'slshare1', `${first}-`, 'slshare1-1--', '\0', 'é'.repeat(200)])
      await expect(checkShares([hostile, second], set)).rejects.toThrow('share 1 is mistyped')
  })

  it('stand nowhere in what is kept of them', async () => {
    const { texts, set } = await deal(2, 3)
    const kept = JSON.stringify(set)
    for (const text of texts) expect(kept).not.toContain(text.split('-')[2]?.replaceAll('.', '').slice(0, 16))
    expect(new Set([...set.shareHashes, set.secretHash]).size).toBe(4)
  })
})
