import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { findChromium, type Visitor } from '../support/browser.ts'
import { ConsoleWorld } from './world.ts'

const chromium = findChromium()
if (chromium === null)
  process.stderr.write('SKIPPED: the console in Chromium (install chromium, or name it in SAFELEVEL_CHROMIUM)\n')

describe.skipIf(chromium === null)('an installation that only observes', () => {
  let world: ConsoleWorld
  let ada: Visitor

  beforeAll(async () => {
    world = await ConsoleWorld.open({ surfaces: { api: { mode: 'observe' } } })
    ada = await world.firstAdministrator('Ada Okafor')
  })
  afterAll(() => world?.[Symbol.asyncDispose]())

  it('says so on every page and leads to what it means', async () => {
    const { page } = ada
    for (const path of ['/people', '/ledger', '/']) {
      await page.goto(path)
      await page.getByRole('banner').getByText('observed only').waitFor()
    }
    await page.goto('/people')
    await page
      .getByRole('banner')
      .getByRole('link', { name: /observed only/ })
      .click()
    await page.getByText('screened and recorded, but nothing is withheld').waitFor()
    expect(page.url()).toBe(`${world.origin}/`)
    if (process.env.SAFELEVEL_PICTURES)
      await page.screenshot({ path: `${process.env.SAFELEVEL_PICTURES}/observed.png` })
    await page.setViewportSize({ width: 375, height: 700 })
    await page.getByRole('banner').getByText('observed only').waitFor()
    expect(await page.evaluate('document.documentElement.scrollWidth <= window.innerWidth')).toBe(true)
    if (process.env.SAFELEVEL_PICTURES)
      await page.screenshot({ path: `${process.env.SAFELEVEL_PICTURES}/observed-phone.png` })
    expect(ada.complaints).toEqual([])
  })
})
