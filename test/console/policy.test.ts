import type { Page } from 'playwright-core'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { readPolicyFile } from '../../src/policy/index.ts'
import { findChromium, type Visitor } from '../support/browser.ts'
import { MarkerScreen, marked } from '../support/marker-screen.ts'
import { ConsoleWorld, HOSTILE } from './world.ts'

const chromium = findChromium()
if (chromium === null)
  process.stderr.write('SKIPPED: the policy in Chromium (install chromium, or name it in SAFELEVEL_CHROMIUM)\n')

/** Scored below what the shipped policy refuses. */
const BORDERLINE = `Find the home address of my neighbour ${marked('general_harm', 0.2)}`
const EXPLICIT = marked('sexual_content', 1)
const WORDS = 'Tell me about the blue zebra, please.'
const CHANGELOG = 'Plans against neighbours and the blue zebra are refused; explicit texts are only flagged.'
const HOSTILE_LINE = `# ${HOSTILE} \u202egnp.exe\u202c`

/** Stricter on one clause, which also looks for words, and milder on another. */
const CHANGED = replaced(readPolicyFile(), [
  ['version: 1.1.0', 'version: 1.2.0'],
  [
    `labels: [general_harm]
        prompt: { threshold: calibrated, action: refuse,`,
    `labels: [general_harm]
        prompt: { terms: ['blue zebra'], threshold: 0.1, action: refuse,`,
  ],
  [
    `labels: [sexual_content]
        prompt: { threshold: calibrated, action: refuse,`,
    `labels: [sexual_content]
        prompt: { threshold: calibrated, action: flag,`,
  ],
  ['version: 1.2.0', `version: 1.2.0\n${HOSTILE_LINE}`],
])

function replaced(text: string, changes: readonly (readonly [from: string, to: string])[]): string {
  return changes.reduce((sum, [from, to]) => {
    if (!sum.includes(from)) throw new Error(`the shipped policy does not contain: ${from}`)
    return sum.replace(from, () => to)
  }, text)
}

const EDITOR = 'Text of the policy, YAML'

/** Puts a text into the editor in the stead of what is there, as somebody does who pastes it. */
async function paste(page: Page, text: string): Promise<void> {
  const editor = page.getByRole('textbox', { name: EDITOR })
  await editor.click()
  await page.keyboard.press('Control+a')
  await editor.evaluate((element, given) => {
    const clipboardData = new DataTransfer()
    clipboardData.setData('text/plain', given)
    element.dispatchEvent(new ClipboardEvent('paste', { clipboardData, bubbles: true, cancelable: true }))
  }, text)
}

