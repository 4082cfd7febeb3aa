import { once } from 'node:events'
import { mkdtemp, rm } from 'node:fs/promises'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest'
import { systemClock } from '../../src/base/clock.ts'
import { systemIds } from '../../src/base/ids.ts'
import { silentLog } from '../../src/base/log.ts'
import {
  checkDisclosure,
  formatCosignerSkey,
  openWitnessed,
  parseCosignerSkey,
  parseProofFile,
  parseTrustPolicy,
} from '../../src/ledger/index.ts'
import { createWitnessKey, startWitness, Witness, WitnessStore } from '../../src/witness/index.ts'
import { MODEL, type RunningApp, startApp } from '../support/running-app.ts'

describe('an installation with witnesses', () => {
  const resources = new AsyncDisposableStack()
  let running: RunningApp
  let store: WitnessStore
  let stopWitness: () => Promise<void>

  beforeAll(async () => {
    const sleeper = createServer(() => undefined).listen(0, '127.0.0.1')
    await once(sleeper, 'listening')
    resources.defer(() => {
      sleeper.closeAllConnections()
      sleeper.close()
    })
    const dir = await mkdtemp(join(tmpdir(), 'safelevel-witness-'))
    resources.defer(() => rm(dir, { recursive: true, force: true }))
    const cosigner = await createWitnessKey(dir, 'awake.example', systemIds)
    store = new WitnessStore(dir)
    const witness = new Witness({ cosigner, store, clock: systemClock, log: silentLog })
    const server = await startWitness({ witness, host: '127.0.0.1', port: 0, log: silentLog })
    let stopped: Promise<void> | null = null
    stopWitness = async () => {
      stopped ??= Promise.resolve(server[Symbol.asyncDispose]())
      await stopped
    }
    resources.defer(stopWitness)
    const asleep = (await parseCosignerSkey(await formatCosignerSkey('asleep.example', new Uint8Array(32)))).vkey
    const policy = [
      `witness awake ${cosigner.vkey} ${server.url}`,
      `witness asleep ${asleep} http://127.0.0.1:${(sleeper.address() as AddressInfo).port}`,
      'group one any awake asleep',
      'quorum one\n',
    ].join('\n')
    const witnesses = { intervalMs: 100, timeoutMs: 500, maxLagMs: 1_000 }
    running = resources.use(await startApp({ config: { ledger: { checkpointIntervalMs: 20, policy, witnesses } } }))
  })
  afterAll(() => resources.disposeAsync())

  const ask = async () => {
    const response = await fetch(`${running.url}/v1/chat/completions`, {
      method: 'POST',
      headers: { authorization: `Bearer ${running.key}`, 'content-type': 'application/json' },
      body: JSON.stringify({ model: MODEL, messages: [{ role: 'user', content: 'hello' }] }),
    })
    expect(response.status).toBe(200)
    await response.text()
  }
  const conditions = () => running.app.readiness().conditions.map(({ code, words }) => `${code}: ${words}`)
  const checkpoint = async () => (await fetch(`${running.url}/ledger/checkpoint`)).text()
  const policyText = async () => (await fetch(`${running.url}/ledger/policy`)).text()
  const status = async () => {
    const headers = { authorization: `Bearer ${running.app.operatorToken}` }
    const answer = await fetch(`${running.controlUrl}/api/v1/status`, { headers })
    return ((await answer.json()) as { ledger: unknown }).ledger
  }

  it('serves and records while no witness cosigns, and says so in words', async () => {
    await ask()
    await vi.waitFor(
      () => {
        const [unwitnessed = ''] = conditions().filter((words) => words.startsWith('ledger_unwitnessed'))
        expect(unwitnessed).toContain('awake does not watch')
        expect(unwitnessed).toContain('asleep does not answer in time')
      },
      { timeout: 20_000, interval: 100 },
    )
    expect(running.app.readiness()).toMatchObject({ state: 'degraded', ready: true })
    expect(await status()).toMatchObject({ witnessed: false, witnesses: { by: [], of: 2 } })
    expect(await (await fetch(running.url)).text()).toContain('0 of 2 witnesses')
  })

  it('is witnessed by who suffices, whoever sleeps', async () => {
    await store.addKey(running.app.ledger.vkey)
    await vi.waitFor(() => expect(running.app.witnessing?.state().witnessed).toBe(true), {
      timeout: 70_000,
      interval: 100,
    })
    const opened = await openWitnessed(await checkpoint(), parseTrustPolicy(await policyText()))
    expect(opened.cosignatures.map(({ witness }) => witness.name)).toEqual(['awake.example'])
    expect(await policyText()).not.toContain('http')
    expect(await status()).toMatchObject({ witnessed: true, witnesses: { by: ['awake'], of: 2 } })
    expect(conditions().join()).toContain('witness_failing')
    expect(await (await fetch(running.url)).text()).toMatch(/witnessed<\/span> by\s+awake/)
  }, 80_000)

  it('goes on being witnessed under requests, and hands out proofs that are', async () => {
    for (let n = 0; n < 30; n++) await ask()
    const { size } = running.app.ledger
    await vi.waitFor(() => expect(running.app.witnessing?.state().size).toBeGreaterThanOrEqual(size), {
      timeout: 10_000,
    })
    const headers = { authorization: `Bearer ${running.app.operatorToken}` }
    const proof = await (await fetch(`${running.controlUrl}/api/v1/ledger/proof/${size - 1}`, { headers })).text()
    const disclosure = parseProofFile(proof)
    checkDisclosure(disclosure, await openWitnessed(disclosure.checkpoint, parseTrustPolicy(await policyText())))
  })

  it('says unwitnessed when the last one is gone for longer than it may be, and never shows a smaller tree', async () => {
    await stopWitness()
    let shown = 0
    const deadline = performance.now() + 15_000
    while (running.app.witnessing?.state().witnessed && performance.now() < deadline) {
      await ask()
      const size = Number((await checkpoint()).split('\n')[1])
      expect(size).toBeGreaterThanOrEqual(shown)
      shown = size
    }
    expect(running.app.witnessing?.state().witnessed).toBe(false)
    const { size } = running.app.ledger
    await vi.waitFor(async () => expect(Number((await checkpoint()).split('\n')[1])).toBeGreaterThanOrEqual(size))
    await expect(openWitnessed(await checkpoint(), parseTrustPolicy(await policyText()))).rejects.toThrow(/quorum/)
    expect(await (await fetch(running.url)).text()).toContain('unwitnessed')
  })
})
