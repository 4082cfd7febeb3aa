import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { quarterOf, spanOf } from '../../src/base/quarter.ts'
import { findChromium, type Visitor } from '../support/browser.ts'
import { faultsOf } from './axe.ts'
import { EarlierClock } from './models-world.ts'
import { takePictures } from './pictures.ts'
import { ConsoleWorld } from './world.ts'

const chromium = findChromium()
if (chromium === null)
  process.stderr.write('SKIPPED: the public record in Chromium (install chromium, or name it in SAFELEVEL_CHROMIUM)\n')

/** Longer than a quarter, so that one at least is over. */
const DAYS = 120

describe.skipIf(chromium === null)('the public record in a browser', () => {
  let world: ConsoleWorld
  let officer: Visitor
  let quarter = ''

  const picture = ({ page }: Visitor, name: string) => takePictures(page, name)

  beforeAll(async () => {
    const clock = new EarlierClock(DAYS)
    world = await ConsoleWorld.open({}, undefined, clock)
    quarter = quarterOf(clock.now())
    clock.to(0)
    const ada = await world.firstAdministrator('Ada Okafor')
    officer = await world.invite(ada, 'Bo Lindqvist')
    await world.askForRole(ada, 'Bo Lindqvist', /Responsible Scaling/, 'Answers for the policy')
    await ada.page.getByText('is Responsible Scaling Officer now').waitFor()
  }, 120_000)
  afterAll(() => world?.[Symbol.asyncDispose]())

  it('says what will be there, shows the quarter that runs, and publishes what is due', async () => {
    const { page } = officer
    await page.goto('/public-record')
    await page.getByRole('heading', { name: 'Public record' }).waitFor()
    await page.getByText('still running').first().waitFor()
    expect(await faultsOf(page, 'public record')).toEqual([])
    await page.getByRole('button', { name: 'Publish what is due' }).click()
    await page.getByText(/^\d published$/).waitFor()
    await page
      .getByRole('link', { name: `Q${quarter.slice(6)} ${quarter.slice(0, 4)}` })
      .first()
      .waitFor()
    await picture(officer, 'public-record')
    const { url } = world.running
    const shown = await (await fetch(`${url}/transparency/${quarter}`)).text()
    expect(shown).toContain('Edition 1, published')
    expect(shown).toContain(new Date(spanOf(quarter).fromMs).toISOString().slice(0, 10))
    expect((await fetch(`${url}/feed.xml`)).status).toBe(200)
  })

  it('shows a quarter with its digest, and refuses a correction where nothing is wrong, keeping what was typed', async () => {
    const { page } = officer
    await page.goto(`/public-record/${quarter}`)
    await page.getByText('the same as what is published').waitFor()
    const { about } = await world.running.app.disclosure.transparency.edition(quarter)
    await page.getByText(about.digest).waitFor()
    await picture(officer, 'public-record-quarter')
    expect(await faultsOf(page, 'public record of a quarter')).toEqual([])
    await page.getByRole('button', { name: 'Publish a correction' }).click()
    await page.getByLabel('Why, for the public').fill('One day had not been counted.')
    await page.getByRole('button', { name: 'Ask for it' }).click()
    await page.getByText('there is nothing to correct').waitFor()
    expect(await page.getByLabel('Why, for the public').inputValue()).toBe('One day had not been counted.')
    await picture(officer, 'public-record-refused')
  })

  it('says so where nothing is published about a quarter', async () => {
    const { page } = officer
    await page.goto('/public-record/2019-q1')
    await page.getByText('Nothing is published about this quarter').waitFor()
  })
})