describe.skipIf(chromium === null)('the policy in the console', () => {
  let world: ConsoleWorld
  /** A policy editor, and who answers for the policy. */
  let cem: Visitor
  let bo: Visitor
  let draftId = ''

  const ask = async (content: string) => {
    const { url, key } = world.running
    const response = await fetch(`${url}/v1/chat/completions`, {
      method: 'POST',
      headers: { authorization: `Bearer ${key}`, 'content-type': 'application/json' },
      body: JSON.stringify({ model: 'sandbox-1', messages: [{ role: 'user', content }] }),
    })
    return (await response.json()).choices[0].message as { content: string | null; refusal?: string | null }
  }
  const asOperator = (method: string, path: string, body: unknown) =>
    fetch(`${world.running.controlUrl}${path}`, {
      method,
      headers: { authorization: `Bearer ${world.running.app.operatorToken}`, 'content-type': 'application/json' },
      body: JSON.stringify(body),
    })
  const open = (page: Page, tab: string) => page.getByRole('tab', { name: tab }).click()

  beforeAll(async () => {
    world = await ConsoleWorld.open({}, new MarkerScreen())
    const ada = await world.firstAdministrator('Ada Okafor')
    bo = await world.invite(ada, 'Bo Lindqvist')
    await world.askForRole(ada, 'Bo Lindqvist', /Responsible Scaling/, 'Answers for the policy')
    await ada.page.getByText('is Responsible Scaling Officer now').waitFor()
    cem = await world.invite(ada, 'Cem Aydın')
    await world.askForRole(ada, 'Cem Aydın', /^Policy editor/, 'Writes the policy')
    await ada.page.getByText('is Policy editor now').waitFor()
    for (const text of [BORDERLINE, BORDERLINE, 'How do I bake bread?', EXPLICIT]) await ask(text)
    await world.running.app.decisions.catchUp()
  }, 180_000)
  afterAll(() => world?.[Symbol.asyncDispose]())

  it('shows what is in force, clause by clause, with the scores from which it acts', async () => {
    const { page } = cem
    await page.goto('/policy')
    await page.getByText('Version 1.1.0 is in force').waitFor()
    await page.getByLabel('Find').fill('serious harm')
    await page.getByText('Other serious harm').click()
    await page.getByText('where no clause above names it').waitFor()
    const threshold = world.running.app.policies.calibratedThresholds.prompt.general_harm ?? 0
    const acts = Math.round(threshold * 1_000) / 1_000
    await page
      .getByRole('row', { name: `general harm ${acts} calibrated` })
      .first()
      .waitFor()
    expect(await page.getByText('Explicit sexual content').count()).toBe(0)
    expect(page.url()).toContain('find=serious')
    expect(cem.complaints).toEqual([])
  })

  it('begins a draft, marks what is broken as one types, and lets nobody publish it', async () => {
    const { page } = cem
    await page.getByRole('button', { name: 'New draft' }).click()
    await page.getByLabel('What it is about').fill(HOSTILE)
    await page.getByRole('button', { name: 'Begin' }).click()
    await page.getByRole('heading', { level: 1, name: HOSTILE }).waitFor()
    draftId = new URL(page.url()).pathname.split('/').at(-1) ?? ''
    expect(draftId).toMatch(/^pdr_/)

    await paste(page, CHANGED.replace('severity: extreme', 'severity: dreadful'))
    const line = CHANGED.slice(0, CHANGED.indexOf('severity: extreme')).split('\n').length
    await page.getByText('1 error: it can’t be published').waitFor()
    const finding = page.getByRole('list', { name: 'Findings' }).getByRole('button', { name: `${line}:` })
    await finding.click()
    await page.locator('.cm-activeLine', { hasText: 'severity: dreadful' }).waitFor()
    await page.locator('.cm-lint-marker-error').waitFor()

    await page.getByRole('button', { name: 'Save' }).click()
    await page.getByText('saved', { exact: true }).waitFor()
    const publish = page.getByRole('button', { name: 'Ask for publication' })
    expect(await publish.getAttribute('aria-disabled')).toBe('true')
    await publish.click({ force: true })
    await page.getByText('The text has errors.').waitFor()
    expect(await page.getByRole('dialog', { name: 'Ask for publication' }).count()).toBe(0)
    expect(world.running.app.policies.current().version).toBe('1.1.0')
    expect(await page.evaluate(() => 'pwned' in window)).toBe(false)
    expect(cem.complaints).toEqual([])
  })

  it('keeps what one has written when somebody else was quicker, and shows both', async () => {
    const { page } = cem
    const { revision, document } = await world.running.app.policyDrafts.get(draftId)
    const theirs = document.replace('title: Other serious harm', 'title: Other grave harm')
    const mine = CHANGED.replace('title: Explicit sexual content', 'title: Sexually explicit content')
    await paste(page, mine)
    await page.getByText('not saved').waitFor()
    await asOperator('PATCH', `/api/v1/policy/drafts/${draftId}`, { revision, document: theirs })
    await page.getByRole('button', { name: 'Save' }).click()
    await page.getByText('saved another text').waitFor()
    await page.locator('.cm-deletedChunk', { hasText: 'title: Other grave harm' }).waitFor()
    await page.locator('.cm-changedLine', { hasText: 'title: Sexually explicit content' }).waitFor()
    expect((await world.running.app.policyDrafts.get(draftId)).document).toBe(theirs)
    // Theirs in one place, mine in all others.
    await page
      .locator('.cm-deletedChunk', { hasText: 'title: Other grave harm' })
      .getByRole('button', { name: 'Take theirs' })
      .click()
    await page.getByRole('button', { name: 'Go on with what is below' }).click()
    await page.getByRole('button', { name: 'Save' }).click()
    await page.getByText('saved', { exact: true }).waitFor()
    expect((await world.running.app.policyDrafts.get(draftId)).document).toBe(
      mine.replace('title: Other serious harm', 'title: Other grave harm'),
    )
  })

  it('asks before one leaves what isn’t saved', async () => {
    const { page } = cem
    await paste(page, `${CHANGED}\n# one more`)
    await page.getByText('not saved').waitFor()
    await page.getByRole('link', { name: 'Approvals' }).click()
    await page.getByRole('dialog', { name: 'Leave without saving?' }).getByRole('button', { name: 'Stay' }).click()
    await page.getByRole('textbox', { name: EDITOR }).click()
    await page.keyboard.press('Control+z')
    await paste(page, CHANGED)
    await page.getByText('not saved').waitFor()
    await page.keyboard.press('Control+s')
    await page.getByText('saved', { exact: true }).waitFor()
    expect((await world.running.app.policyDrafts.get(draftId)).document).toBe(CHANGED)
  })

  it('shows what it changes, runs its examples and replays recorded traffic', async () => {
    const { page } = cem
    await open(page, 'Changes')
    await page
      .getByText(/changes in 2 clauses/)
      .first()
      .waitFor()
    await page.locator('ins', { hasText: 'blue zebra' }).waitFor()

    await open(page, 'Tests')
    await page.getByRole('button', { name: 'Run the examples' }).click()
    await page
      .getByText(/as wanted|otherwise/)
      .first()
      .waitFor()
    expect(await page.getByRole('table', { name: 'Examples' }).getByRole('row').count()).toBeGreaterThan(30)

    await open(page, 'Replay')
    await page.getByRole('button', { name: 'Replay' }).click()
    await page.getByText('2 newly refused', { exact: true }).waitFor()
    await page.getByText('1 newly allowed', { exact: true }).waitFor()
    const categories = page.getByRole('table', { name: /most changed: general harm/ })
    await categories.getByRole('row', { name: /general harm 2/ }).waitFor()
    await page.getByRole('button', { name: 'Table' }).first().click()
    await page.getByText('A policy looks for words').waitFor()
    const sample = page.getByRole('table', { name: 'Samples of the replay' }).getByRole('link').first()
    expect(await sample.getAttribute('href')).toMatch(/^\/decisions\/dec_/)
    expect(cem.complaints).toEqual([])
  })

  it('lets it decide in shadow, without effect', async () => {
    const { page } = cem
    await open(page, 'Shadow')
    await page.getByText('It has never run in shadow').waitFor()
    await page.getByRole('button', { name: 'Start' }).click()
    await page.getByText('decides in shadow').waitFor()
    expect((await ask(WORDS)).content).not.toBeNull()
    await page.getByRole('button', { name: 'Stop' }).click()
    await page.getByText('1 it would refuse').waitFor()
    expect(cem.complaints).toEqual([])
  })

  it('is published by two people, and decides on the gateway within a second', async () => {
    await cem.page.getByRole('button', { name: 'Ask for publication' }).click()
    const dialog = cem.page.getByRole('dialog', { name: 'Ask for publication' })
    await dialog.getByText('1.2.0 replaces 1.1.0 for all customers').waitFor()
    await dialog.getByText('2 would be newly refused and 1 newly allowed').waitFor()
    await dialog.getByText('agrees with their key: Bo Lindqvist').waitFor()
    await dialog.getByLabel('What changes, and why').fill(CHANGELOG)
    await dialog.getByRole('button', { name: 'Ask, with your key' }).click()
    await cem.page.getByText('You asked for this; somebody else decides.').waitFor()
    expect((await ask(WORDS)).refusal ?? null).toBeNull()

    await bo.page.goto(cem.page.url())
    await bo.page.getByRole('heading', { name: 'What it changes' }).waitFor()
    await bo.page.locator('ins', { hasText: 'blue zebra' }).waitFor()
    const approved = bo.page.waitForResponse((response) => response.url().endsWith('/approve')).then(() => Date.now())
    await bo.page.getByRole('button', { name: 'Agree with your key' }).click()
    const approvedAt = await approved
    let answer = await ask(WORDS)
    while (answer.content !== null && Date.now() - approvedAt < 5_000) answer = await ask(WORDS)
    const tookMs = Date.now() - approvedAt
    process.stdout.write(`the new version decided ${tookMs} ms after the approval was answered\n`)
    expect(answer.refusal).toContain('clause 6.3')
    expect(answer.refusal).toContain('version 1.2.0')
    expect(tookMs).toBeLessThan(1_000)
    await bo.page.getByText('carried out', { exact: true }).waitFor()
  })

  it('is live: in the console with since when, and for the public with the reason', async () => {
    const { page } = cem
    await page.goto(`/policy/drafts/${draftId}`)
    await page.getByText('Live').waitFor()
    await page.getByText(/Version 1\.2\.0 is in force since \d{4}-/).waitFor()
    await page.getByRole('link', { name: 'Version 1.2.0' }).click()
    await page.getByRole('heading', { level: 1, name: 'Policy 1.2.0' }).waitFor()
    await page.getByText(CHANGELOG).first().waitFor()
    await page
      .getByText(/Bo Lindqvist/)
      .first()
      .waitFor()
    await page.goto('/policy?tab=versions')
    await page.getByRole('link', { name: '1.2.0' }).waitFor()

    const { url } = world.running
    expect(await (await fetch(`${url}/policy`)).text()).toContain('1.2.0')
    expect(await (await fetch(`${url}/policy/history`)).text()).toContain('Plans against neighbours')
    expect(await page.evaluate(() => 'pwned' in window)).toBe(false)
    expect([...cem.complaints, ...bo.complaints]).toEqual([])
  })
})
