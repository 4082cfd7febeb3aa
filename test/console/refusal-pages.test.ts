import { readFileSync } from 'node:fs'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { findChromium, type Visitor } from '../support/browser.ts'
import { PLANTED } from '../support/refusal-results.ts'
import { faultsOf } from './axe.ts'
import { takePictures } from './pictures.ts'
import { type RefusalHistory, refusalHistory } from './refusal-world.ts'
import { ConsoleWorld } from './world.ts'

const chromium = findChromium()
if (chromium === null)
  process.stderr.write(
    'SKIPPED: refusals in the console in Chromium (install chromium, or name it in SAFELEVEL_CHROMIUM)\n',
  )

describe.skipIf(chromium === null)('refusals in the console', { timeout: 120_000 }, () => {
  let world: ConsoleWorld
  let ada: Visitor
  /** Security engineer: reads words and takes data out. */
  let bo: Visitor
  let sent: RefusalHistory

  const picture = ({ page }: Visitor, name: string) => takePictures(page, `refusal-${name}`)
  const events = async (kind: string) => {
    const { entries } = world.running.app.ledger
    const found = await entries.call(world.running.app.ledger, Math.max(0, world.running.app.ledger.size - 200), 200)
    return found.filter(({ event }) => event?.kind === kind)
  }

  beforeAll(async () => {
    world = await ConsoleWorld.open()
    ada = await world.firstAdministrator('Ada Okafor')
    bo = await world.invite(ada, 'Bo Lindqvist')
    await world.askForRole(ada, 'Bo Lindqvist', /^Security engineer/, 'Looks after models')
    await ada.page.getByText('is Security engineer now').waitFor()
  }, 300_000)
  afterAll(() => world?.[Symbol.asyncDispose]())

  it('says how each begins while there is nothing', async () => {
    const { page } = ada
    await page.goto('/refusal')
    await page.getByText('No evaluation yet').waitFor()
    for (const [tab, words] of [
      ['Red team', 'No run yet'],
      ['Datasets', 'No dataset yet'],
      ['Comparisons', 'Nothing compared yet'],
    ] as const) {
      await page.getByRole('tab', { name: tab }).click()
      await page.getByText(words).waitFor()
    }
    expect(await faultsOf(page, 'empty')).toEqual([])
    sent = await refusalHistory(world.running.app)
  })

  it('draws attack success and over-refusal from version to version, with intervals and a table behind', async () => {
    const { page } = bo
    await page.goto('/refusal')
    await page.getByRole('img', { name: /Shares with their 95 % intervals/ }).waitFor()
    await page.getByRole('button', { name: 'Table' }).first().click()
    await page.getByRole('cell', { name: 'step-200', exact: true }).waitFor()
    await page.getByRole('button', { name: 'Chart', exact: true }).click()
    await picture(bo, 'trends')
    expect(await faultsOf(page, 'trends')).toEqual([])
    await page.goto('/refusal?line=sandbox-1')
    await page.getByText('FIXTURE', { exact: true }).first().waitFor()
  })

  it('shows one evaluation with its suites, and its answers by what they are', async () => {
    const { page } = bo
    await page.goto(`/refusal/evaluations/${sent.evaluation}`)
    await page.getByRole('heading', { level: 1, name: 'Refusals of orca/step-300' }).waitFor()
    await page.getByRole('combobox', { name: 'Outcome: any' }).click()
    await page.getByRole('option', { name: /complied/ }).click()
    await page.waitForURL(/outcome=complied/)
    await page.getByRole('table', { name: 'Answers' }).getByText('complied').first().waitFor()
    await picture(bo, 'evaluation')
    expect(await faultsOf(page, 'evaluation')).toEqual([])
  })

  it('walks the attack matrix by key, and says what each field comes to', async () => {
    const { page } = bo
    await page.goto(`/refusal/red-team/${sent.run}`)
    const matrix = page.getByRole('table', { name: /ways of attack/ })
    await matrix.waitFor()
    await matrix.locator('[data-at="0,0"]').focus()
    await page.getByText('crescendo · all categories').waitFor()
    await page.keyboard.press('ArrowRight')
    await page.keyboard.press('ArrowDown')
    expect(await page.evaluate(() => document.activeElement?.getAttribute('data-at'))).toBe('1,1')
    await picture(bo, 'matrix')
    expect(await faultsOf(page, 'matrix')).toEqual([])
  })

  it('makes a report of a find, once', async () => {
    const { page } = bo
    await page.goto(`/refusal/red-team/${sent.run}?outcome=guarded`)
    await page.getByRole('table', { name: 'Finds' }).getByRole('link', { name: 'find-2' }).click()
    for (const words of ['It is a report now', 'It was a report already']) {
      await page.getByRole('button', { name: 'Make a report of it…' }).click()
      await page.getByRole('button', { name: 'Make the report' }).click()
      await page.getByText(words).waitFor()
      if (words === 'It is a report now') await page.reload()
    }
    await page.getByRole('main').getByRole('link', { name: /^rep_/ }).click()
    await page.getByText('our own red team').waitFor()
    expect(await page.getByText(PLANTED).count()).toBe(0)
  })

  it('shows no word until it is asked for, records who reads it, and marks what a revision changed', async () => {
    const { page } = bo
    await page.goto(`/refusal/datasets/${sent.dataset}?flag=spot_check`)
    await page.getByRole('table', { name: 'Records' }).getByRole('link', { name: 'prompt-0' }).click()
    expect(await page.getByText(PLANTED).count()).toBe(0)
    await page.getByRole('button', { name: 'Record and read' }).click()
    await page.getByRole('button', { name: 'Keep clear' }).waitFor()
    expect(await events('refusal.rows_read')).toMatchObject([
      { event: { subject: { id: sent.dataset }, data: { reason: 'spot_check', rows: [0] } } },
    ])
    await page.getByRole('button', { name: 'Keep clear' }).click()
    await page.locator('del', { hasText: 'Sure.' }).first().waitFor()
    await page.locator('ins', { hasText: 'locksmith' }).first().waitFor()
    await picture(bo, 'record')
    expect(await faultsOf(page, 'record')).toEqual([])
  })

  it('gives out the dataset in a trainer’s format, on the record', async () => {
    const { page } = bo
    await page.goto(`/refusal/datasets/${sent.dataset}`)
    await page.getByRole('button', { name: 'Export…' }).click()
    await picture(bo, 'export')
    const coming = page.waitForEvent('download')
    await page.getByRole('button', { name: 'Record and download' }).click()
    const file = await (await coming).path()
    const [first] = readFileSync(file, 'utf8').split('\n')
    expect(JSON.parse(first ?? '')).toMatchObject({ prompt: [{ role: 'user' }], chosen: [{}], rejected: [{}] })
    expect(await events('refusal.dataset_exported')).toMatchObject([{ event: { data: { format: 'trl-dpo' } } }])
  })

  it('lays two versions beside each other, measure by measure', async () => {
    const { page } = bo
    await page.goto(`/refusal/comparisons/${sent.comparison}`)
    await page.getByText('too few to tell').waitFor()
    await picture(bo, 'comparison')
    expect(await faultsOf(page, 'comparison')).toEqual([])
  })

  it('keeps words from who may not read them', async () => {
    const { page } = ada
    await page.goto(`/refusal/datasets/${sent.dataset}?row=0`)
    await page.getByText(/Open to: .*Security engineer/).waitFor()
    expect(await page.getByRole('button', { name: 'Export…' }).count()).toBe(0)
    const body = { positions: [0], reason: 'audit' }
    const refused = await page.request.post(`/api/v1/refusal/results/${sent.dataset}/reveal`, { data: body })
    expect(refused.status()).toBe(403)
  })
})
