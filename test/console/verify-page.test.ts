import { execFile } from 'node:child_process'
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { createRequire } from 'node:module'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import type { AxeResults } from 'axe-core'
import type { Browser, Locator, Page } from 'playwright-core'
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest'
import { systemClock } from '../../src/base/clock.ts'
import { systemIds } from '../../src/base/ids.ts'
import { silentLog } from '../../src/base/log.ts'
import {
  canonicalJson,
  formatCheckpoint,
  formatSkey,
  parseCheckpoint,
  parseNote,
  parseSkey,
  signNote,
  signSuccession,
  toTlogProof,
} from '../../src/ledger/index.ts'
import {
  createWitnessKey,
  drillSplitView,
  MemoryLog,
  startWitness,
  Witness,
  WitnessStore,
} from '../../src/witness/index.ts'
import { findChromium, launchChromium, Visitor } from '../support/browser.ts'
import { type RunningApp, startApp } from '../support/running-app.ts'

const chromium = findChromium()
if (chromium === null) process.stderr.write('SKIPPED: the ledger page in Chromium (install chromium)\n')
const BUILD = fileURLToPath(new URL('../../console/build.ts', import.meta.url))
const AXE = readFileSync(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8')

describe.skipIf(chromium === null)('the page that checks the ledger in the visitor’s browser', () => {
  const resources = new AsyncDisposableStack()
  let browser: Browser
  let running: RunningApp
  let store: WitnessStore
  let witnessKey: string

  beforeAll(async () => {
    await promisify(execFile)(process.execPath, [BUILD])
    const dir = await mkdtemp(join(tmpdir(), 'safelevel-witness-'))
    resources.defer(() => rm(dir, { recursive: true, force: true }))
    const cosigner = await createWitnessKey(dir, 'witness.example/w', systemIds)
    witnessKey = cosigner.vkey
    store = new WitnessStore(dir)
    const witness = new Witness({ cosigner, store, clock: systemClock, log: silentLog })
    const server = resources.use(await startWitness({ witness, host: '127.0.0.1', port: 0, log: silentLog }))
    const policy = `witness w ${witnessKey} ${server.url}\nquorum w\n`
    running = await startApp({
      config: { ledger: { checkpointIntervalMs: 20, policy, witnesses: { intervalMs: 100 } } },
    })
    resources.use(running)
    browser = resources.adopt(await launchChromium(), (b) => b.close())
    await store.addKey(running.app.ledger.vkey)
    await vi.waitFor(() => expect(running.app.witnessing?.state().witnessed).toBe(true), { timeout: 10_000 })
  })
  afterAll(() => resources.disposeAsync())

  const visit = async () => {
    const visitor = resources.use(await Visitor.arrive(browser, { baseURL: running.url }))
    await visitor.page.goto('/verify')
    return visitor
  }
  const verdict = (page: Page, id: string) => page.locator(`#${id} .verdict`)
  const check = async (page: Page, text: string) => {
    await page.locator('#proof').fill(text)
    await page.getByRole('button', { name: 'Check', exact: true }).click()
    await verdict(page, 'proof-verdict').waitFor()
    return textOf(page.locator('#proof-verdict'))
  }

  it('says who signed and witnessed the log, and at the next visit that it goes on from there', async () => {
    const { page, complaints } = await visit()
    await verdict(page, 'log-verdict').waitFor()
    const first = await textOf(page.locator('#log-verdict'))
    expect(first).toContain('signed by the key that this site shows of itself')
    expect(first).toMatch(
      /witnessed, as the trust policy that this site names asks: 1 of 1 witnesses cosigned it \(w\)/,
    )
    expect(first).toContain('first visit of this browser')
    const { size } = running.app.ledger
    await Promise.all(Array.from({ length: 300 }, (_, i) => recordOne(running, i)))
    await expect
      .poll(() => running.app.witnessing?.state().size, { timeout: 10_000 })
      .toBeGreaterThanOrEqual(size + 300)
    await page.reload()
    await page.getByText('The log holds', { exact: false }).waitFor()
    const second = await textOf(page.locator('#log-verdict'))
    expect(second).toMatch(/continues the \d+ entries that this browser saw/)
    expect(second).toContain('✓ The log holds')
    expect(complaints).toEqual([])
  })

  it('verifies a disclosed event in less than a second, pasted, chosen or dropped', async () => {
    const { page, complaints } = await visit()
    const proof = await running.app.ledger.proof(7)
    const pasted = await check(page, JSON.stringify(proof))
    expect(pasted).toContain('Verified: this event is in the log')
    expect(pasted).toContain('position 7 of')
    const ms = Number(/in (\d+) ms/.exec(pasted)?.[1])
    expect(ms).toBeLessThan(1_000)
    process.stderr.write(`a proof in Chromium: ${ms} ms\n`)
    expect(await textOf(page.locator('#proof-verdict pre'))).toBe(JSON.stringify(proof.event, null, 2))

    await page.reload()
    const file = join(running.dataDir, 'entry.tlog-proof')
    await writeFile(file, toTlogProof(proof))
    await page.locator('#file').setInputFiles(file)
    await verdict(page, 'proof-verdict').waitFor()
    expect(await textOf(verdict(page, 'proof-verdict'))).toContain('Verified')

    await page.reload()
    const transfer = await page.evaluateHandle((text) => {
      const data = new DataTransfer()
      data.items.add(new File([text], 'entry.json'))
      return data
    }, canonicalJson(proof))
    await page.locator('#drop').dispatchEvent('drop', { dataTransfer: transfer })
    await verdict(page, 'proof-verdict').waitFor()
    expect(await textOf(verdict(page, 'proof-verdict'))).toContain('Verified')
    expect(complaints).toEqual([])
  })

  it('refuses what was changed, and runs nothing of what it shows', async () => {
    const { page, complaints } = await visit()
    const proof = await running.app.ledger.proof(7)
    for (const changed of [
      { ...proof, position: 8 },
      { ...proof, event: { hostile: '<img src=x onerror="window.pwned=1">' } },
      { ...proof, checkpoint: proof.checkpoint.replace(/\n\d+\n/, '\n999999\n') },
    ])
      expect(await check(page, JSON.stringify(changed))).toContain('■ Not verified')
    for (const text of ['{}', 'hello', '<script>window.pwned=1</script>', '{"format":"safelevel-misbehaviour/v1"}'])
      expect(await check(page, text)).toContain('■ Not verified')
    expect(await page.evaluate(() => 'pwned' in window)).toBe(false)
    expect(complaints).toEqual([])
  })

  it('goes by a key or a trust policy from elsewhere', async () => {
    const { page } = await visit()
    const { vkey } = running.app.ledger
    await page.locator('#trust').fill(`log ${vkey}\nwitness mine ${witnessKey}\nquorum mine`)
    await page.locator('#trust').blur()
    await page.getByText('witnessed, as your trust policy asks', { exact: false }).waitFor()
    const drill = await drillSplitView({ clock: systemClock, ids: systemIds })
    await page.locator('#trust').fill(drill.vkey)
    await page.locator('#trust').blur()
    await page.locator('#log-verdict').getByText('The log does not verify').waitFor()
    expect(await check(page, JSON.stringify(drill.proof))).toContain('signed two histories')
  })

  it('notices another history than the one that it saw, and hands out the proof', async () => {
    const { page } = await visit()
    await verdict(page, 'log-verdict').waitFor()
    // As if this browser had been shown something else at its last visit, under the same key.
    const other = readFileSync(join(running.dataDir, 'keys/ledger.key'), 'utf8')
    const fork = await MemoryLog.open(await parseSkey(other.trim()), [Buffer.alloc(32, 1), Buffer.alloc(32, 2)])
    const memory = JSON.stringify({ vkey: fork.vkey, note: fork.checkpoint(), at: new Date().toISOString() })
    await page.evaluate((value) => localStorage.setItem('safelevel-ledger', value), memory)
    await page.reload()
    await page.getByText('The log contradicts what it showed before').waitFor()
    const proof = await textOf(page.locator('#log-verdict pre'))
    expect(await check(page, proof)).toContain('signed two histories')
  })

  it('follows a key that handed the log over, and takes a server that is a moment behind for no more than that', async () => {
    const { page } = await visit()
    await verdict(page, 'log-verdict').waitFor()
    const { ledger } = running.app
    const old = await parseSkey(await formatSkey(ledger.origin, new Uint8Array(32).fill(9)))
    const now = await parseSkey(readFileSync(join(running.dataDir, 'keys/ledger.key'), 'utf8').trim())
    const head = parseCheckpoint(parseNote(ledger.checkpoint()).text)
    const folder = join(running.dataDir, 'ledger/public/succession')
    mkdirSync(folder, { recursive: true })
    writeFileSync(join(folder, old.id.toString(16).padStart(8, '0')), await signSuccession(old, now, head))
    const remember = async (vkey: string, note: string) => {
      const memory = JSON.stringify({ vkey, note, at: new Date().toISOString() })
      await page.evaluate((value) => localStorage.setItem('safelevel-ledger', value), memory)
      await page.reload()
      await verdict(page, 'log-verdict').waitFor()
      return textOf(page.locator('#log-verdict'))
    }
    expect(await remember(old.vkey, await signNote(formatCheckpoint(head), [old]))).toContain('handed it over')
    const stranger = await parseSkey(await formatSkey(ledger.origin, new Uint8Array(32).fill(8)))
    expect(await remember(stranger.vkey, await signNote(formatCheckpoint(head), [stranger]))).toContain(
      'did not hand over',
    )
    // What another server showed a moment ago, which is larger than what this one serves.
    const shown = await (await fetch(`${running.url}/ledger/checkpoint`)).text()
    await page.route('**/ledger/checkpoint', (route) => route.fulfill({ body: shown, contentType: 'text/plain' }))
    const { size } = ledger
    await recordOne(running, 999)
    await vi.waitFor(() => expect(running.app.witnessing?.state().size).toBeGreaterThan(size), { timeout: 10_000 })
    expect(await remember(ledger.vkey, running.app.witnessing?.served() ?? '')).toContain('a little behind the')
    const gone = { ...head, size: head.size + 1_000 }
    expect(await remember(ledger.vkey, await signNote(formatCheckpoint(gone), [now]))).toContain('cut off')
  })

  it('loads nothing from elsewhere, and may not', async () => {
    const { page } = await visit()
    const response = await page.goto('/verify')
    const policy = response?.headers()['content-security-policy'] ?? ''
    expect(policy).toContain("script-src 'self'")
    expect(policy).not.toContain('unsafe')
    const refused = await page.evaluate(() =>
      fetch('https://example.com/').then(
        () => false,
        () => true,
      ),
    )
    expect(refused).toBe(true)
  })

  it('is free of what axe finds, in light and dark, wide and narrow', async () => {
    const { page } = await visit()
    const event = { ...(await running.app.ledger.proof(7)) }
    await check(page, JSON.stringify(event))
    await page.evaluate(AXE)
    for (const colorScheme of ['light', 'dark'] as const)
      for (const width of [1280, 390]) {
        await page.emulateMedia({ colorScheme })
        await page.setViewportSize({ width, height: 844 })
        const { violations } = await page.evaluate(() =>
          (window as unknown as { axe: { run(): Promise<AxeResults> } }).axe.run(),
        )
        expect(violations.map(({ id, nodes }) => `${id} ${nodes[0]?.html.slice(0, 200)}`)).toEqual([])
        expect(await page.evaluate(() => document.documentElement.scrollWidth - innerWidth)).toBeLessThanOrEqual(0)
        if (process.env.SAFELEVEL_SCREENS !== undefined)
          await page.screenshot({
            path: `${process.env.SAFELEVEL_SCREENS}/verify-${colorScheme}-${width}.png`,
            fullPage: true,
          })
      }
  })
})

function recordOne(running: RunningApp, n: number) {
  return running.app.ledger.append({
    id: `evt_${n.toString().padStart(26, '0')}`,
    time: '2026-01-01T00:00:00.000Z',
    kind: 'test.event',
    actor: { type: 'system', id: 'test' },
    subject: { type: 'test', id: `${n}` },
    digests: {},
    data: {},
  })
}

async function textOf(locator: Locator): Promise<string> {
  return (await locator.textContent()) ?? ''
}
