import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { findChromium, type Visitor } from '../support/browser.ts'
import { MarkerScreen, marked } from '../support/marker-screen.ts'
import { MODEL } from '../support/running-app.ts'
import { ConsoleWorld, HOSTILE } from './world.ts'

/** What somebody who was suspended writes: markup, a change of direction, and lines. */
const PLEA = `${HOSTILE}\n\u202eyas I tahw ton\nIt was a novel.`

describe.skipIf(findChromium() === null)('accounts and appeals in the console', () => {
  let world: ConsoleWorld
  let ada: Visitor
  let ben: Visitor
  let cleo: Visitor
  let key = ''
  let projectPath = ''
  let action = ''
  let receipt = ''
  let secret = ''

  beforeAll(async () => {
    world = await ConsoleWorld.open({}, new MarkerScreen())
    ada = await world.firstAdministrator('Ada Okafor')
    ben = await world.invite(ada, 'Ben Achterberg')
    await world.askForRole(ada, 'Ben Achterberg', /^Analyst/, 'Works the queue')
    await ada.page.getByText('is Analyst now').waitFor()
    cleo = await world.invite(ada, 'Cleo Marchetti')
    await world.askForRole(ada, 'Cleo Marchetti', /Responsible Scaling/, 'Answers for the policy')
    await ada.page.getByText('is Responsible Scaling Officer now').waitFor()
  }, 90_000)
  afterAll(() => world?.[Symbol.asyncDispose]())

  const ask = (content: string, user = 'mallory') =>
    fetch(`${world.running.url}/v1/chat/completions`, {
      method: 'POST',
      headers: { authorization: `Bearer ${key}`, 'content-type': 'application/json' },
      body: JSON.stringify({ model: MODEL, user, messages: [{ role: 'user', content }] }),
    })

  it('makes a customer, a project and a key, whose secret is shown once', async () => {
    const { page } = ada
    await page.goto('/accounts')
    await page.getByRole('button', { name: 'New organisation' }).click()
    await page.getByLabel('Name').fill(HOSTILE)
    await page.getByRole('button', { name: 'Add it' }).click()
    await page.getByRole('heading', { level: 1, name: HOSTILE }).waitFor()
    await page.getByText('none: no overlay for a tier applies').waitFor()
    await page.getByRole('button', { name: 'Tier' }).click()
    await page.getByLabel('Tier (optional)').fill('research')
    await page.getByRole('button', { name: 'Change it' }).click()
    await page.getByText('research', { exact: true }).waitFor()
    await page.getByRole('button', { name: 'New project' }).click()
    await page.getByLabel('Name').fill('storyteller')
    await page.getByLabel('Requests a minute').fill('600')
    await page.getByRole('button', { name: 'Add it' }).click()
    await page.getByRole('link', { name: 'storyteller' }).click()
    await page.getByRole('heading', { level: 1, name: 'storyteller' }).waitFor()
    projectPath = new URL(page.url()).pathname
    await page.getByText('600', { exact: true }).waitFor()
    await page.getByRole('button', { name: 'New key' }).click()
    await page.getByLabel('Name').fill('production')
    await page.getByRole('button', { name: 'Make the key' }).click()
    key = (await page.getByRole('dialog').locator('code').first().textContent()) ?? ''
    await page.getByRole('button', { name: 'I have kept it' }).click()
    await page.getByRole('link', { name: 'production' }).click()
    await page.getByRole('heading', { level: 1, name: 'production' }).waitFor()
    expect(await page.content()).not.toContain(key)
    expect((await ask('Tell me a story.')).status).toBe(200)
    expect(await page.evaluate(() => 'pwned' in window)).toBe(false)
    expect(ada.complaints).toEqual([])
  })

  it('shows who was suspended for what, and when their points run out', async () => {
    await ask(marked('chemical', 0.99))
    await expect.poll(async () => (await ask('And now?')).status).toBe(403)
    const { page } = ben
    await page.goto('/accounts?tab=standing&step=suspend')
    await page.locator('a[data-row]').first().click()
    await page.getByRole('heading', { level: 1, name: /^End user eu_/ }).waitFor()
    await page.getByText('suspended', { exact: true }).first().waitFor()
    await page.getByText('acts at once').waitFor()
    await page
      .getByText(/points now; all of them have run out by/)
      .last()
      .waitFor()
    action = (await (await ask('And now?')).text()).match(/act_[0-9A-Z]+/)?.[0] ?? ''
    await page.keyboard.press('Control+k')
    await page.getByRole('combobox', { name: 'Go to' }).fill(action)
    await page.keyboard.press('Enter')
    await page.getByRole('heading', { level: 1, name: 'End user suspended' }).waitFor()
    expect(ben.complaints).toEqual([])
  })

  it('takes their objection by the public form, which needs no script', async () => {
    const stranger = await world.browser.newContext({ baseURL: world.running.url, javaScriptEnabled: false })
    const page = await stranger.newPage()
    await page.goto(`/appeal?about=${action}`)
    await page.getByLabel('Why it was wrong').fill(PLEA)
    await page.getByRole('button', { name: 'Send' }).click()
    await page.getByRole('heading', { name: 'Received' }).waitFor()
    const shown = await page.locator('dl.receipt code').allTextContents()
    receipt = shown[0] ?? ''
    secret = shown[1] ?? ''
    await stranger.close()
  })

  it('hears it, by somebody who reads it on record, overturns it, and the account is let in again', async () => {
    const { page } = ben
    await page.goto('/appeals')
    await page.getByText('1 open').waitFor()
    await page.getByRole('link', { name: /an action/ }).click()
    await page.getByRole('button', { name: 'Hear it' }).click()
    await page.getByRole('combobox', { name: 'Outcome' }).waitFor()
    expect(await page.content()).not.toContain('It was a novel.')
    await page.getByRole('button', { name: 'Read it' }).click()
    expect(await page.locator('blockquote').first().textContent()).toBe(PLEA)
    expect(await page.evaluate(() => 'pwned' in window)).toBe(false)
    await page.getByRole('combobox', { name: 'Outcome' }).click()
    await page.getByRole('option', { name: /^Overturn/ }).click()
    await page.getByLabel('Answer').fill('It was a novel indeed.')
    await page.getByRole('button', { name: 'Overturn', exact: true }).click()
    await page.getByText('overturned: the decision was wrong').waitFor()
    await expect.poll(async () => (await ask('Then let us go on.')).status, { timeout: 10_000 }).toBe(200)
    await page.getByText('undone', { exact: true }).first().waitFor()
    const status = await fetch(`${world.running.url}/appeal/status`, {
      method: 'POST',
      body: new URLSearchParams({ receipt, secret }),
    })
    expect(await status.text()).toContain('It was a novel indeed.')
    const kinds = (await world.running.app.ledger.entries(0, 1_000)).map(({ event }) => event?.kind)
    expect(kinds.indexOf('redress.appeal_read')).toBeGreaterThan(kinds.indexOf('redress.appeal_taken'))
    expect(ben.complaints).toEqual([])
  })

  it('restricts alone, after saying in numbers whom it reaches', async () => {
    const { page } = ben
    await ask('One more.', 'alice')
    await page.goto(projectPath)
    await page.getByRole('button', { name: 'Restrict', exact: true }).click()
    const dialog = page.getByRole('dialog')
    await dialog.getByText(/^1 key, about 2 end users, \d+ requests a day will be refused\.$/).waitFor()
    await page.route('**/enforcement/actions', (route) => route.abort(), { times: 1 })
    await dialog.getByLabel('Note for colleagues').fill('Looks like resale')
    await dialog.getByRole('button', { name: 'Suspend' }).click()
    await dialog.getByText('The server did not answer').waitFor()
    expect(await dialog.getByLabel('Note for colleagues').inputValue()).toBe('Looks like resale')
    await dialog.getByRole('button', { name: 'Suspend' }).click()
    await page.getByText('“Looks like resale”').waitFor()
    await expect.poll(async () => (await ask('Hello?', 'alice')).status).toBe(403)
    expect(ben.complaints.splice(0).length).toBeLessThanOrEqual(1) // the aborted request is reported
  })

  it('tells whoever decided that they may not hear the appeal, and why', async () => {
    const taken = (await (await ask('Hello?', 'alice')).text()).match(/act_[0-9A-Z]+/)?.[0] ?? ''
    const body = new URLSearchParams({ about: taken, text: 'We resell nothing.', contact: '' })
    expect((await fetch(`${world.running.url}/appeal`, { method: 'POST', body })).status).toBe(201)
    const { page } = ben
    await page.goto('/appeals')
    await page.getByRole('link', { name: /an action/ }).click()
    await page.getByText('because you decided it').waitFor()
    expect(await page.getByRole('button', { name: 'Hear it' }).count()).toBe(0)
    await cleo.page.goto(page.url())
    await cleo.page.getByRole('button', { name: 'Hear it' }).waitFor()
  })

  it('lifts by two: it waits, visibly, with the names of who may agree', async () => {
    const { page } = ben
    await page.goto(projectPath)
    await page.getByRole('button', { name: 'Ask to lift' }).click()
    await page.getByRole('dialog').getByLabel('Reason').fill('They showed us the contract')
    await page.getByRole('button', { name: 'Ask for it' }).click()
    await page.getByText('Waits for a second person', { exact: true }).waitFor()
    await page.getByText('Can act now: Cleo Marchetti').waitFor()
    expect(await page.getByRole('button', { name: 'Ask to lift' }).count()).toBe(0)
    expect((await ask('Hello?', 'alice')).status).toBe(403)
    await cleo.page.goto('/approvals')
    await cleo.page.getByRole('link', { name: 'Lift an action' }).click()
    await cleo.page.getByText('They showed us the contract').first().waitFor()
    await cleo.page.getByRole('button', { name: 'Agree with your key' }).click()
    await cleo.page.getByText('carried out', { exact: true }).waitFor()
    await expect.poll(async () => (await ask('Hello?', 'alice')).status).toBe(200)
    await page.reload()
    await page.getByText('lifted', { exact: true }).waitFor()
    expect([...ben.complaints, ...cleo.complaints]).toEqual([])
  })

  it('exempts from a clause by two, and ends it by one', async () => {
    const { page } = ben
    await page.goto('/exemptions')
    await page.getByText('Nobody is exempted').waitFor()
    await page.getByRole('button', { name: 'Ask for one' }).click()
    const dialog = page.getByRole('dialog')
    await dialog.getByLabel('Identifier').fill(projectPath.split('/').at(-1) ?? '')
    await dialog.getByRole('checkbox', { name: /Attacks on computers/ }).check()
    expect(await dialog.getByRole('checkbox', { name: /Sexual exploitation of children/ }).isDisabled()).toBe(true)
    await dialog.getByLabel('Reason').fill('Tests its own systems')
    await dialog.getByLabel('Risk').fill(HOSTILE)
    await dialog.getByRole('button', { name: 'Ask for it' }).click()
    await page.getByText('You asked for this; somebody else decides.').waitFor()
    await page.goto('/exemptions')
    await page.getByText('Can act now: Cleo Marchetti').waitFor()
    await page.getByRole('link', { name: 'The request' }).click()
    await cleo.page.goto(page.url())
    await cleo.page.getByRole('button', { name: 'Agree with your key' }).click()
    await cleo.page.getByText('carried out', { exact: true }).waitFor()
    expect((await ask(marked('cyber_operations', 0.9), 'alice')).status).toBe(200)
    await page.goto('/exemptions')
    await page.getByRole('link', { name: /storyteller/ }).click()
    await page.getByRole('button', { name: 'End it' }).click()
    await page.getByRole('dialog').getByLabel('Reason').fill('The test is over')
    await page.getByRole('dialog').getByRole('button', { name: 'End it' }).click()
    await page.getByText('“The test is over”').waitFor()
    expect([...ben.complaints, ...cleo.complaints]).toEqual([])
  })

  it('sends canaries, and gives a customer a webhook whose secret is shown once', async () => {
    const { page } = ada
    await page.goto('/coverage')
    await page.getByRole('button', { name: 'Send now' }).click()
    // The screen of this test knows no canary: that is what a broken one looks like.
    await page.getByText('missed: it passed').first().waitFor({ timeout: 20_000 })
    await page.goto('/notices?tab=webhooks')
    await page.getByRole('button', { name: 'New webhook' }).first().click()
    await page.getByLabel('Address').fill('https://customer.example/hook')
    await page.getByRole('button', { name: 'Make it' }).click()
    await page
      .getByRole('dialog')
      .getByText(/^whsec_/)
      .waitFor()
    await page.getByRole('button', { name: 'I have kept it' }).click()
    await page.getByText('https://customer.example/hook').waitFor()
    await page.getByRole('button', { name: 'End', exact: true }).click()
    await page.getByRole('button', { name: 'End it' }).click()
    await page.getByText('ended', { exact: true }).waitFor()
    expect(ada.complaints).toEqual([])
  })
})
