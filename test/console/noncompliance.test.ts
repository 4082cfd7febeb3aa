import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { findChromium, type Visitor } from '../support/browser.ts'
import { faultsOf } from './axe.ts'
import { takePictures } from './pictures.ts'
import { comeAs } from './queue-world.ts'
import { ConsoleWorld, HOSTILE } from './world.ts'

const chromium = findChromium()
if (chromium === null)
  process.stderr.write('SKIPPED: noncompliance in Chromium (install chromium, or name it in SAFELEVEL_CHROMIUM)\n')

const STORY = `The March evaluation was signed before it had run. ${HOSTILE}`

describe.skipIf(chromium === null)('noncompliance in a browser', () => {
  let world: ConsoleWorld
  let staff: Visitor
  let board: Visitor
  let officer: Visitor
  let code = ''

  const picture = ({ page }: Visitor, name: string) => takePictures(page, name)

  beforeAll(async () => {
    world = await ConsoleWorld.open({ staff: { developmentLogin: true } })
    staff = await world.arrive({ javaScriptEnabled: true })
    board = await comeAs(world, 'board')
    officer = await comeAs(world, 'rso')
  }, 120_000)
  afterAll(() => world?.[Symbol.asyncDispose]())

  it('is reported from the sign-in page by keyboard, kept when it is not taken, and answered with a code', async () => {
    const { page } = staff
    await page.goto('/login')
    await page.getByRole('link', { name: 'Report it' }).click()
    await page.getByRole('heading', { level: 1 }).waitFor()
    await picture(staff, 'speak-up')
    expect(await faultsOf(page, 'speak-up')).toEqual([])
    await page.getByLabel('An evaluation was skipped').focus()
    await page.keyboard.press('Space')
    await page.getByLabel('What happened?').fill(STORY)
    await page.getByRole('group', { name: 'Whom is it about' }).getByLabel('Responsible Scaling Officer').check()
    const readers = page.getByRole('group', { name: 'Who should read it?' })
    await readers.getByLabel('Board (outside)').uncheck()
    await readers.getByLabel('Chief executive').check()
    await page.keyboard.press('Enter')
    await page.getByRole('alert').waitFor()
    expect(await page.getByRole('alert').textContent()).toContain('Choose the board too')
    expect(await page.getByLabel('What happened?').inputValue()).toBe(STORY)
    await picture(staff, 'speak-up-problem')
    await readers.getByLabel('Board (outside)').check()
    await page.getByRole('button', { name: 'Send' }).click()
    await page.getByRole('heading', { name: 'Received' }).waitFor()
    code = (await page.locator('.receipt code').textContent()) ?? ''
    await picture(staff, 'speak-up-receipt')
    expect(await faultsOf(page, 'receipt')).toEqual([])
  })

  it('is not there for the officer whom it is about', async () => {
    const { page } = officer
    await page.goto('/noncompliance')
    await page.getByText('Nobody has reported anything to you').waitFor()
    await picture(officer, 'concerns-empty')
  })

  it('is read, answered and corrected by the board', async () => {
    const { page } = board
    await page.goto('/noncompliance')
    await page.getByRole('link', { name: 'an evaluation' }).waitFor()
    await picture(board, 'concerns')
    await page.getByRole('link', { name: 'an evaluation' }).click()
    await page.getByText('Sealed.').waitFor()
    await page.getByRole('button', { name: 'Read it' }).click()
    await page.getByText('The March evaluation was signed').waitFor()
    expect(await page.evaluate(() => 'pwned' in window)).toBe(false)
    await page.getByRole('button', { name: 'Look into it' }).click()
    await page.getByText('looked into').first().waitFor()
    await page.getByLabel('Answer').fill('Which run do you mean?')
    await page.getByRole('button', { name: 'Send it' }).click()
    await page.getByText('From us').waitFor()
    await page.getByRole('button', { name: 'Set one' }).click()
    await page.getByLabel('What is corrected').fill('Run it again, with a witness')
    await page.getByLabel('Until').fill('2030-01-31')
    await page.getByRole('button', { name: 'Set it' }).click()
    await page.getByRole('listitem').filter({ hasText: 'Run it again, with a witness' }).waitFor()
    await page.getByLabel('What its writer is told').fill('It has run now.')
    await page.getByRole('button', { name: 'Propose it' }).click()
    await page.getByText('1 corrective action is not done').waitFor()
    expect(await page.getByLabel('What its writer is told').inputValue()).toBe('It has run now.')
    await picture(board, 'concern')
    expect(await faultsOf(page, 'concern')).toEqual([])
    await page.getByRole('button', { name: 'It is done' }).click()
    await page.getByText('done', { exact: true }).waitFor()
    await page.getByRole('button', { name: 'Propose it' }).click()
    await page.getByText('Another person must agree.').waitFor()
  })

  it('is closed by a second person, and followed by its code', async () => {
    const other = await comeAs(world, 'ceo')
    const { page } = other
    await page.goto('/noncompliance')
    await page.getByRole('link', { name: 'an evaluation' }).click()
    await page.getByRole('button', { name: 'Agree, and close it' }).click()
    await page.getByRole('heading', { name: 'Closed' }).waitFor()
    await page.goto('/noncompliance/digest')
    await page.getByText('Received, by topic').waitFor()
    await picture(other, 'digest')
    expect(await faultsOf(page, 'digest')).toEqual([])
    await staff.page.goto('/speak-up/follow')
    await staff.page.getByLabel('The code').fill(code.toLowerCase())
    await staff.page.getByRole('button', { name: 'Show it' }).click()
    await staff.page.getByText('It has run now.').waitFor()
    await staff.page.getByText('Which run do you mean?').waitFor()
    await picture(staff, 'speak-up-status')
    expect(await faultsOf(staff.page, 'status')).toEqual([])
  })
})
