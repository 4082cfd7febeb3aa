import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { allItems, eachItem, mapPage, type PageQuery, readPage } from './page.ts'

/** As a store does it: in order of ids, beyond one of them. */
function stored(count: number) {
  const rows = Array.from({ length: count }, (_, n) => ({ id: String(n).padStart(4, '0') }))
  return (after: string | undefined, limit: number) =>
    Promise.resolve(rows.filter(({ id }) => after === undefined || id > after).slice(0, limit))
}

describe('pages', () => {
  it('show everything once, in order, none of them empty but that of an empty list', async () => {
    const property = fc.asyncProperty(fc.nat(60), fc.integer({ min: 1, max: 20 }), async (count, limit) => {
      const list = stored(count)
      const pages: string[][] = []
      for (let after: string | undefined; ; ) {
        const page = await readPage(limit, (most) => list(after, most))
        pages.push(mapPage(page, ({ id }) => id).items)
        if (page.next === null) break
        after = page.next
      }
      expect(pages.flat()).toEqual((await list(undefined, count)).map(({ id }) => id))
      expect(pages).toHaveLength(Math.max(1, Math.ceil(count / limit)))
    })
    await fc.assert(property)
  })

  it('are read to the end, or as far as is asked for', async () => {
    const list = stored(450)
    const asked: (string | undefined)[] = []
    const read = ({ after, limit }: PageQuery) => {
      asked.push(after)
      return readPage(limit, (most) => list(after, most))
    }
    expect(await allItems(read)).toEqual(await list(undefined, 450))
    expect(asked).toEqual([undefined, '0199', '0399'])
    for await (const { id } of eachItem(read)) if (id === '0200') break
    expect(asked).toHaveLength(5)
    expect(await allItems(async () => ({ items: [], next: null }))).toEqual([])
  })
})
