import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { findChromium, type Visitor } from '../support/browser.ts'
import { faultsOf } from './axe.ts'
import { takePictures } from './pictures.ts'
import { ConsoleWorld } from './world.ts'

const chromium = findChromium()
if (chromium === null)
  process.stderr.write('SKIPPED: runbooks in Chromium (install chromium, or name it in SAFELEVEL_CHROMIUM)\n')

describe.skipIf(chromium === null)('runbooks in a browser', () => {
  let world: ConsoleWorld
  let ada: Visitor
  let bo: Visitor
  let run = ''

  beforeAll(async () => {
    world = await ConsoleWorld.open()
    ada = await world.firstAdministrator('Ada Okafor')
    bo = await world.invite(ada, 'Bo Lindqvist')
    await world.askForRole(ada, 'Bo Lindqvist', /^Analyst/, 'Works the queue')
    await ada.page.getByText('is Analyst now').waitFor()
  }, 120_000)
  afterAll(() => world?.[Symbol.asyncDispose]())

  const stepOf = ({ page }: Visitor, id: string) => page.locator(`li#${id}`)

  it('are read, and started as an exercise', async () => {
    const { page } = ada
    await page.goto('/runbooks')
    await page.getByText('Nothing was run yet').waitFor()
    expect(await faultsOf(page, 'runbooks')).toEqual([])
    await page.getByRole('link', { name: /does not answer$/ }).click()
    await page.getByText('safelevel doctor canary').waitFor()
    await takePictures(page, 'runbook')
    await page.getByRole('button', { name: 'Start' }).click()
    await page.getByLabel('What it is about').fill('upstream-1')
    await page.getByLabel('An exercise').check()
    await takePictures(page, 'runbook-start')
    await page.getByRole('button', { name: 'Start the exercise' }).click()
    await page.getByRole('heading', { name: /^Exercise: / }).waitFor()
    run = new URL(page.url()).pathname
  })

  it('are worked on by several, each by what they hold', async () => {
    await bo.page.goto(run)
    await stepOf(bo, 'which').getByText('For others: Administrator or Security engineer.').waitFor()
    await stepOf(bo, 'see').getByRole('button', { name: 'It is done' }).click()
    await bo.page.getByLabel('Note').fill('<b>the upstream</b> since nine')
    await bo.page.getByRole('button', { name: 'Put on record' }).click()
    await stepOf(bo, 'see').getByText('“<b>the upstream</b> since nine”').waitFor()
    // The other one sees it without loading the page anew.
    await stepOf(ada, 'see').getByText('Bo Lindqvist').waitFor()
    await stepOf(ada, 'which').getByRole('button', { name: 'a model’s server' }).click()
    await ada.page.getByRole('button', { name: 'Put on record' }).click()
    await stepOf(ada, 'unjudged').getByText('not asked for').waitFor()
    await stepOf(ada, 'credentials').getByRole('button', { name: 'Look' }).click()
    await stepOf(ada, 'credentials').getByText('holds', { exact: true }).waitFor()
    await stepOf(ada, 'every-prompt').getByRole('button', { name: 'Look' }).click()
    await stepOf(ada, 'every-prompt').getByText('looked at for').waitFor()
    await takePictures(ada.page, 'runbook-run')
    expect(await faultsOf(ada.page, 'a run')).toEqual([])
  })

  it('are closed by who leads, with words where a check does not hold', async () => {
    const { page } = ada
    await page.goto(run)
    expect(await bo.page.getByRole('button', { name: 'Close', exact: true }).count()).toBe(0)
    await page.getByRole('button', { name: 'Close', exact: true }).click()
    await page.getByLabel('Summary').fill('The exercise went as far as it could.')
    await page.getByRole('dialog').getByRole('button', { name: 'Close', exact: true }).last().click()
    await page.getByText(/do not hold: covered, every-prompt/).waitFor()
    expect(await page.getByLabel('Summary').inputValue()).toBe('The exercise went as far as it could.')
    await takePictures(page, 'runbook-close')
    await page.getByLabel(/^Why it is closed/).fill('No traffic yet on this installation.')
    await page.getByRole('dialog').getByRole('button', { name: 'Close', exact: true }).last().click()
    await page.getByText('Stopped before its end').waitFor()
    await takePictures(page, 'runbook-closed')
    expect(await faultsOf(page, 'a closed run')).toEqual([])
    await page.goto('/runbooks')
    await page.getByRole('cell', { name: /stopped/ }).waitFor()
    await takePictures(page, 'runbooks')
  })
})
