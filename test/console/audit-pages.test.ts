import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { findChromium, type Visitor } from '../support/browser.ts'
import { faultsOf } from './axe.ts'
import { takePictures } from './pictures.ts'
import { ConsoleWorld, HOSTILE } from './world.ts'

const chromium = findChromium()
if (chromium === null)
  process.stderr.write(
    'SKIPPED: audits in the console in Chromium (install chromium, or name it in SAFELEVEL_CHROMIUM)\n',
  )

describe.skipIf(chromium === null)('audits in the console', { timeout: 120_000 }, () => {
  let world: ConsoleWorld
  /** CISO: answers for security. */
  let bo: Visitor
  let auditor: Visitor

  const picture = ({ page }: Visitor, name: string) => takePictures(page, `audit-${name}`)

  beforeAll(async () => {
    world = await ConsoleWorld.open()
    const ada = await world.firstAdministrator('Ada Okafor')
    bo = await world.invite(ada, 'Bo Lindqvist')
    await world.askForRole(ada, 'Bo Lindqvist', /^CISO/, 'Answers for security')
    await ada.page.getByText('is CISO now').waitFor()
    auditor = await world.invite(ada, 'Dilek Arslan')
    await world.askForRole(ada, 'Dilek Arslan', /^Auditor/, 'Engaged for this year')
    await ada.page.getByText('is Auditor now').waitFor()
    await world.running.app.controls.look()
  }, 300_000)
  afterAll(() => world?.[Symbol.asyncDispose]())

  it('ask for evidence, which who answers for it gives and the auditor judges', async () => {
    const { page } = auditor
    await page.goto('/audit')
    await page.getByText('Nobody has asked for evidence').waitFor()
    await page.getByRole('button', { name: 'Ask for evidence' }).click()
    const dialog = page.getByRole('dialog')
    await dialog.getByLabel('What', { exact: true }).fill('Report of the last penetration test')
    await dialog.getByLabel('In full').fill(`The whole of it. ${HOSTILE}`)
    await dialog.getByLabel('Control').fill('sec-27')
    await picture(auditor, 'ask')
    await dialog.getByRole('button', { name: 'Ask for it' }).click()
    await page.waitForURL(/\/audit\/requests\/aer_/)
    const path = new URL(page.url()).pathname
    expect(await page.getByRole('button', { name: 'Answer', exact: true }).count()).toBe(0)
    await bo.page.goto('/audit')
    await bo.page.getByRole('link', { name: 'Report of the last penetration test' }).click()
    await bo.page.getByRole('button', { name: 'Answer', exact: true }).click()
    const answering = bo.page.getByRole('dialog')
    await answering.getByLabel('Answer', { exact: true }).fill('Made in September; the file was handed over.')
    await answering.getByLabel('Entries of the ledger').fill('0')
    await answering
      .getByLabel('Documents')
      .setInputFiles({ name: 'report.pdf', mimeType: 'application/pdf', buffer: Buffer.from('%PDF') })
    await answering.getByText(/^report\.pdf: /).waitFor()
    expect(await faultsOf(bo.page, 'answer')).toEqual([])
    await picture(bo, 'answer')
    await answering.getByRole('button', { name: 'Answer' }).click()
    await bo.page.getByText('report.pdf, SHA-256').waitFor()
    expect(await bo.page.getByRole('button', { name: 'Accept' }).count()).toBe(0)
    await page.goto(path)
    await page.getByText('SEC-27 unknown then', { exact: false }).waitFor()
    await page.getByRole('button', { name: 'Accept' }).click()
    await dialog.getByRole('button', { name: 'Accept' }).click()
    await page.getByText('The answer is accepted').waitFor()
    await picture(auditor, 'request')
    expect(await faultsOf(page, 'request')).toEqual([])
    expect(await page.evaluate(() => 'pwned' in window)).toBe(false)
  })

  it('test a sample that nobody chose, entry by entry', async () => {
    const { page } = auditor
    await page.goto('/audit?tab=samples')
    await page.getByRole('button', { name: 'Order a sample' }).click()
    const dialog = page.getByRole('dialog')
    await dialog.getByLabel('What is tested').fill('Roles are given by two people')
    await dialog.getByRole('combobox', { name: 'Population' }).click()
    await page.getByRole('option', { name: /^Roles given and ended/ }).click()
    await picture(auditor, 'order')
    expect(await faultsOf(page, 'order')).toEqual([])
    await dialog.getByRole('button', { name: 'Order it' }).click()
    await page.getByRole('button', { name: 'Draw it' }).click()
    const rows = page.getByRole('table', { name: 'Entries of the sample' }).locator('tbody tr')
    await rows.first().waitFor()
    const drawn = await rows.count()
    expect(drawn).toBeGreaterThan(1)
    await rows
      .first()
      .getByRole('button', { name: /exception$/ })
      .click()
    await dialog.getByLabel('What is wrong').fill('Given while the house was set up, by one')
    await dialog.getByRole('button', { name: 'Say so' }).click()
    await rows.first().getByText('Given while the house was set up').waitFor()
    for (let i = 1; i < drawn; i += 1) {
      await rows
        .nth(i)
        .getByRole('button', { name: /is ok$/ })
        .click()
      await rows.nth(i).getByText('ok', { exact: true }).waitFor()
    }
    await picture(auditor, 'sample')
    expect(await faultsOf(page, 'sample')).toEqual([])
    await page.getByRole('button', { name: 'Conclude' }).click()
    await dialog.getByLabel('Conclusion').fill('One role of the first day had one person behind it.')
    await dialog.getByRole('button', { name: 'Conclude' }).click()
    await page.getByText('The sample is concluded').waitFor()
    await page.getByText('does not support that fewer than 5 % deviate').waitFor()
    const [sample] = await world.running.app.audit.samples.list()
    expect(sample).toMatchObject({ state: 'closed', by: { type: 'staff' }, commitment: expect.any(String) })
    const file = page.waitForEvent('download')
    await page.getByRole('button', { name: 'With proofs, as a file' }).click()
    expect((await file).suggestedFilename()).toBe(`${sample?.id}.zip`)
    await page.goto('/audit?tab=samples')
    await page.getByRole('link', { name: 'Roles are given by two people' }).waitFor()
    await picture(auditor, 'samples')
  })

  it('read what other regimes ask for, and what is not covered', async () => {
    const { page } = auditor
    await page.goto('/audit?tab=criteria')
    const rows = page.getByRole('table', { name: 'Criteria of SOC 2' }).locator('tbody tr')
    await rows.first().waitFor()
    expect(await rows.filter({ hasText: /^CC9\.1/ }).textContent()).toContain('not covered')
    await rows
      .filter({ hasText: /^CC6\.2/ })
      .getByRole('link', { name: /^SEC-14/ })
      .first()
      .waitFor()
    await picture(auditor, 'criteria')
    expect(await faultsOf(page, 'criteria')).toEqual([])
    await page.getByRole('combobox', { name: 'Regime: SOC 2' }).click()
    await page.getByRole('option', { name: 'ISO/IEC 42001' }).click()
    await page.waitForURL(/regime=iso-42001/)
    expect([...auditor.complaints, ...bo.complaints]).toEqual([])
  })
})
