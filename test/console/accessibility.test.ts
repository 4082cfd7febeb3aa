import { describe, expect, it } from 'vitest'
import { findChromium } from '../support/browser.ts'
import { faultsOf } from './axe.ts'
import { openShown, shownPages } from './pages.ts'

describe.skipIf(findChromium() === null)('every page of the console', () => {
  it('is free of what axe finds, in dark and light, wide and narrow, and never scrolls sideways', {
    timeout: 600_000,
  }, async () => {
    const shown = await openShown()
    await using _world = shown.world
    const found: string[] = []
    for (const { name, show } of await shownPages(shown)) {
      const { page } = await show()
      found.push(...(await faultsOf(page, name)))
    }
    expect(found).toEqual([])
  })
})
