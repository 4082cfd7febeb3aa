import { execFileSync } from 'node:child_process'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { printCard } from '../../src/models/cards/index.ts'
import { findChromium, type Visitor } from '../support/browser.ts'
import { faultsOf } from './axe.ts'
import { written } from './card-pages.ts'
import { EarlierClock, HISTORY_DAYS, MODELS_CONFIG, modelHistory } from './models-world.ts'
import { ConsoleWorld } from './world.ts'

const chromium = findChromium()
if (chromium === null)
  process.stderr.write('SKIPPED: model cards in Chromium (install chromium, or name it in SAFELEVEL_CHROMIUM)\n')

describe.skipIf(chromium === null)('model cards in the console', () => {
  let world: ConsoleWorld
  /** A policy editor, and the Responsible Scaling Officer. */
  let cem: Visitor
  let bo: Visitor
  const asOperator = (method: string, path: string, body: unknown) =>
    fetch(`${world.running.controlUrl}/api/v1/cards${path}`, {
      method,
      headers: { authorization: `Bearer ${world.running.app.operatorToken}`, 'content-type': 'application/json' },
      body: JSON.stringify(body),
    })

  beforeAll(async () => {
    const clock = new EarlierClock(HISTORY_DAYS)
    world = await ConsoleWorld.open(MODELS_CONFIG, undefined, clock)
    await modelHistory(world, clock)
    const ada = await world.firstAdministrator('Ada Okafor')
    bo = await world.invite(ada, 'Bo Lindqvist')
    await world.askForRole(ada, 'Bo Lindqvist', /Responsible Scaling/, 'Answers for the cards')
    await ada.page.getByText('is Responsible Scaling Officer now').waitFor()
    cem = await world.invite(ada, 'Cem Aydın')
    await world.askForRole(ada, 'Cem Aydın', /^Policy editor/, 'Writes them')
    await ada.page.getByText('is Policy editor now').waitFor()
  }, 180_000)
  afterAll(() => world?.[Symbol.asyncDispose]())

  it('begin from the records, and say as one writes what is still owed', async () => {
    const { page } = cem
    await page.goto('/cards')
    await page.getByRole('link', { name: 'atlas', exact: true }).click()
    await page.getByRole('button', { name: 'Begin one from the records' }).click()
    await page.getByText(/\d errors: it can’t be published/).waitFor()
    await page.getByText('say what it is meant for').waitFor()
    await page.getByRole('button', { name: 'Save', exact: true }).click()
    await page.getByText('saved', { exact: true }).waitFor()
    expect(await page.getByRole('button', { name: 'Ask to publish' }).isDisabled()).toBe(true)
    expect(cem.complaints).toEqual([])
  })

  it('show a figure that was changed by hand, at its line', async () => {
    const card = written(await world.running.app.disclosure.cards.new('atlas'))
    const [first, ...rest] = card.evaluations
    if (first === undefined) throw new Error('nothing was compiled')
    await asOperator('PUT', '/atlas/draft', {
      text: printCard({ ...card, evaluations: [{ ...first, value: 0.01 }, ...rest] }),
    })
    await cem.page.goto('/cards/atlas?tab=draft')
    await cem.page.getByText('the card says 0.01, and the evidence says 0.25').first().waitFor()
    await cem.page.getByRole('button', { name: 'Renew the figures' }).click()
    await cem.page.getByText('passes, with warnings').waitFor()
    await cem.page.getByRole('button', { name: 'Save', exact: true }).click()
    await cem.page.getByText('saved', { exact: true }).waitFor()
  })

  it('are published by two people, and then anybody reads them', async () => {
    const at = `${world.running.url}/cards/atlas`
    expect((await fetch(at)).status).toBe(404)
    await cem.page.getByRole('button', { name: 'Ask to publish' }).click()
    const dialog = cem.page.getByRole('dialog', { name: 'Ask that it be published' })
    await dialog.getByText('It becomes version 1 of the card of atlas').waitFor()
    await dialog.getByLabel('Why; the second person reads it').fill('The release needs it')
    await dialog.getByRole('button', { name: 'Ask, with your key' }).click()
    await cem.page.getByText('You asked for this; somebody else decides.').waitFor()
    expect((await fetch(at)).status).toBe(404)
    await bo.page.goto(cem.page.url())
    await bo.page.getByText('It finishes few tasks of long autonomous work.').waitFor()
    await bo.page.getByRole('button', { name: 'Agree with your key' }).click()
    await bo.page.getByText('carried out', { exact: true }).waitFor()
    const text = await (await fetch(at)).text()
    expect(text).toContain('It makes up sources when it has none.')
    const { findings } = await world.running.app.release.check('atlas-api')
    expect(findings.find(({ id }) => id === 'card')).toMatchObject({ state: 'met' })
    await bo.page.goto('/cards/atlas')
    await bo.page.getByText('published, and holds').waitFor()
    expect([...bo.complaints, ...cem.complaints]).toEqual([])
  })

  it('can be read by everybody, in light and dark, wide and narrow', async () => {
    const faults: string[] = []
    const { page } = bo
    for (const tab of ['card', 'draft', 'versions']) {
      await page.goto(`/cards/atlas?tab=${tab}`)
      await page.waitForLoadState('networkidle')
      faults.push(...(await faultsOf(page, tab)))
    }
    const anyone = await world.browser.newPage()
    for (const path of ['/cards', '/cards/atlas', '/cards/atlas/v/1']) {
      await anyone.goto(`${world.running.url}${path}`)
      faults.push(...(await faultsOf(anyone, path)))
    }
    await anyone.close()
    expect(faults).toEqual([])
  })

  it('print on a few pages, with every word', async () => {
    const { cards } = world.running.app.disclosure
    const { body } = await cards.export(await cards.get('atlas'), 'html', 'public')
    const page = await world.browser.newPage()
    await page.setContent(body)
    const pdf = await page.pdf({ preferCSSPageSize: true })
    await page.close()
    const pages = pdf.toString('latin1').match(/\/Type\s*\/Page[^s]/g)?.length ?? 0
    expect(pages).toBeGreaterThan(0)
    expect(pages).toBeLessThanOrEqual(6)
    const words = textOf(pdf)
    if (words === null) return
    for (const word of ['atlas: model card', 'It makes up sources when it has none.', 'Nothing is withheld', 'SHA-256'])
      expect(words).toContain(word)
  })
})

/** null where there is no pdftotext. */
function textOf(pdf: Buffer): string | null {
  const dir = mkdtempSync(join(tmpdir(), 'safelevel-pdf-'))
  try {
    writeFileSync(join(dir, 'card.pdf'), pdf)
    return execFileSync('pdftotext', ['-layout', join(dir, 'card.pdf'), '-'], { encoding: 'utf8' })
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return null
    throw error
  } finally {
    rmSync(dir, { recursive: true, force: true })
  }
}
