import type { Page } from 'playwright-core'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { findChromium, type Visitor } from '../support/browser.ts'
import { ask, customersOf, importTries, MODELS_CONFIG } from './models-world.ts'
import { comeAs } from './queue-world.ts'
import { ConsoleWorld, HOSTILE } from './world.ts'

const chromium = findChromium()
if (chromium === null)
  process.stderr.write('SKIPPED: the models in Chromium (install chromium, or name it in SAFELEVEL_CHROMIUM)\n')

const SUITE = { suite: 'autonomy-1', domain: 'autonomy', threshold: 'AI-RD-4', rule: { kind: 'autonomy' }, tasks: 4 }
const THREAT = {
  ...{ threat: 'self-replication', domain: 'autonomy', threshold: 'AI-RD-4', suites: ['autonomy-1'] },
  actor: 'the model itself, with tools',
  capability: `sets up a copy of itself ${HOSTILE}`,
  baseline: 'scripts that people write for it',
}

describe.skipIf(chromium === null)('models in the console', () => {
  let world: ConsoleWorld
  let rso: Visitor
  let ceo: Visitor
  let reader: Visitor

  const asOperator = async (path: string, body: unknown) => {
    const { controlUrl, app } = world.running
    const response = await fetch(`${controlUrl}/api/v1${path}`, {
      method: 'POST',
      headers: { authorization: `Bearer ${app.operatorToken}`, 'content-type': 'application/json' },
      body: JSON.stringify(body),
    })
    const answer = await response.json()
    if (!response.ok) throw new Error(`${path}: ${response.status} ${JSON.stringify(answer)}`)
    return answer
  }
  const record = (model: string, checkpoint: string, flops: number) =>
    asOperator('/checkpoints', { model, checkpoint, flops })
  const heading = (page: Page, name: string | RegExp) => page.getByRole('heading', { level: 1, name }).waitFor()
  /** By the second of two people, with their key. */
  const agree = async (by: Visitor, path: string) => {
    await by.page.goto(path)
    await by.page.getByRole('button', { name: 'Agree with your key' }).click()
    await by.page.getByText('You agreed').waitFor()
    await by.page.getByText('carried out').first().waitFor()
  }
  const pathOf = ({ page }: Visitor) => new URL(page.url()).pathname

  beforeAll(async () => {
    world = await ConsoleWorld.open({ ...MODELS_CONFIG, staff: { developmentLogin: true } })
    const ada = await world.firstAdministrator('Ada Okafor')
    rso = await world.invite(ada, 'Bo Lindqvist')
    await world.askForRole(ada, 'Bo Lindqvist', /Responsible Scaling/, 'Answers for the policy')
    await ada.page.getByText('is Responsible Scaling Officer now').waitFor()
    ceo = await world.invite(ada, 'Cleo Marsh')
    await world.askForRole(ada, 'Cleo Marsh', /^CEO/, 'Runs the company')
    await ada.page.getByText('is CEO now').waitFor()
    reader = await comeAs(world, 'auditor')
  }, 240_000)
  afterAll(() => world?.[Symbol.asyncDispose]())

  it('say what to run where nothing is yet', async () => {
    const { page } = reader
    for (const [path, command] of [
      ['/scaling', 'safelevel checkpoint record --model'],
      ['/scaling?tab=assessments', 'safelevel eval open --checkpoint'],
      ['/incidents', 'safelevel response halt --model'],
      ['/incidents?tab=drills', 'safelevel response drill --model'],
      ['/releases', 'safelevel release declare'],
    ] as const) {
      await page.goto(path)
      await page.getByText(command).first().waitFor()
    }
    expect(reader.complaints).toEqual([])
    const lost = await comeAs(world, 'analyst')
    for (const path of ['/scaling/models/nobody', '/incidents/cases/nonsense/x', '/releases/nothing']) {
      await lost.page.goto(path)
      await lost.page.getByText('There is nothing here').waitFor()
    }
  })

  it('show the worst first, and draw compute with a table behind it that keys reach', async () => {
    await record('borea', 'b1', 1e24)
    await record('atlas', 'c1', 1e24)
    await record('atlas', 'c2', 5.2e24)
    await asOperator('/runs', { model: 'borea', run: 'r2', parent: 'borea/b1', plannedFlops: 9e24 })
    const { page } = reader
    await page.goto('/scaling')
    await page.getByText('1 due of 2 model lines').waitFor()
    expect(await page.locator('a[data-row]').allTextContents()).toEqual(['atlas', 'borea'])
    await page.getByText('due now').waitFor()
    await page.getByText('safelevel eval open --checkpoint atlas/c2 --suite SUITE').waitFor()
    await page.keyboard.press('j')
    await page.keyboard.press('Enter')
    await heading(page, 'atlas')
    await page.getByText('4× evaluate').waitFor()
    await page.getByText('6× pause').waitFor()
    await page.getByText('a baseline that nobody has evaluated').waitFor()
    const asTable = page.getByRole('button', { name: 'Table' })
    await asTable.focus()
    await page.keyboard.press('Enter')
    await page.getByRole('row', { name: /atlas\/c2 .* 5\.20e24 5\.2× 5\.2× not assessed/ }).waitFor()
    await page.goto('/scaling/models/borea')
    const planned = page.getByRole('row', { name: /r2 9\.00e24 9× pause/ })
    await planned.waitFor()
    await page.locator('figcaption').getByText('1 planned run ends beyond what may be trained now').waitFor()
    // Who may only read is offered nothing to do.
    expect(await page.getByRole('button', { name: 'Open an assessment' }).count()).toBe(0)
    expect(reader.complaints).toEqual([])
  })

  it('lead from an assessment to a decision of two, and from the board’s receipt to what is counted from', {
    timeout: 180_000,
  }, async () => {
    await asOperator('/evaluations/suites', SUITE)
    await asOperator('/evaluations/threats', THREAT)
    const { page } = rso
    await page.goto('/scaling/models/atlas')
    await page.getByRole('button', { name: 'Open an assessment' }).click()
    await page.getByLabel('autonomy-1').check()
    await page.getByRole('button', { name: 'Open it' }).click()
    await heading(page, 'Assessment of atlas/c2')
    const id = pathOf(rso).split('/').at(-1) ?? ''
    await page.getByText('No results yet').waitFor()
    await page.getByText(HOSTILE).waitFor()
    expect(await page.evaluate(() => 'pwned' in window)).toBe(false)

    const { app } = world.running
    await importTries(app, id, { suite: 'autonomy-1', snapshot: 'helpful-only', passing: 1, clock: app.clock })
    await page.getByText('tasks: 1 passed, 3 failed, 0 incomplete').waitFor({ timeout: 20_000 })
    await page.getByText('INCONCLUSIVE').first().waitFor()
    await page.getByText('Nobody checked whether tasks were memorised.').waitFor()
    await page.getByRole('button', { name: 'Answer for it: autonomy-1' }).click()
    const dialog = page.getByRole('dialog')
    for (const step of [
      'chain of thought',
      'best of N',
      'tools',
      'scaffold',
      'fine-tuned for it',
      'helpful-only variant',
    ]) {
      await dialog.getByRole('combobox', { name: step }).click()
      await page
        .getByRole('option', { name: step === 'tools' ? 'cannot raise the result' : 'done', exact: true })
        .click()
    }
    await dialog.getByLabel('Failed transcripts that a person read').fill('30')
    await dialog.getByLabel('Right answers that the grader was tried on').fill('20')
    await dialog.getByLabel('of which it recognised').fill('20')
    await dialog.getByLabel('Somebody checked whether tasks were memorised').check()
    await dialog.getByRole('button', { name: 'Answer for it' }).click()
    await page.getByText('You answer for it now').waitFor()
    const showing = page.getByRole('dialog', { name: /^Showing/ })
    for (const title of ['Threat models', 'Evaluations', 'Elicitation', 'Forecast']) {
      await page.getByRole('button', { name: `Make it: ${title}` }).click()
      await showing.getByLabel('The case').fill(`${title}, made plain.`)
      await showing.getByRole('button', { name: 'Make it' }).click()
      await showing.waitFor({ state: 'detached' })
    }
    await page.getByText('Nothing is missing for BELOW').waitFor()
    await page.getByRole('button', { name: 'Conclude' }).click()
    await page.getByRole('button', { name: 'Conclude as BELOW' }).click()
    await page.getByText('as concluded').waitFor()

    const [report] = await Promise.all([
      rso.context.waitForEvent('page'),
      page.getByRole('link', { name: 'Report, opens beside this page' }).click(),
    ])
    await report.getByRole('heading', { level: 1, name: 'Capability report: atlas/c2' }).waitFor()
    expect(await report.evaluate(() => getComputedStyle(document.body).maxWidth)).not.toBe('none')
    await report.close()

    await page.getByRole('link', { name: 'Decision room' }).click()
    await heading(page, 'Decision on atlas/c2')
    await page.getByText('waits for both').waitFor()
    await page.getByRole('button', { name: 'Propose that it is cleared' }).click()
    await page.getByLabel('Reason').fill('Well below the line, and elicited properly')
    await page.getByRole('button', { name: 'Propose it' }).click()
    await heading(page, 'Clear an assessment')
    await agree(ceo, pathOf(rso))
    await page.goto(`/scaling/assessments/${id}/decision`)
    await page.getByText('Bo Lindqvist and Cleo Marsh').waitFor()
    await page.getByRole('button', { name: 'Record the receipt' }).first().click()
    await page.getByLabel('Where the receipt is on record').fill('Minutes, item 4')
    await page.getByRole('button', { name: 'Record it' }).click()
    await page.getByText('what is counted from now on').waitFor()
    await page.goto('/scaling/models/atlas')
    await page.getByText(/^atlas\/c2, \d{4}-/).waitFor()
    expect([...rso.complaints, ...ceo.complaints]).toEqual([])
  })

  it('halt in one action that says first whom it reaches; tasks, orders and clocks follow', async () => {
    const surfaces = [
      { kind: 'api', name: 'api', gatewayModels: ['borea-api'] },
      { kind: 'partner', name: 'skyline-cloud' },
    ]
    await asOperator('/deployments', { deployment: 'borea-api', checkpoint: 'borea/b1', surfaces })
    await customersOf(world, 'borea-api')
    const { page } = rso
    await page.goto('/incidents')
    await page.getByRole('button', { name: 'Halt new customers' }).click()
    const dialog = page.getByRole('dialog')
    const halt = dialog.getByRole('button', { name: /^Halt/ })
    await dialog.getByLabel('Reason').fill(HOSTILE)
    // Nothing is chosen beforehand.
    expect(await halt.isDisabled()).toBe(true)
    await dialog.getByRole('combobox', { name: 'Model' }).click()
    await page.getByRole('option', { name: /^borea a model line/ }).click()
    await dialog.getByText('3 organisations that use it go on being served').waitFor()
    await dialog.getByText('skyline-cloud: an order to halt').waitFor()
    await halt.click()
    await heading(page, 'borea halted')
    const { url, key } = world.running
    expect(await ask(url, key, 'borea-api')).toBe(403)
    await page.getByText(`“${HOSTILE}”`).first().waitFor()
    expect(await page.evaluate(() => 'pwned' in window)).toBe(false)
    await page.getByText('SB 53').first().waitFor()
    await page
      .getByText(/2[34] h( \d+ min)? left|1 d left/)
      .first()
      .waitFor()
    await page.getByRole('button', { name: 'Give it to another' }).click()
    await page.getByRole('combobox', { name: 'Owner' }).click()
    await page.getByRole('option', { name: 'Cleo Marsh' }).click()
    await page.getByRole('button', { name: 'Give it to them' }).click()
    await page.getByText('The task has an owner').waitFor()
    await page.getByRole('link', { name: 'Cleo Marsh' }).waitFor()
    await page.getByRole('button', { name: 'Record the answer' }).click()
    await page.getByLabel('Where their answer is on record').fill('Mail of today')
    await page.getByRole('dialog').getByRole('button', { name: 'Record the answer' }).click()
    await page.getByText('acknowledged', { exact: true }).waitFor()

    await page.getByRole('link', { name: 'borea-api' }).first().click()
    await heading(page, 'Deployment borea-api')
    await page.getByRole('button', { name: '2d: safety emergency' }).click()
    await page.getByRole('combobox', { name: 'cyber operations' }).click()
    await page.getByRole('option', { name: 'closed: refused' }).click()
    await page.getByRole('dialog').getByLabel('Reason').fill('It was used for that')
    await page.getByRole('button', { name: 'Declare the emergency' }).click()
    await page.getByText('cyber operations: refused from 0.2 on').waitFor()
    await page.locator('figcaption').getByText('It stands at “2d: restricted”').waitFor()
    // Nothing lets new customers in again from here without evidence.
    expect(await page.getByRole('button', { name: /reopen/i }).count()).toBe(0)
    expect(rso.complaints).toEqual([])
  })

  it('let one person stop training and two let it go on', async () => {
    const { page } = rso
    await page.goto('/incidents/cases/training/atlas')
    await page.getByRole('button', { name: 'Pause', exact: true }).click()
    await page.getByRole('dialog').getByLabel('Reason').fill('Loss fell too fast')
    await page.getByRole('dialog').getByRole('button', { name: 'Do it' }).click()
    await page.getByText('no segment is trained').first().waitFor()
    expect(await page.getByRole('button', { name: 'Ask for it: lift the pause' }).count()).toBe(0)
    await page.getByRole('button', { name: 'Put it on the case' }).first().click()
    await page.getByLabel('Where it is on record').fill('Report 17')
    await page.getByRole('dialog').getByRole('button', { name: 'Put it on the case' }).click()
    await page.getByRole('button', { name: 'Ask for it: lift the pause' }).click()
    await page
      .getByRole('dialog')
      .getByLabel(/^Reason/)
      .fill('It was the learning rate')
    await page.getByRole('dialog').getByRole('button', { name: 'Ask for it' }).click()
    await heading(page, 'Take a step')
    await page.getByText('You asked for this; somebody else decides.').waitFor()
    const request = pathOf(rso)
    await page.goto('/incidents/cases/training/atlas')
    await page.getByText('Read and sign').waitFor()
    await page.getByText('Paused').first().waitFor()
    await agree(ceo, request)
    await page.goto('/incidents/cases/training/atlas')
    await page.getByText('Bo Lindqvist and Cleo Marsh').waitFor()
    await page.getByRole('button', { name: '2c: lock the weights' }).click()
    await page.getByRole('dialog').getByLabel('Reason').fill('They turned up elsewhere')
    await page.getByRole('dialog').getByRole('button', { name: 'Do it' }).click()
    await page.getByText('the vault here gives out no byte of a model that is locked').waitFor()
    expect(await world.running.app.modelRooms.response.isLocked('atlas')).toBe(true)
    expect([...rso.complaints, ...ceo.complaints]).toEqual([])
  })

  it('mark drills so that nobody takes them for real', async () => {
    const { page } = rso
    await page.goto('/incidents?tab=drills')
    await page.getByRole('button', { name: 'Rehearse', exact: true }).click()
    await page.getByRole('dialog').getByText('DRILL', { exact: true }).waitFor()
    await page.getByRole('dialog').getByRole('combobox', { name: 'Model' }).click()
    await page.getByRole('option', { name: /^atlas-api/ }).click()
    await page.getByRole('dialog').getByLabel('Reason').fill('Quarterly')
    await page.getByRole('button', { name: 'Begin the drill' }).click()
    await heading(page, 'Drill: atlas-api')
    await page.getByText('DRILL', { exact: true }).waitFor()
    const { url, key } = world.running
    expect(await ask(url, key, 'atlas-api')).toBe(200)
    expect(rso.complaints).toEqual([])
  })

  it('show what a release lacks, and an exception of two in red', async () => {
    const surfaces = [{ kind: 'api', name: 'api', gatewayModels: ['atlas-api'] }]
    await asOperator('/deployments', { deployment: 'atlas-api', checkpoint: 'atlas/c2', surfaces })
    const { page } = rso
    await page.goto('/releases')
    await page.getByRole('link', { name: 'atlas-api' }).click()
    await heading(page, 'Release of atlas-api')
    await page.getByText('Served without passing the gate').waitFor()
    const missing = page.getByRole('listitem').filter({ hasText: 'Its model line is not paused, held or locked' })
    await missing.getByText('missing', { exact: true }).waitFor()
    await page.getByRole('button', { name: 'Ask for an exception' }).click()
    const dialog = page.getByRole('dialog')
    await dialog.getByLabel('Reason').fill('It was live before')
    await dialog.getByLabel('Risk').fill('Misuse; analysts look daily')
    await dialog.getByRole('button', { name: 'Ask for it' }).click()
    await heading(page, /without the gate/)
    await agree(ceo, pathOf(rso))
    await page.goto('/releases/atlas-api')
    await page.getByText('Served under an exception').first().waitFor()
    await page.getByText(/in 30 d/).waitFor()
    expect([...rso.complaints, ...ceo.complaints]).toEqual([])
  })
})
