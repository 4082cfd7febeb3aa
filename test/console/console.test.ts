import { createHash, createPublicKey, verify } from 'node:crypto'
import { readFile } from 'node:fs/promises'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { findChromium, type Visitor } from '../support/browser.ts'
import { ConsoleWorld, HOSTILE } from './world.ts'

const chromium = findChromium()
if (chromium === null)
  process.stderr.write('SKIPPED: the console in Chromium (install chromium, or name it in SAFELEVEL_CHROMIUM)\n')

describe.skipIf(chromium === null)('the console', () => {
  let world: ConsoleWorld
  let ada: Visitor
  let bo: Visitor

  beforeAll(async () => {
    world = await ConsoleWorld.open()
  })
  afterAll(() => world?.[Symbol.asyncDispose]())

  it('sets up the first administrator by a one-time link and a passkey', async () => {
    ada = await world.firstAdministrator('Ada Okafor')
    expect(ada.page.url()).toBe(`${world.origin}/`)
    await ada.page.getByText('Ready', { exact: true }).waitFor()
    await ada.page.getByText('One administrator may give roles alone').waitFor()
    expect(ada.complaints).toEqual([])
  })

  it('keeps the secret of a link out of the address, and opens nothing with one that is no good', async () => {
    const stranger = await world.arrive()
    await stranger.page.goto('/setup#not-a-token')
    await stranger.page.getByRole('heading', { name: 'This link opens nothing' }).waitFor()
    expect(stranger.page.url()).not.toContain('not-a-token')
  })

  it('signs out, leaves nothing to see, and signs in again by the key to where one was going', async () => {
    const { page } = ada
    await page.goto('/account')
    await page.getByRole('button', { name: 'Sign out' }).click()
    await page.getByRole('heading', { name: 'Sign in' }).waitFor()
    await page.goto('/people?show=all')
    await page.getByRole('heading', { name: 'Sign in' }).waitFor()
    await page.getByRole('button', { name: 'Sign in with a security key' }).click()
    await page.getByRole('heading', { level: 1, name: 'People' }).waitFor()
    expect(page.url()).toBe(`${world.origin}/people?show=all`)
  })

  it('leads nowhere else after signing in', async () => {
    const { page } = ada
    for (const to of ['https://evil.example', '//evil.example', '/\\evil.example', 'javascript:alert(1)']) {
      await page.goto('/account')
      await page.getByRole('button', { name: 'Sign out' }).click()
      await page.getByRole('heading', { name: 'Sign in' }).waitFor()
      await page.goto(`/login?to=${encodeURIComponent(to)}`)
      await page.getByRole('button', { name: 'Sign in with a security key' }).click()
      await page.getByRole('heading', { level: 1, name: 'Now' }).waitFor()
      expect(page.url()).toBe(`${world.origin}/`)
    }
    expect(ada.complaints).toEqual([])
  })

  it('invites a second person, who holds nothing at first', async () => {
    bo = await world.invite(ada, 'Bo Lindqvist')
    await bo.page.getByText('You hold no role yet').waitFor()
    await bo.page.goto('/people')
    await bo.page.getByText('None of your roles opens this').waitFor()
    expect(bo.complaints).toEqual([])
  })

  it('gives a role alone in the bootstrap, marked as such', async () => {
    await world.askForRole(ada, 'Bo Lindqvist', /Responsible Scaling/, 'Answers for the policy')
    await ada.page.getByText('is Responsible Scaling Officer now').waitFor()
    await ada.page.getByRole('link', { name: 'approval', exact: true }).click()
    await ada.page.getByText('alone, in bootstrap').waitFor()
  })

  it('gives a role by the agreement of two, each signature over what was shown', async () => {
    await world.invite(ada, 'Cem Aydın')
    await ada.page.goto('/people')
    await ada.page.getByRole('button', { name: 'End it now' }).click()
    await ada.page.getByRole('button', { name: 'End it', exact: true }).click()
    await ada.page.getByText('The bootstrap has ended').waitFor()
    await world.askForRole(ada, 'Cem Aydın', /^CISO/, 'Takes over security')
    await ada.page.getByText('You asked for this; somebody else decides.').waitFor()
    await ada.page.getByText('Can act now: Bo Lindqvist').waitFor()
    expect(await ada.page.getByRole('button', { name: /Agree/ }).count()).toBe(0)

    await bo.page.goto('/')
    await bo.page.getByRole('link', { name: 'Give a role' }).click()
    await bo.page.getByRole('button', { name: 'Agree with your key' }).click()
    await bo.page.getByText('carried out', { exact: true }).waitFor()

    const downloading = bo.page.waitForEvent('download')
    await bo.page.getByRole('button', { name: 'Evidence' }).click()
    const evidence = JSON.parse(await readFile(await (await downloading).path(), 'utf8'))
    expect(createHash('sha256').update(evidence.statement).digest('hex')).toBe(evidence.digest)
    const [signature] = evidence.signatures
    const clientData = Buffer.from(signature.clientDataJSON, 'base64url')
    expect(JSON.parse(clientData.toString()).challenge).toBe(Buffer.from(evidence.digest, 'hex').toString('base64url'))
    const key = createPublicKey(signature.publicKeyPem)
    const algorithm = key.asymmetricKeyType === 'ed25519' ? null : 'sha256'
    const signed = Buffer.concat([
      Buffer.from(signature.authenticatorData, 'base64url'),
      createHash('sha256').update(clientData).digest(),
    ])
    expect(verify(algorithm, signed, key, Buffer.from(signature.signature, 'base64url'))).toBe(true)
    expect([...ada.complaints, ...bo.complaints]).toEqual([])
  })

  it('denies with a reason, which stays when the server refuses', async () => {
    await world.askForRole(ada, 'Cem Aydın', /^Board/, 'Sits on it')
    await ada.page.getByText('You asked for this').waitFor()
    await bo.page.goto(ada.page.url())
    await bo.page.getByRole('button', { name: 'Deny' }).click()
    const dialog = bo.page.getByRole('dialog')
    expect(await dialog.getByRole('button', { name: 'Deny' }).isDisabled()).toBe(true)
    await dialog.getByLabel('Reason').fill('Not before the vote')
    await bo.page.route('**/deny', (route) => route.abort(), { times: 1 })
    await dialog.getByRole('button', { name: 'Deny' }).click()
    await dialog.getByText('The server did not answer').waitFor()
    expect(await dialog.getByLabel('Reason').inputValue()).toBe('Not before the vote')
    await dialog.getByRole('button', { name: 'Deny' }).click()
    await bo.page.getByText('denied', { exact: true }).waitFor()
    await bo.page.getByText('“Not before the vote”').first().waitFor()
    bo.complaints.length = 0 // the aborted request is reported
  })

  it('asks for a fresh touch where one is due, and then goes on by itself', async () => {
    const { page } = ada
    await page.goto('/account')
    await page.getByRole('button', { name: 'Add a key' }).click()
    await page.getByLabel('Its name').fill('In the safe')
    // First as the server answers when the last touch is more than five minutes ago; after the touch the new key is put in.
    const due = {
      title: 'Touch required',
      status: 409,
      code: 'TOUCH_REQUIRED',
      detail: 'touch a key',
      requestId: 'req_1',
    }
    let asked = 0
    await page.route('**/passkeys/options', async (route) => {
      asked += 1
      if (asked === 1)
        return route.fulfill({ status: 409, contentType: 'application/problem+json', body: JSON.stringify(due) })
      await ada.addKey()
      return route.continue()
    })
    const touched = page.waitForResponse('**/api/v1/staff/session/touch')
    await page.getByRole('button', { name: 'Add it' }).click()
    expect((await touched).status()).toBe(204)
    await page.getByText('In the safe').waitFor()
    expect(ada.complaints).toEqual([])
  })

  it('is walked by keyboard: j, k and Enter through a list, Ctrl K to everywhere', async () => {
    const { page } = bo
    await page.goto('/ledger')
    await page.locator('a[data-row]').first().waitFor()
    await page.keyboard.press('j')
    await page.keyboard.press('j')
    await page.keyboard.press('k')
    await page.keyboard.press('j')
    const row = page.locator('a[data-row]').nth(1)
    expect(await row.evaluate((link) => link === document.activeElement)).toBe(true)
    const href = await row.getAttribute('href')
    await page.keyboard.press('Enter')
    await page.waitForURL(`**${href}`)
    await page.getByText(/the event leads to the root of/).waitFor()
    await page.keyboard.press('Control+k')
    await page.getByRole('combobox', { name: 'Go to' }).fill('peo')
    await page.keyboard.press('Enter')
    await page.getByRole('heading', { level: 1, name: 'People' }).waitFor()
  })

  it('keeps filters and order in the link', async () => {
    const { page } = ada
    await page.goto('/people?sort=-name')
    const names = page.locator('a[data-row]')
    await names.first().waitFor()
    expect(await names.allInnerTexts()).toEqual(['Cem Aydın', 'Bo Lindqvist', 'Ada Okafor'])
    await page.getByRole('button', { name: 'Name' }).click()
    await page.waitForURL('**/people')
    await page.getByRole('button', { name: 'Name' }).click()
    await page.waitForURL('**/people?sort=name')
    expect(await names.allInnerTexts()).toEqual(['Ada Okafor', 'Bo Lindqvist', 'Cem Aydın'])
  })

  it('shows what strangers wrote and runs none of it', async () => {
    const { page } = ada
    await page.goto('/people')
    await page.getByRole('button', { name: 'Invite' }).click()
    await page.getByLabel('Name').fill(HOSTILE)
    await page.getByRole('button', { name: 'Make a link' }).click()
    await page.getByRole('heading', { name: `A link for ${HOSTILE}` }).waitFor()
    await page.getByRole('button', { name: 'Done' }).click()
    await page.getByRole('link', { name: HOSTILE }).click()
    await page.getByRole('heading', { level: 1, name: HOSTILE }).waitFor()
    expect(await page.evaluate(() => 'pwned' in window)).toBe(false)
    expect(ada.complaints).toEqual([])
  })

  it('stops scripts that get into the page all the same', async () => {
    const { page } = ada
    const outcome = await page.evaluate(async () => {
      const violations: string[] = []
      document.addEventListener('securitypolicyviolation', (event) => violations.push(event.effectiveDirective))
      const attempts: (() => void)[] = [
        () => {
          document.body.innerHTML += '<img src=x onerror="window.pwned=1">'
        },
        () => {
          const script = document.createElement('script')
          script.append('window.pwned=1')
          document.body.append(script)
        },
        () => {
          const link = document.createElement('a')
          link.setAttribute('onclick', 'window.pwned=1')
          document.body.append(link)
          link.click()
        },
      ]
      const thrown = attempts.filter((attempt) => {
        try {
          attempt()
          return false
        } catch {
          return true
        }
      }).length
      await fetch('https://evil.example/').catch(() => undefined)
      await new Promise((resolve) => setTimeout(resolve, 100))
      return { pwned: 'pwned' in window, thrown, violations: [...new Set(violations)] }
    })
    expect(outcome.pwned).toBe(false)
    expect(outcome.thrown).toBeGreaterThan(0)
    expect(outcome.violations).toEqual(expect.arrayContaining(['require-trusted-types-for', 'connect-src']))
    ada.complaints.length = 0
  })

  it('sends away whose session was ended elsewhere', async () => {
    const { page } = bo
    await page.goto('/people')
    await page.getByRole('heading', { level: 1, name: 'People' }).waitFor()
    const { person } = await (await page.request.get('/api/v1/staff/session')).json()
    const { staff } = world.running.app
    for (const { id } of await staff.sessions.list(person.id)) await staff.sessions.end(id, person.id, 'revoked')
    await page.getByRole('link', { name: 'Ledger' }).click()
    await page.getByRole('heading', { name: 'Sign in' }).waitFor()
  })
})
