import { randomBytes } from 'node:crypto'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { createDeviceKey, VaultClient } from '../../src/cli/vault-client/index.ts'
import { findChromium, type Visitor } from '../support/browser.ts'
import { faultsOf } from './axe.ts'
import { takePictures } from './pictures.ts'
import { ConsoleWorld } from './world.ts'

const chromium = findChromium()
if (chromium === null)
  process.stderr.write('SKIPPED: weights in Chromium (install chromium, or name it in SAFELEVEL_CHROMIUM)\n')

const TABS = ['models', 'grants', 'devices', 'budgets', 'copies', 'canaries', 'emergency', 'recertification']
const BY = { type: 'operator', id: 'operator' } as const

describe.skipIf(chromium === null)('weights in the console', () => {
  let world: ConsoleWorld
  /** Security engineer, weights approver, CISO. */
  let bo: Visitor
  let cem: Visitor
  let dee: Visitor
  let client: VaultClient
  let grant = ''
  const scratch = mkdtempSync(join(tmpdir(), 'safelevel-weights-pages-'))

  const picture = ({ page }: Visitor, name: string) => takePictures(page, `weights-${name}`)
  const put = async (version: string, bytes: Buffer) => {
    const { uploads } = world.running.app.weights.vault
    const files = [{ path: 'model-00001-of-00001.bin', sizeBytes: bytes.length }]
    const upload = await uploads.begin({ model: 'atlas', version, files }, BY)
    const { partBytes = 0, parts = 0 } = upload.files[0] ?? {}
    for (let part = 0; part < parts; part += 1) {
      const piece = bytes.subarray(part * partBytes, (part + 1) * partBytes)
      await uploads.putPart(
        upload.id,
        0,
        part,
        (async function* () {
          yield piece
        })(),
      )
    }
    await uploads.finish(upload.id, BY)
  }
  const agree = async ({ page }: Visitor, link: string) => {
    await page.goto(link)
    await page.getByRole('button', { name: 'Agree with your key' }).click()
    await page.getByText('carried out', { exact: true }).waitFor()
  }

  beforeAll(async () => {
    world = await ConsoleWorld.open()
    client = new VaultClient({
      url: world.running.controlUrl,
      key: await createDeviceKey(join(scratch, 'device.key')),
    })
    const ada = await world.firstAdministrator('Ada Okafor')
    bo = await world.invite(ada, 'Bo Lindqvist')
    cem = await world.invite(ada, 'Cem Aydın')
    dee = await world.invite(ada, 'Dee Alvarez')
    for (const [name, role, words] of [
      ['Bo Lindqvist', /^Security engineer/, 'Security engineer'],
      ['Cem Aydın', /^Weights approver/, 'Weights approver'],
      ['Dee Alvarez', /^CISO/, 'CISO'],
    ] as const) {
      await world.askForRole(ada, name, role, 'Looks after the weights')
      await ada.page.getByText(`is ${words} now`).waitFor()
    }
  }, 180_000)
  afterAll(async () => {
    await world?.[Symbol.asyncDispose]()
    rmSync(scratch, { recursive: true })
  })

  it('say of each part what will appear there, where there is nothing yet', async () => {
    const { page } = bo
    const titles = ['The vault is empty', 'Nobody has been given access yet', 'No device is registered']
    titles.push('No budget is set', 'No copy is on record', 'You may plant canaries, and not see them')
    titles.push('No shares are dealt', 'Nothing was asked about yet')
    for (const [i, tab] of TABS.entries()) {
      await page.goto(`/weights?tab=${tab}`)
      await page.getByText(titles[i] ?? '', { exact: true }).waitFor()
      if (tab === 'models') await picture(bo, 'empty')
    }
    expect(bo.complaints).toEqual([])
  })

  it('let a device in by two people', async () => {
    await put('step-9000', randomBytes(3_000_000))
    await put('step-12000', randomBytes(2_000_000))
    const { page } = bo
    await page.goto('/weights?tab=devices')
    await page.getByRole('button', { name: 'Register a device' }).click()
    await page.getByLabel('Name').fill('workstation-7')
    await page.getByLabel('Public key (JWK)').fill(JSON.stringify(client.key.publicJwk))
    await page.getByRole('button', { name: 'Register it' }).click()
    await page.getByText(client.key.thumbprint).waitFor()
    await page.getByRole('button', { name: 'Ask to let it in' }).click()
    await page.getByLabel('Why; who agrees reads it').fill('My workstation')
    await page.getByRole('button', { name: 'Ask for it' }).click()
    await page.getByText('You asked for this; somebody else decides.').waitFor()
    await agree(cem, page.url())
    await page.goto('/weights?tab=devices')
    await page.getByText('let in').waitFor()
    await picture(bo, 'devices')
  })

  it('are asked for in exactly the words and numbers that others sign', async () => {
    const { page } = bo
    await page.goto('/weights/versions/atlas/step-9000')
    await page.getByRole('button', { name: 'Ask for access' }).click()
    await page.getByRole('combobox', { name: 'Use' }).click()
    await page.getByRole('option', { name: 'is read by a program' }).click()
    await page.getByLabel('Bytes').fill('300 kB')
    await page.getByLabel('Purpose').fill('Compare activations of two layers')
    await page.getByText('10 %').waitFor()
    await picture(bo, 'ask')
    await page.getByRole('button', { name: 'Ask for it' }).click()
    await page.getByText('You asked for this; somebody else decides.').waitFor()
    await cem.page.goto(page.url())
    await cem.page.getByRole('heading', { name: 'What it comes to' }).waitFor()
    await cem.page.getByText('at this pace the whole model would take').waitFor()
    await cem.page.getByText('Compare activations of two layers').first().waitFor()
    await picture(cem, 'approval')
    expect(await faultsOf(cem.page, 'approval')).toEqual([])
    await agree(cem, page.url())
    const { items } = await world.running.app.weights.access.grants.list({ limit: 1 })
    grant = items[0]?.id ?? ''
  })

  it('show what was read: of the grant, and of the model by each person', async () => {
    const session = await client.session(grant)
    const [file] = await session.files()
    for (const [start, length] of [
      [0, 50_000],
      [1_000_000, 120_000],
    ] as const) {
      const headers = { range: `bytes=${start}-${start + length - 1}` }
      const about = { token: session.view.token, headers, signal: AbortSignal.timeout(10_000) }
      const response = await client.open('GET', `/files/${file?.n}`, about)
      for await (const _ of response.body ?? []);
    }
    const { page } = bo
    await page.goto(`/weights/grants/${grant}`)
    await page.getByText('130 kB may still be read.').waitFor()
    await page.getByText('170 kB of 300 kB are used').last().waitFor()
    await picture(bo, 'grant')
    expect(await faultsOf(page, 'grant')).toEqual([])
    await page.goto('/weights/versions/atlas/step-9000')
    await page.getByRole('heading', { name: 'Who has read how much' }).waitFor()
    await page.getByText('2.1 MB of 3 MB').waitFor()
    await picture(bo, 'version')
    expect(await faultsOf(page, 'version')).toEqual([])
  })

  it('tell before a budget is set how long a model would take to leave', async () => {
    const { page } = dee
    await page.goto('/weights?tab=budgets')
    await page.getByRole('button', { name: 'Set or lower' }).click()
    await page.getByLabel('At once').fill('200 kB')
    await page.getByLabel('A day').fill('100 kB')
    await page.getByText('be gone in 28 days').waitFor()
    await page.getByRole('button', { name: 'Set it' }).click()
    await page.getByText('Each person without one of their own').waitFor()
    await picture(dee, 'budgets')
  })

  it('are locked by one person, who sees in numbers what ends', async () => {
    const { page } = dee
    await page.goto('/weights')
    await page.getByRole('button', { name: 'Lock', exact: true }).click()
    const dialog = page.getByRole('dialog', { name: 'Lock weights' })
    await dialog.getByRole('combobox', { name: 'What' }).click()
    await page.getByRole('option', { name: 'atlas' }).click()
    await dialog.getByText('2 versions of 5 MB can be opened by nobody.').waitFor()
    await dialog.getByText('1 grant of 1 person stops giving out bytes within a second').waitFor()
    await picture(dee, 'lock')
    await dialog.getByLabel('Reason').fill('Something reads in the night')
    await dialog.getByRole('button', { name: 'Lock atlas' }).click()
    await page.getByText('atlas is locked').waitFor()
    await expect(client.session(grant)).rejects.toMatchObject({ code: 'FORBIDDEN' })
    await picture(dee, 'locked')
    expect(await faultsOf(page, 'locked')).toEqual([])
  })

  it('are opened again by two', async () => {
    const { page } = bo
    await page.goto('/weights')
    await page.getByRole('button', { name: 'Ask to lift it' }).click()
    await page.getByLabel('Why; who agrees reads it').fill('It was the backup')
    await page.getByRole('button', { name: 'Ask for it' }).click()
    await page.getByText('You asked for this; somebody else decides.').waitFor()
    await agree(dee, page.url())
    await page.goto('/weights')
    await page.getByText('nothing is locked').waitFor()
  })

  it('have canaries whose alarm goes off, and shares that are shown once', async () => {
    const { page } = dee
    await page.goto('/weights?tab=canaries')
    await page.getByRole('button', { name: 'Plant a model' }).click()
    await page.getByLabel('As version').fill('atlas/step-15000')
    await page.getByLabel('Size').fill('200 kB')
    await page.getByRole('button', { name: 'Plant it' }).click()
    await page.getByRole('cell', { name: 'never', exact: true }).first().waitFor()
    await page.getByRole('button', { name: 'Try every alarm' }).click()
    await page.getByText('Its alarm went off').waitFor()
    await picture(dee, 'canaries')
    expect(await faultsOf(page, 'canaries')).toEqual([])
    await page.goto('/weights?tab=copies')
    await page.getByRole('button', { name: 'Put a copy on record' }).click()
    await page.getByLabel('Version').fill('atlas/step-9000')
    await page.getByLabel('Where it lies').fill('tape-3:/vault/9')
    await page.getByRole('combobox', { name: 'Who answers for it' }).click()
    await page.getByRole('option', { name: 'Bo Lindqvist' }).click()
    await page.getByRole('button', { name: 'Put it on record' }).click()
    await page.getByRole('heading', { name: 'tape-3:/vault/9' }).waitFor()
    await picture(dee, 'copies')
    await page.goto('/weights?tab=recertification')
    await page.getByRole('button', { name: 'Begin one now' }).click()
    await page.getByText('2 of 2 wait').waitFor()
    await page.getByRole('button', { name: 'It is still needed' }).first().click()
    await page.getByText('1 of 2 wait').waitFor()
    await picture(dee, 'recertification')
  })

  it('can be read by everybody, in light and dark, wide and narrow', { timeout: 120_000 }, async () => {
    const { page } = bo
    const faults: string[] = []
    // The others were looked at above, with more on them.
    for (const tab of TABS.filter((one) => one !== 'models' && one !== 'canaries')) {
      await page.goto(`/weights?tab=${tab}`)
      await page.waitForLoadState('networkidle')
      if (tab === 'grants' || tab === 'emergency') await picture(bo, tab)
      faults.push(...(await faultsOf(page, tab)))
    }
    expect(faults).toEqual([])
    expect([...bo.complaints, ...cem.complaints, ...dee.complaints]).toEqual([])
  })
})
