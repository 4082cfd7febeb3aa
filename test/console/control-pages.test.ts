import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { findChromium, type Visitor } from '../support/browser.ts'
import { faultsOf } from './axe.ts'
import { takePictures } from './pictures.ts'
import { ConsoleWorld, HOSTILE } from './world.ts'

const chromium = findChromium()
if (chromium === null)
  process.stderr.write(
    'SKIPPED: controls in the console in Chromium (install chromium, or name it in SAFELEVEL_CHROMIUM)\n',
  )

describe.skipIf(chromium === null)('controls in the console', { timeout: 120_000 }, () => {
  let world: ConsoleWorld
  let ada: Visitor
  /** Responsible Scaling Officer: answers for most of them. */
  let bo: Visitor

  const picture = ({ page }: Visitor, name: string) => takePictures(page, `controls-${name}`)

  beforeAll(async () => {
    world = await ConsoleWorld.open()
    ada = await world.firstAdministrator('Ada Okafor')
    bo = await world.invite(ada, 'Bo Lindqvist')
    await world.askForRole(ada, 'Bo Lindqvist', /Responsible Scaling/, 'Answers for the policy')
    await ada.page.getByText('is Responsible Scaling Officer now').waitFor()
    await world.running.app.controls.look()
  }, 300_000)
  afterAll(() => world?.[Symbol.asyncDispose]())

  it('are counted on one board, where nothing unknown is counted as held', async () => {
    const { page } = bo
    const board = await world.running.app.controls.board()
    await page.goto('/controls')
    await page.getByText(`${board.counts.holds} of ${board.counts.total} commitments of rsp-2.2 hold`).waitFor()
    expect(board.counts.unknown).toBeGreaterThan(0)
    expect(board.counts.holds).toBe(board.controls.filter((row) => row.inProfile && row.state === 'holds').length)
    await page
      .getByRole('region', { name: 'Deployment' })
      .getByRole('link', { name: /^DEP-15, / })
      .waitFor()
    await picture(bo, 'board')
    expect(await faultsOf(page, 'board')).toEqual([])
  })

  it('are filtered by the link, and walked by key', async () => {
    const { page } = bo
    await page.goto('/controls?family=DEP&state=holds')
    const rows = page.getByRole('table', { name: 'Controls' }).locator('tbody tr')
    await rows.first().waitFor()
    for (const row of await rows.allTextContents()) expect(row).toMatch(/^DEP-\d\dholds/)
    await page.getByRole('combobox', { name: 'State: holds' }).click()
    await page.getByRole('option', { name: 'fails', exact: true }).click()
    await page.waitForURL(/family=DEP&state=fails/)
    await page.goto('/controls?family=GOV')
    await rows.first().waitFor()
    await page.keyboard.press('j')
    await page.keyboard.press('Enter')
    await page.waitForURL(/\/controls\/GOV-\d\d$/)
  })

  it('show on what their state rests', async () => {
    const { page } = bo
    await page.goto('/controls/DEP-06')
    await page.getByRole('heading', { level: 1, name: /^DEP-06 / }).waitFor()
    await page.getByRole('heading', { name: 'Evidence' }).waitFor()
    await page.getByText('RSP 1.0', { exact: false }).first().waitFor()
    await picture(bo, 'control')
    expect(await faultsOf(page, 'control')).toEqual([])
  })

  it('are attested by who answers for them, and by nobody else', async () => {
    const { controls } = world.running.app
    const board = await controls.board()
    const tracked = board.controls.find((row) => row.mode === 'tracked' && row.owner === 'rso' && row.inProfile)
    if (tracked === undefined) throw new Error('no control is tracked by the RSO')
    expect(tracked.state).toBe('unknown')
    await ada.page.goto(`/controls/${tracked.id}`)
    await ada.page.getByText('Nobody has attested it.', { exact: false }).last().waitFor()
    expect(await ada.page.getByRole('button', { name: 'Attest' }).count()).toBe(0)
    const { page } = bo
    await page.goto(`/controls/${tracked.id}`)
    await page.getByRole('button', { name: 'Attest' }).click()
    const dialog = page.getByRole('dialog')
    await dialog.getByLabel('Statement').fill('Read by the whole team on Monday; the minutes name who was there')
    await dialog.getByLabel('Reference').fill('Minutes of 16 November')
    expect(await faultsOf(page, 'attest')).toEqual([])
    await picture(bo, 'attest')
    await dialog.getByRole('button', { name: 'Attest' }).click()
    await page.getByText(`${tracked.id} is attested`).waitFor()
    await page.getByText('Minutes of 16 November').waitFor()
    await page
      .getByText(/attested on \d{4}-/)
      .first()
      .waitFor()
    expect((await controls.view(tracked.id)).state).toBe('holds')
    await picture(bo, 'attested')
  })

  it('may fail for a time only where two people accept it, and go on showing as they are', async () => {
    const { controls } = world.running.app
    const { page } = bo
    const [{ id, state } = { id: '', state: 'unknown' }] = (await controls.board()).controls.filter(
      (row) => row.inProfile && row.state !== 'holds' && row.mode !== 'tracked',
    )
    await page.goto(`/controls/${id}`)
    await page.getByRole('button', { name: 'Ask for an exception' }).click()
    const dialog = page.getByRole('dialog')
    await dialog.getByLabel('Reason').fill('The first model card is being written')
    await dialog.getByLabel('Meanwhile').fill('Nobody outside is served')
    await dialog.getByRole('button', { name: 'Ask for it' }).click()
    await page.waitForURL(/\/approvals\/apr_/)
    await page.goto(`/controls/${id}`)
    await page.getByText('for an exception.').waitFor()
    const view = await controls.view(id)
    expect([view.state, view.exception]).toEqual([state, null])
    await picture(bo, 'asked')
  })

  it('share one calendar with every other clock', async () => {
    const { page } = bo
    await page.goto('/controls')
    await page.getByRole('link', { name: 'Calendar' }).click()
    await page.getByRole('heading', { level: 1, name: 'Calendar' }).waitFor()
    await page.getByText('attestation', { exact: true }).first().waitFor()
    await picture(bo, 'calendar')
    expect(await faultsOf(page, 'calendar')).toEqual([])
    const file = page.waitForEvent('download')
    await page.getByRole('link', { name: 'As a calendar file' }).click()
    expect((await file).suggestedFilename()).toBe('safelevel.ics')
    expect([...ada.complaints, ...bo.complaints]).toEqual([])
  })

  it('are reported on: compiled, written, signed, and received by those who open it', async () => {
    const { reports } = world.running.app.controlEvidence
    const cem = await world.invite(ada, 'Cem Aydın')
    await world.askForRole(ada, 'Cem Aydın', /^Board/, 'Elected in October')
    await ada.page.getByText('is Board now').waitFor()
    const { page } = bo
    await page.goto('/controls')
    await page.getByRole('main').getByRole('link', { name: 'Reports' }).click()
    await page.getByText('No report is compiled yet').waitFor()
    await page.getByRole('button', { name: 'Compile' }).click()
    await page.getByRole('combobox', { name: 'Report' }).click()
    await page.getByRole('option', { name: /^Board packet/ }).click()
    await picture(bo, 'report-compile')
    await page.getByRole('dialog').getByRole('button', { name: 'Compile' }).click()
    await page.getByText('People must still write: Summary, Decisions wanted.').waitFor()
    await page.getByRole('table', { name: 'By family' }).waitFor()
    const id = new URL(page.url()).pathname.slice('/controls/reports/'.length)
    expect(await page.getByRole('button', { name: 'Sign', exact: true }).isDisabled()).toBe(true)
    await page.getByRole('button', { name: 'Write Summary' }).click()
    await page.getByLabel('Summary').fill('Nine commitments hold. The others have owners.')
    await reports.write(id, 'summary', { text: 'All is well.', was: null }, { type: 'staff', id: 'per_somebody' })
    await page.getByRole('button', { name: 'Save', exact: true }).click()
    await page.getByText('wrote here meanwhile').waitFor()
    await page.getByText('All is well.').waitFor()
    await picture(bo, 'report-overtaken')
    expect(await faultsOf(page, 'report')).toEqual([])
    await page.getByRole('button', { name: 'Go on with mine' }).click()
    await page.getByRole('button', { name: 'Save', exact: true }).click()
    await page.getByText('Summary is saved').waitFor()
    await page.getByRole('button', { name: 'Write Decisions wanted' }).click()
    await page.getByLabel('Decisions wanted').fill(`Nothing is asked. ${HOSTILE}`)
    await page.getByRole('button', { name: 'Save', exact: true }).click()
    await page.getByText('Waits for a signature').waitFor()
    await page.getByRole('button', { name: 'Sign', exact: true }).click()
    await picture(bo, 'report-sign')
    await page.getByRole('dialog').getByRole('button', { name: 'Sign' }).click()
    await page.getByText('to be opened by Board.', { exact: false }).first().waitFor()
    expect(await reports.summary(id)).toMatchObject({ state: 'signed', waitsFor: ['board'], receipts: [] })
    await ada.page.goto(`/controls/reports/${id}`)
    await ada.page.getByText('What was signed is read by').waitFor()
    await cem.page.goto(`/controls/reports/${id}`)
    await cem.page.getByText('You are to receive it as Board.', { exact: false }).waitFor()
    await picture(cem, 'report-to-open')
    await cem.page.getByRole('button', { name: 'Open it' }).click()
    await cem.page.getByText('Nothing is asked.', { exact: false }).waitFor()
    await cem.page.getByText('each of those whom it is for has opened it', { exact: false }).waitFor()
    expect(await reports.summary(id)).toMatchObject({ state: 'delivered', receipts: [{ role: 'board' }] })
    const file = cem.page.waitForEvent('download')
    await cem.page.getByRole('button', { name: 'Markdown' }).click()
    expect((await file).suggestedFilename()).toMatch(/^board-\d{4}-q\d-edition-1\.md$/)
    await picture(cem, 'report-delivered')
    await page.goto('/controls/reports')
    await page.getByRole('table', { name: 'Reports' }).getByText('delivered').waitFor()
    await picture(bo, 'reports')
    expect(await page.evaluate(() => 'pwned' in window)).toBe(false)
    expect([...ada.complaints, ...bo.complaints, ...cem.complaints]).toEqual([])
  })

  it('have public reports, without what is redacted and with the reason', async () => {
    const { reports } = world.running.app.controlEvidence
    const { page } = bo
    const by = { type: 'operator', id: 'operator' } as const
    const { id, missing } = await reports.compile({ kind: 'safeguards' }, by)
    for (const section of missing)
      await reports.write(id, section, { text: `The red team of ${section} sits in room 4.`, was: null }, by)
    await page.goto(`/controls/reports/${id}`)
    await page.getByRole('button', { name: 'Redact Limits' }).click()
    const dialog = page.getByRole('dialog')
    await dialog.getByLabel('Passage').fill('room 5')
    await dialog.getByText('These words stand nowhere in the section.').waitFor()
    await dialog.getByLabel('Passage').fill('room 4')
    await dialog.getByLabel('Explanation').fill('Where people work')
    await picture(bo, 'report-redact')
    await dialog.getByRole('button', { name: 'Redact' }).click()
    await dialog.waitFor({ state: 'hidden' })
    await page.getByText('Where people work').waitFor()
    await page.getByRole('button', { name: 'Sign', exact: true }).click()
    await dialog.getByText('without what 1 redaction takes out', { exact: false }).waitFor()
    await dialog.getByRole('button', { name: 'Sign' }).click()
    await page.getByRole('link', { name: 'Public edition, HTML, opens beside this page' }).waitFor()
    await picture(bo, 'report-public')
    const shown = await page.request.get(`/api/v1/control-reports/${id}/public?format=markdown`)
    expect(await shown.text()).toContain('The red team of limits sits in [redacted: safety].')
    expect(bo.complaints).toEqual([])
  })
})
