import { mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import { join } from 'node:path'
import type { AxeResults } from 'axe-core'
import type { Browser, Page } from 'playwright-core'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { findChromium, launchChromium, Visitor } from '../support/browser.ts'
import { type RunningApp, startApp } from '../support/running-app.ts'

const chromium = findChromium()
if (chromium === null) process.stderr.write('SKIPPED: the report form in Chromium (install chromium)\n')
const AXE = readFileSync(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8')
const PICTURES = process.env.SAFELEVEL_PICTURES
const PHONE = { width: 390, height: 844 }
const STAFF = { type: 'staff', id: 'per_1' } as const
/** What a person needs before the form counts them as one. */
const AS_A_PERSON_MS = 3_100

describe.skipIf(chromium === null)('a researcher with something to report', () => {
  const resources = new AsyncDisposableStack()
  let browser: Browser
  let running: RunningApp

  beforeAll(async () => {
    running = resources.use(
      await startApp({
        config: {
          organisation: { name: 'Orca Research', securityContact: 'mailto:security@orca.example' },
          intake: { reportsPerHour: 1_000 },
        },
      }),
    )
    browser = resources.adopt(await launchChromium(), (b) => b.close())
  })
  afterAll(() => resources.disposeAsync())

  const visit = async (path: string, options: Parameters<Browser['newContext']>[0] = {}) => {
    const visitor = resources.use(await Visitor.arrive(browser, { baseURL: running.url, ...options }))
    await visitor.page.goto(path)
    return visitor
  }
  const picture = async (page: Page, name: string) => {
    if (PICTURES === undefined) return
    mkdirSync(PICTURES, { recursive: true })
    for (const colorScheme of ['light', 'dark'] as const) {
      await page.emulateMedia({ colorScheme })
      await page.screenshot({ path: `${PICTURES}/${name}-${colorScheme}.png`, fullPage: true })
    }
    await page.emulateMedia({ colorScheme: 'light' })
  }
  const codeOn = async (page: Page) => (await page.locator('code.code').textContent()) ?? ''
  const reports = () => running.app.disclosure.intake.reports

  it('files it from the home page with the keyboard alone, in under two minutes, and follows it', async () => {
    const { page, complaints } = await visit('/')
    const startedMs = performance.now()
    const press = async (key: string, times = 1) => {
      for (let n = 0; n < times; n++) await page.keyboard.press(key)
    }
    const tabTo = async (selector: string) => {
      for (let n = 0; n < 60; n++) {
        if (await page.evaluate((wanted) => document.activeElement?.matches(wanted) === true, selector)) return
        await page.keyboard.press('Tab')
      }
      throw new Error(`the keyboard never comes to ${selector}`)
    }
    await tabTo('a[href="/report"]')
    await press('Enter')
    await page.waitForURL('**/report')
    await tabTo('#kind-harmful_output')
    await press('ArrowDown')
    await page.keyboard.press('Tab')
    await page.keyboard.type('With a few words before the question it answers everything.', { delay: 60 })
    await tabTo('button[type=submit]')
    await press('Enter')
    await page.getByRole('heading', { name: 'Received. Thank you.' }).waitFor()
    const seconds = (performance.now() - startedMs) / 1_000
    process.stderr.write(`from the home page to the receipt by keyboard: ${seconds.toFixed(1)} s\n`)
    expect(seconds).toBeLessThan(120)
    const code = await codeOn(page)
    await tabTo('button[type=submit]')
    await press('Enter')
    await page.getByText('Received, not looked into yet').waitFor()
    const [report] = (await reports().list({ limit: 1 })).items
    expect(report).toMatchObject({ kind: 'safeguard_bypass', channel: 'form' })
    await reports().answer(report?.id ?? '', 'Thank you. Which model was it?', STAFF)

    const later = await visit('/report/status')
    await later.page.keyboard.press('Tab')
    await later.page.locator('#code').fill(code.toLowerCase())
    await later.page.keyboard.press('Enter')
    await later.page.getByText('Which model was it?').waitFor()
    await later.page.locator('#text').fill('orca-2, yesterday.')
    await later.page.getByRole('button', { name: 'Send', exact: true }).click()
    await later.page.getByText('orca-2, yesterday.').waitFor()
    expect(new URL(later.page.url()).search).toBe('')
    await picture(later.page, 'report-status')
    expect([...complaints, ...later.complaints]).toEqual([])
  })

  it('needs no script, on a phone, with a file and all the rest', async () => {
    const { page } = await visit('/report', { javaScriptEnabled: false, viewport: PHONE })
    await picture(page, 'report-phone')
    await page.getByLabel('A harmful answer').check()
    await page.getByLabel('What happened?').fill('It told me more than it should.')
    for (const summary of await page.locator('summary').all()) await summary.click()
    await page.getByLabel('Prompt, turn by turn').fill('User: hello')
    await page.getByLabel('Model', { exact: true }).fill('scripted')
    await page.getByLabel('What it is about').selectOption('cyber_operations')
    await page
      .getByLabel('File 1')
      .setInputFiles({ name: 'log.txt', mimeType: 'text/html', buffer: Buffer.from('a log') })
    await page.getByLabel('Name to thank in public').fill('Zoë')
    await picture(page, 'report-open-phone')
    expect(await page.evaluate('document.documentElement.scrollWidth')).toBeLessThanOrEqual(PHONE.width)
    await page.waitForTimeout(AS_A_PERSON_MS)
    await page.getByRole('button', { name: 'Send the report' }).click()
    await page.locator('code.code').waitFor()
    await picture(page, 'report-received-phone')
    const [report] = (await reports().list({ limit: 1 })).items
    expect(report).toMatchObject({ category: 'cyber_operations', files: [{ type: 'text' }], anonymous: true })
  })

  it('is told what is wrong, and keeps what they typed', async () => {
    const { page } = await visit('/report')
    await page.getByLabel('A security hole').check()
    await page.getByLabel('What happened?').fill('See the drawing.')
    await page.getByText('Files', { exact: false }).first().click()
    await page
      .getByLabel('File 1')
      .setInputFiles({ name: 'a.png', mimeType: 'image/png', buffer: Buffer.from('<svg onload="alert(1)">') })
    await page.waitForTimeout(AS_A_PERSON_MS)
    await page.getByRole('button', { name: 'Send the report' }).click()
    await page.getByRole('alert').waitFor()
    expect(await page.getByRole('alert').textContent()).toContain('SVG')
    expect(await page.getByLabel('What happened?').inputValue()).toBe('See the drawing.')
    expect(await page.getByLabel('A security hole').isChecked()).toBe(true)
    await picture(page, 'report-refused')
  })

  it('sees the refusal of a file that is much too large', async () => {
    const { page } = await visit('/report')
    await page.getByLabel('Something else').check()
    await page.getByLabel('What happened?').fill('A long log.')
    const large = join(running.dataDir, 'large.txt')
    writeFileSync(large, Buffer.alloc(20_000_000, 'a'))
    await page.getByText('Files', { exact: false }).first().click()
    await page.getByLabel('File 1').setInputFiles(large)
    await page.waitForTimeout(AS_A_PERSON_MS)
    await page.getByRole('button', { name: 'Send the report' }).click()
    await page.getByRole('alert').waitFor()
    expect(await page.getByRole('alert').textContent()).toContain('larger than 5 MiB')
  })

  it('can withdraw it', async () => {
    const sent = await reports().submit(
      {
        kind: 'other',
        story: 'Please forget this.',
        category: null,
        decision: null,
        model: null,
        steps: null,
        output: null,
        contact: null,
        credit: null,
      },
      [],
      { channel: 'form', by: { type: 'anonymous', id: '-' }, organisationId: null, showing: null },
    )
    const { page } = await visit('/report/status')
    await page.locator('#code').fill(sent.code ?? '')
    await page.getByRole('button', { name: 'Show where it stands' }).click()
    await page.getByText('Withdraw this report').click()
    await picture(page, 'report-withdraw')
    await page.getByLabel('Erase what I sent').check()
    await page.getByRole('button', { name: 'Withdraw', exact: true }).click()
    await page.getByText('Withdrawn by you').waitFor()
    expect(await page.content()).not.toContain('Please forget this.')
  })

  it.each(['/report', '/report/status', '/report/keys', '/report/policy'])(
    'finds %s accessible, light and dark',
    async (path) => {
      const { page } = await visit(path)
      for (const details of await page.locator('summary').all()) await details.click()
      for (const colorScheme of ['light', 'dark'] as const) {
        await page.emulateMedia({ colorScheme })
        await page.evaluate(AXE)
        const { violations } = await page.evaluate<AxeResults>('axe.run()')
        expect(violations.map(({ id, nodes }) => [id, nodes.map(({ html }) => html)])).toEqual([])
      }
      await picture(page, `page${path.replaceAll('/', '-')}`)
      await page.setViewportSize(PHONE)
      await picture(page, `page${path.replaceAll('/', '-')}-phone`)
    },
  )
})
