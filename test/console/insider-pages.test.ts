import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { findChromium, type Visitor } from '../support/browser.ts'
import { faultsOf } from './axe.ts'
import { betray, insiderHistory } from './insider-history.ts'
import { EarlierClock } from './models-world.ts'
import { takePictures } from './pictures.ts'
import { ConsoleWorld } from './world.ts'

const chromium = findChromium()
if (chromium === null)
  process.stderr.write(
    'SKIPPED: the insider programme in Chromium (install chromium, or name it in SAFELEVEL_CHROMIUM)\n',
  )

const HISTORY = { people: 6, days: 10, campaigns: 1 }
const NAME = 'Eve Marchetti'

describe.skipIf(chromium === null)('the insider programme in the console', { timeout: 120_000 }, () => {
  let world: ConsoleWorld
  let ada: Visitor
  /** Security engineer; CISO; Responsible Scaling Officer; and whom a case is about, an engineer as well. */
  let bo: Visitor
  let cem: Visitor
  let dee: Visitor
  let eve: Visitor
  let caseLink = ''
  let shown = ''

  const picture = ({ page }: Visitor, name: string) => takePictures(page, `insider-${name}`)
  const agree = async ({ page }: Visitor, link: string) => {
    await page.goto(link)
    await page.getByRole('button', { name: 'Agree with your key' }).click()
    await page.getByText('carried out', { exact: true }).waitFor()
  }
  const idOf = async ({ page }: Visitor): Promise<string> =>
    (await (await page.request.get('/api/v1/staff/session')).json()).person.id

  beforeAll(async () => {
    const clock = new EarlierClock(HISTORY.days + 1)
    world = await ConsoleWorld.open({}, undefined, clock)
    await insiderHistory(world, clock, HISTORY)
    ada = await world.firstAdministrator('Ada Okafor')
    bo = await world.invite(ada, 'Bo Lindqvist')
    cem = await world.invite(ada, 'Cem Aydın')
    dee = await world.invite(ada, 'Dee Alvarez')
    eve = await world.invite(ada, NAME)
    for (const [name, role, words] of [
      ['Bo Lindqvist', /^Security engineer/, 'Security engineer'],
      ['Cem Aydın', /^CISO/, 'CISO'],
      ['Dee Alvarez', /^Responsible Scaling/, 'Responsible Scaling Officer'],
      [NAME, /^Security engineer/, 'Security engineer'],
    ] as const) {
      await world.askForRole(ada, name, role, 'Looks after the weights')
      await ada.page.getByText(`is ${words} now`).waitFor()
    }
  }, 300_000)
  afterAll(() => world?.[Symbol.asyncDispose]())

  it('tells everybody who works here what is watched, and nothing of what was found', async () => {
    const { page } = ada
    await page.goto('/watched')
    await page.getByRole('heading', { name: 'What is not' }).waitFor()
    await page.getByText('an alert decides nothing about you').waitFor()
    expect(await page.getByRole('link', { name: 'Insider', exact: true }).count()).toBe(0)
    await picture(ada, 'watched')
    expect(await faultsOf(page, 'watched')).toEqual([])
  })

  it('shows how risk stands, under pseudonyms, with reasons', async () => {
    const { page } = bo
    await page.goto('/insider')
    await page
      .getByText(/^P-[0-9A-Z]{4}-[0-9A-Z]{4}$/)
      .first()
      .waitFor()
    expect(await page.getByText('per_').count()).toBe(0)
    await picture(bo, 'risk')
    expect(await faultsOf(page, 'risk')).toEqual([])
    await page.goto('/insider?of=host')
    await page
      .getByText(/^H-[0-9A-Z]{4}-[0-9A-Z]{4}$/)
      .first()
      .waitFor()
  })

  it('puts somebody who touches a decoy before people within seconds, contained and without a name', async () => {
    await betray(world, await idOf(eve))
    const { page } = bo
    await page.goto('/insider?tab=cases')
    const row = page.getByRole('row').filter({ hasText: 'certain' }).filter({ hasText: 'Keep them from weights: done' })
    await row.waitFor()
    await picture(bo, 'cases')
    expect(await faultsOf(page, 'cases')).toEqual([])
    shown = (await row.getByRole('link').first().textContent())?.trim() ?? ''
    await row.getByRole('link').first().click()
    await page.getByRole('heading', { level: 1, name: `Case about ${shown}` }).waitFor()
    caseLink = new URL(page.url()).pathname
    await page.getByText('nobody knows who that is until two people have opened the case').waitFor()
    await page.getByRole('button', { name: 'Read it' }).click()
    await page.getByText('touched a decoy in the vault').first().waitFor()
    await page.getByText('weights.canary_touched').waitFor()
    expect(await page.getByText(NAME).count()).toBe(0)
    expect(await page.getByRole('button', { name: 'Check the proof' }).count()).toBe(0)
    await picture(bo, 'case')
    expect(await faultsOf(page, 'case')).toEqual([])
  })

  it('has ended the sessions of who it is about, for whom there is no case', async () => {
    const { page } = eve
    await page.goto('/insider?tab=cases')
    await page
      .getByRole('button', { name: /Sign in/ })
      .first()
      .click()
    await page.getByRole('heading', { level: 1, name: 'Insider' }).waitFor()
    await page.getByRole('table', { name: 'Cases' }).or(page.getByText('No case is open')).waitFor()
    expect(await page.getByText(shown).count()).toBe(0)
    await page.goto('/insider')
    await page.getByRole('table', { name: 'Risk of people' }).waitFor()
    expect(await page.getByText(shown).count()).toBe(0)
    expect((await page.request.get(`/api/v1${caseLink}`)).status()).toBe(404)
    await page.goto(caseLink)
    await page.getByText('There is nothing here').waitFor()
  })

  it('tells the name once two have agreed, with proofs of what it rests on', async () => {
    const { page } = bo
    await page.goto(caseLink)
    await page.getByRole('button', { name: 'Ask to open it' }).click()
    await page.getByLabel('Why; who agrees reads it').fill('A decoy, and twelve reads before it')
    await picture(bo, 'open')
    await page.getByRole('button', { name: 'Ask for it' }).click()
    await page.getByText('You asked for this; somebody else decides.').waitFor()
    const request = page.url()
    await dee.page.goto(caseLink)
    await dee.page.getByRole('link', { name: 'Opening it waits for a second person' }).waitFor()
    await agree(dee, request)
    await page.goto(caseLink)
    await page.getByRole('link', { name: NAME }).first().waitFor()
    await page.getByRole('button', { name: 'Read it' }).click()
    await page.getByRole('button', { name: 'Check the proof' }).first().click()
    await page
      .getByText(/on the ledger, under the checkpoint of/)
      .first()
      .waitFor()
    await picture(bo, 'case-opened')
    expect(await faultsOf(page, 'opened')).toEqual([])
  })

  it('undoes the lock by two', async () => {
    const { page } = bo
    await page.goto(caseLink)
    await page.getByRole('button', { name: 'Ask to lift it' }).click()
    await page.getByLabel('Why; who agrees reads it').fill('We have talked to her')
    await page.getByRole('button', { name: 'Ask for it' }).click()
    await page.getByText('You asked for this; somebody else decides.').waitFor()
    await agree(cem, page.url())
    await page.goto(caseLink)
    await page.getByText('undone', { exact: true }).waitFor()
    await page.goto('/weights')
    await page.getByRole('heading', { level: 1, name: 'Weights' }).waitFor()
    expect(await page.getByText('is kept from weights').count()).toBe(0)
  })

  it('lets a person contain and close, and says what each does', async () => {
    const { page } = cem
    await page.goto(caseLink)
    await page.getByRole('button', { name: 'Take it' }).click()
    await page.getByText('You work on it now').waitFor()
    await page.getByRole('button', { name: 'Let go of it' }).waitFor()
    await page.getByRole('button', { name: 'Contain' }).click()
    await page.getByText('They open no weights, whoever agrees to it').waitFor()
    await picture(cem, 'contain')
    await page.getByRole('checkbox', { name: /Keep them from weights/ }).check()
    await page.getByRole('button', { name: 'Do it now' }).click()
    await page.getByText('It is done at once').waitFor()
    await page.getByRole('button', { name: 'Ask to lift it' }).waitFor()
    await page.getByRole('button', { name: 'Close', exact: true }).click()
    const dialog = page.getByRole('dialog')
    await dialog.getByRole('combobox', { name: 'What came of it' }).click()
    await page.getByRole('option', { name: 'confirmed' }).click()
    await picture(cem, 'close')
    await dialog.getByRole('button', { name: 'Close it' }).click()
    await page.getByText('closed: confirmed').waitFor()
  })

  it('shows rules with their text, models, and what they cover', async () => {
    const { page } = bo
    await page.goto('/insider?tab=rules')
    await page.getByRole('link', { name: 'A decoy was touched' }).first().waitFor()
    await picture(bo, 'rules')
    expect(await faultsOf(page, 'rules')).toEqual([])
    await page.goto('/insider/rules/rule.canary_touched')
    await page.getByText('name: canary_touched').waitFor()
    await picture(bo, 'rule')
    expect(await faultsOf(page, 'rule')).toEqual([])
  })

  it('replays what was with another threshold and without a model, and compares', async () => {
    const { page } = bo
    await page.goto('/insider?tab=tuning')
    await page.getByLabel('Threshold, in nats').fill('20')
    await page.getByLabel('Without these rules or models (optional)').fill('loosen')
    await page.getByRole('checkbox').first().check()
    await picture(bo, 'tuning-form')
    await page.getByRole('button', { name: 'Replay' }).click()
    await page.getByText('Looking at what was, as it is set now (1 of 2)').waitFor()
    await page.getByRole('heading', { name: 'What it comes to' }).waitFor({ timeout: 100_000 })
    await page.getByText(/alerts a day before/).waitFor()
    await picture(bo, 'tuning')
    expect(await faultsOf(page, 'tuning')).toEqual([])
  })

  it('tries itself on somebody who does not exist', async () => {
    const { page } = cem
    await page.goto('/insider?tab=drills')
    await page.getByText('Nothing was tried yet').waitFor()
    await page.getByRole('button', { name: 'Start a drill' }).click()
    await page.getByRole('button', { name: 'Start it' }).click()
    await page.getByText('seen', { exact: true }).waitFor({ timeout: 40_000 })
    await page.getByText('DRILL · SYNTHETIC').first().waitFor()
    await picture(cem, 'drills')
    expect(await faultsOf(page, 'drills')).toEqual([])
  })

  it('says how it is set', async () => {
    const { page } = dee
    await page.goto('/insider?tab=settings')
    await page.getByText('a touched decoy, whatever else is known').waitFor()
    await picture(dee, 'settings')
    expect(await faultsOf(page, 'settings')).toEqual([])
    expect([bo, cem, dee].flatMap(({ complaints }) => complaints)).toEqual([])
  })
})
