import { mkdirSync } from 'node:fs'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { findChromium, type Visitor } from '../support/browser.ts'
import { faultsOf } from './axe.ts'
import { ConsoleWorld } from './world.ts'

const chromium = findChromium()
if (chromium === null)
  process.stderr.write(
    'SKIPPED: controls in the console in Chromium (install chromium, or name it in SAFELEVEL_CHROMIUM)\n',
  )

/** SAFELEVEL_PICTURES=folder: leaves pictures of what is seen, to be looked at. */
const PICTURES = process.env.SAFELEVEL_PICTURES

describe.skipIf(chromium === null)('controls in the console', { timeout: 120_000 }, () => {
  let world: ConsoleWorld
  let ada: Visitor
  /** Responsible Scaling Officer: answers for most of them. */
  let bo: Visitor

  const picture = async ({ page }: Visitor, name: string) => {
    if (PICTURES === undefined) return
    mkdirSync(PICTURES, { recursive: true })
    await page.waitForLoadState('networkidle')
    await page.screenshot({ path: `${PICTURES}/controls-${name}.png`, fullPage: true })
    await page.setViewportSize({ width: 390, height: 844 })
    await page.emulateMedia({ colorScheme: 'dark' })
    await page.screenshot({ path: `${PICTURES}/controls-${name}-phone.png`, fullPage: true })
    await page.emulateMedia({ colorScheme: 'light' })
    await page.setViewportSize({ width: 1280, height: 800 })
  }

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
    await page.getByText(/attested on \d{4}-/).first().waitFor()
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
})
