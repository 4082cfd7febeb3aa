import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { type SignedIn, signInAs } from '../support/app-staff.ts'
import { type RunningApp, startApp } from '../support/running-app.ts'

const SEEN = { timeout: 5_000, interval: 20 }

interface ShownCase {
  readonly id: string
  readonly pseudonym: string
  readonly person: string | null
  readonly drill: boolean
  readonly containment: { readonly step: string; readonly state: string; readonly lock: string | null }[]
}

/** Touches a canary, as the room that guards it would record it. */
async function touch({ app }: RunningApp, { id }: Pick<SignedIn, 'id'>): Promise<void> {
  await app.ledger.append({
    ...{ id: app.ids.next('evt'), time: new Date(app.clock.now()).toISOString(), kind: 'weights.canary_touched' },
    ...{ actor: { type: 'staff', id }, subject: { type: 'weights_canary', id: 'can_1' }, digests: {}, data: {} },
  })
}

async function casesFor(viewer: SignedIn): Promise<ShownCase[]> {
  const page = (await (await viewer.send('GET', '/api/v1/insider/cases')).json()) as { items: ShownCase[] }
  return page.items.filter(({ drill }) => !drill)
}

describe('the watch for insiders', () => {
  let running: RunningApp
  let ciso: SignedIn
  let suspect: SignedIn

  beforeAll(async () => {
    running = await startApp({ watched: true })
    ciso = await signInAs(running, ['ciso'])
    suspect = await signInAs(running, ['security_engineer'])
  })
  afterAll(() => running[Symbol.asyncDispose]())

  it('sees within two seconds what is recorded, and acts', async () => {
    await touch(running, { id: running.app.ids.next('per') }) // the thread is awake from here on
    await expect.poll(() => casesFor(ciso), SEEN).toHaveLength(1)
    const started = performance.now()
    await touch(running, suspect)
    await expect.poll(() => casesFor(ciso), SEEN).toHaveLength(2)
    const tookMs = performance.now() - started
    console.info(`from the event to the case as the console shows it: ${tookMs.toFixed(0)} ms`)
    expect(tookMs).toBeLessThan(2_000)
    const [newest] = (await casesFor(ciso)).filter(({ containment }) => containment.length === 3)
    await expect
      .poll(
        async () => (await casesFor(ciso)).find(({ id }) => id === newest?.id)?.containment.map(({ state }) => state),
        SEEN,
      )
      .toEqual(['done', 'done', 'done'])
    expect((await suspect.send('GET', '/api/v1/staff/session')).status).toBe(401)
    expect(await running.app.weights.access.locks.list()).toMatchObject([
      { person: newest?.pseudonym, lockedBy: 'insider' },
    ])
    expect(await running.app.weights.access.locks.reason('atlas', suspect.id)).toContain('you are kept from weights')
    expect(await running.app.weights.access.locks.reason('atlas', ciso.id)).toBeNull()
  })

  it('is drilled by the operator, who sees nothing of cases', async () => {
    const operator = { authorization: `Bearer ${running.app.operatorToken}` }
    const call = (method: string, path: string) => fetch(running.controlUrl + path, { method, headers: operator })
    expect((await call('POST', '/api/v1/insider/drills')).status).toBe(201)
    const drills = async () =>
      (await (await call('GET', '/api/v1/insider/drills')).json()) as { items: { ok: boolean }[] }
    await expect.poll(async () => (await drills()).items, SEEN).toMatchObject([{ ok: true, synthetic: true }])
    expect((await call('GET', '/api/v1/insider/cases')).status).toBe(403)
    expect((await call('GET', '/api/v1/insider/board')).status).toBe(403)
  })

  it('keeps names, and what cases are about, from logs and from the ledger as staff read it', async () => {
    expect(running.logText()).not.toContain(suspect.id)
    const entries = await ciso.send('GET', '/api/v1/ledger/entries?limit=1000')
    const text = await entries.text()
    expect(text).not.toContain('insider')
    expect(text).not.toContain('step_up')
  })
})

describe('whom a case is about', () => {
  let running: RunningApp
  let suspect: SignedIn
  let ciso: SignedIn
  let engineer: SignedIn

  beforeAll(async () => {
    running = await startApp({
      watched: true,
      config: { weights: { insider: { containment: { certain: ['lock'] } } } },
    })
    suspect = await signInAs(running, ['security_engineer', 'ciso'])
    ciso = await signInAs(running, ['ciso'])
    engineer = await signInAs(running, ['security_engineer'])
  })
  afterAll(() => running[Symbol.asyncDispose]())

  it('finds nothing of it on any route, and takes no part in it', async () => {
    await touch(running, suspect)
    await expect.poll(() => casesFor(ciso), SEEN).toHaveLength(1)
    const [{ id = '' } = {}] = await casesFor(ciso)
    const about = { reason: 'the canary', payload: { case: id }, action: 'insider.open' }
    const asked = (await (await engineer.send('POST', '/api/v1/approvals', about)).json()) as { id: string }
    const theirs = `/api/v1/insider/cases/${id}`
    const before = running.app.ledger.size
    for (const [method, path, body] of [
      ['GET', theirs],
      ['POST', `${theirs}/read`],
      ['GET', `${theirs}/proofs/0`],
      ['POST', `${theirs}/containment`, { steps: ['lock'] }],
      ['POST', `${theirs}/closing`, { outcome: 'benign' }],
      ['POST', '/api/v1/approvals', about],
      ['GET', `/api/v1/approvals/${asked.id}`],
      ['GET', `/api/v1/approvals/${asked.id}/evidence`],
      ['POST', `/api/v1/approvals/${asked.id}/options`],
      ['POST', `/api/v1/approvals/${asked.id}/deny`, { reason: 'nothing to see' }],
    ] as const) {
      const shown = [method, path, (await suspect.send(method, path, body)).status]
      expect(shown).toEqual([method, path, 404])
    }
    expect(running.app.ledger.size).toBe(before)
    for (const list of ['insider/cases', 'approvals', 'approvals/inbox'])
      expect(await (await suspect.send('GET', `/api/v1/${list}`)).json()).toMatchObject({ items: [] })
    const replay = await suspect.send('POST', '/api/v1/insider/replays', { threshold: 1, days: 1 })
    expect(await replay.text()).not.toContain('canary')
    expect(await (await suspect.send('GET', '/api/v1/insider/board')).text()).not.toContain('canary')
    expect(await (await ciso.send('GET', '/api/v1/insider/board')).text()).toContain('canary')
    const entries = await (await suspect.send('GET', '/api/v1/ledger/entries?limit=1000')).text()
    expect(entries).not.toContain(id)
    expect((await ciso.send('GET', theirs)).status).toBe(200)
  })
})
