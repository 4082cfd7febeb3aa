import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { findChromium, type Visitor } from '../support/browser.ts'
import { comeAs } from './queue-world.ts'
import { deploySandbox, report } from './report-world.ts'
import { ConsoleWorld, HOSTILE } from './world.ts'

const chromium = findChromium()
if (chromium === null)
  process.stderr.write('SKIPPED: reports in Chromium (install chromium, or name it in SAFELEVEL_CHROMIUM)\n')

describe.skipIf(chromium === null)('reports in the console', () => {
  let world: ConsoleWorld
  let analyst: Visitor
  let rso: Visitor
  let ids: string[]

  beforeAll(async () => {
    world = await ConsoleWorld.open({ staff: { developmentLogin: true } })
    await deploySandbox(world)
    analyst = await comeAs(world, 'analyst')
    rso = await comeAs(world, 'rso')
  }, 240_000)
  afterAll(() => world?.[Symbol.asyncDispose]())

  it('say what will appear where nothing is yet, and what is not there', async () => {
    const { page } = analyst
    await page.goto('/reports')
    await page.getByText('Nothing is reported').waitFor()
    await page.goto('/reports?tab=cases')
    await page.getByText('Nothing must not come back yet').waitFor()
    const lost = await comeAs(world, 'analyst')
    await lost.page.goto('/reports/rep_nothing')
    await lost.page.getByText('There is nothing here').waitFor()
    await page.goto('/reports?show=nonsense&band=worst&who=%3Cscript%3E')
    await page.getByText('Nothing is reported').waitFor()
  })

  it('are walked by key, filtered by link, and read only when somebody asks', async () => {
    ids = await report(world)
    const { page } = analyst
    await page.goto('/reports')
    await page.getByText('3 open').waitFor()
    expect(await page.getByText('not assessed').count()).toBe(3)
    await page.goto('/reports?kind=safeguard_bypass')
    await expect.poll(() => page.locator('a[data-row]').count()).toBe(2)
    await page.keyboard.press('j')
    await page.keyboard.press('j')
    await page.keyboard.press('Enter')
    await page.getByRole('heading', { level: 1, name: /Way around a safeguard/ }).waitFor()
    await page.getByText('Sealed.').waitFor()
    expect(await page.getByText('voice of a character').count()).toBe(0)
    await page.getByRole('button', { name: 'Take it' }).click()
    await page.getByText('You have this').waitFor()
    await page.getByRole('button', { name: 'Keep clear' }).first().click()
    await page.getByText(HOSTILE).waitFor()
    await page.getByText('Wants to be thanked as Mara Quint').waitFor()
    expect(await page.evaluate(() => 'pwned' in window)).toBe(false)
    await page.getByLabel('Answer').fill('Thank you, we look into it.')
    await page.getByRole('button', { name: 'Send' }).click()
    await page.getByRole('list', { name: 'Conversation' }).getByText('Thank you, we look into it.').waitFor()
  })

  it('are tried with safeguards and without, and confirmed with what was measured', async () => {
    const { page } = analyst
    await page.goto(`/reports/${ids[0]}`)
    for (const [way, expected] of [
      ['with its safeguards', '0 of 3'],
      ['without its safeguards', '3 of 3'],
    ] as const) {
      await page.getByRole('button', { name: 'Try it' }).click()
      const dialog = page.getByRole('dialog')
      await dialog.getByText('sandbox-api').waitFor()
      await dialog.getByRole('combobox', { name: 'How' }).click()
      await page.getByRole('option', { name: way }).click()
      await dialog.getByLabel('Tries').fill('3')
      await dialog.getByRole('button', { name: 'Try 3 times' }).click()
      await page.getByText(expected, { exact: true }).waitFor({ timeout: 30_000 })
    }
    await page.getByRole('button', { name: /^2\s*harmful/ }).click()
    const dialog = page.getByRole('dialog')
    await dialog.getByText('the policy refuses the answer').waitFor()
    await dialog.getByRole('button', { name: 'Close', exact: true }).last().click()
    await page.getByRole('button', { name: 'Assess', exact: true }).click()
    await page.getByRole('combobox', { name: 'Uplift' }).click()
    await page.getByRole('option', { name: /^serious/ }).click()
    await page.getByText('100 × 0.65 × 1.00 ×').waitFor()
    await page.getByRole('button', { name: 'Confirm the report' }).click()
    await page.getByText('confirmed, not mended').first().waitFor()
    expect(analyst.complaints).toEqual([])
  })

  it('become regression cases that the policy is asked about, and take two people out of force', async () => {
    const { page } = analyst
    await page.getByRole('button', { name: 'Make one' }).click()
    await page.getByRole('button', { name: 'Make it' }).click()
    await page.getByRole('link', { name: 'The answer is withheld' }).waitFor()
    await world.running.app.disclosure.intake.triage.cases.catchUp()
    await page.goto('/reports?tab=cases')
    await page.getByText('the policy holds it').waitFor()
    await page.locator('a[data-row]').first().click()
    await page.getByRole('button', { name: 'Take it out of force' }).click()
    await page.getByLabel('Why it may come back').fill('the product is gone')
    await page.getByRole('button', { name: 'Ask for it' }).click()
    await page.getByText('It waits for a second person').waitFor()
  })

  it('are compared side by side, and closed as duplicates', async () => {
    const { page } = analyst
    await page.goto(`/reports/${ids[1]}`)
    await page.getByRole('button', { name: 'Side by side' }).click()
    const dialog = page.getByRole('dialog')
    const sealed = dialog.getByRole('button', { name: 'Keep clear' })
    for (const left of [1, 0]) {
      await sealed.first().click()
      await expect.poll(() => sealed.count()).toBe(left) // or the next click would meet the same one again
    }
    await expect.poll(() => dialog.getByText('voice of a character').count()).toBe(2)
    await dialog.getByRole('button', { name: 'Close the later one as a duplicate' }).click()
    await page.getByText('closed: duplicate').first().waitFor()
    expect(analyst.complaints).toEqual([])
  })

  it('are disclosed in step with others, and show who reads what they may do', async () => {
    const { page } = rso
    await page.goto(`/reports/${ids[0]}`)
    expect(await page.getByRole('button', { name: 'Take it over' }).count()).toBe(0)
    await page.getByRole('button', { name: 'Tell somebody' }).click()
    await page.getByLabel('Who').fill('Another provider')
    await page.getByRole('button', { name: 'Put on the list' }).click()
    await page.getByText('its name is sealed').waitFor()
    await page.getByRole('button', { name: 'They are told' }).click()
    await page.getByText('told', { exact: true }).waitFor()
    await page.getByRole('button', { name: 'Write it', exact: true }).click()
    await page.getByLabel('Title').fill('A way around')
    await page.getByLabel('Text', { exact: true }).fill('What was found and mended.')
    await page.getByRole('button', { name: 'Keep it as a draft' }).click()
    await page.getByText('a draft').waitFor()
    expect(await page.getByRole('button', { name: 'It is right' }).count()).toBe(0)
    await analyst.page.goto(`/reports/${ids[0]}`)
    await analyst.page.getByRole('button', { name: 'It is right' }).click()
    await analyst.page.getByRole('button', { name: 'Publish early' }).waitFor()
    expect(rso.complaints).toEqual([])
  })
})
