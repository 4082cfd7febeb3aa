import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { afterAll, describe, expect, it, vi } from 'vitest'
import { stringify } from 'yaml'
import { App } from '../../src/app.ts'
import { loadConfig } from '../../src/base/config.ts'
import { silentLog } from '../../src/base/log.ts'
import type { LedgerEvent } from '../../src/ledger/index.ts'
import { putPerson, type SignedIn, signIn } from '../support/app-staff.ts'
import { createTestDatabase, postgresAvailable } from '../support/postgres.ts'
import { ServedChild, safelevel } from '../support/served-child.ts'

/** A served process killed while people attest, agree to exceptions, and it looks: SAFELEVEL_KILL_ROUNDS times, over one store. */
const ROUNDS = Number(process.env.SAFELEVEL_KILL_ROUNDS ?? 2)
const CONFIG = { classifier: { mode: 'screen' }, canaries: { intervalSeconds: 0 } }
/** Tracked: it stands as the last who answered for it said, so each look finds it otherwise. */
const SPOKEN = 'SEC-22'
const EXCEPTED = 'SEC-30'
const KINDS = ['embedded', ...(postgresAvailable('controls that are killed') ? ['postgres'] : [])] as const
const ALL = 100_000

const root = mkdtempSync(join(tmpdir(), 'safelevel-standing-kill-'))
afterAll(() => {
  vi.unstubAllEnvs()
  rmSync(root, { recursive: true, force: true })
})

interface Acknowledged {
  readonly attestations: Set<string>
  readonly exceptions: Set<string>
}

/** Whatever says that the server is gone, or going. */
async function untilGone(work: () => Promise<void>): Promise<void> {
  try {
    for (;;) await work()
  } catch (error) {
    const isGone = error instanceof TypeError || (error instanceof Error && error.message === 'terminated')
    if (!isGone) throw error
  }
}

async function attesting(ciso: SignedIn['send'], { attestations }: Acknowledged): Promise<void> {
  let holds = true
  await untilGone(async () => {
    holds = !holds
    const said = { holds, statement: 'Seen on all hosts.' }
    const answer = await ciso('POST', `/api/v1/controls/${SPOKEN}/attestations`, said)
    const { id } = (await answer.json()) as { id: string }
    expect(answer.status).toBe(201)
    attestations.add(id)
  })
}

async function excepting(
  rso: SignedIn['send'],
  ciso: Pick<SignedIn, 'key' | 'send'>,
  { exceptions }: Acknowledged,
): Promise<void> {
  await untilGone(async () => {
    const wanted = {
      control: EXCEPTED,
      days: 5,
      reason: 'It is being rebuilt.',
      mitigation: 'Changes are read by two.',
    }
    const asked = await rso('POST', '/api/v1/control-exceptions', wanted)
    const { approval } = (await asked.json()) as { approval: string }
    const begun = await ciso.send('POST', `/api/v1/approvals/${approval}/options`)
    const { challenge } = (await begun.json()) as { challenge: string }
    const assertion = ciso.key.get({ challenge })
    const agreed = await ciso.send('POST', `/api/v1/approvals/${approval}/approve`, { assertion })
    const { state } = (await agreed.json()) as { state: string }
    expect([agreed.status, state]).toEqual([200, 'executed'])
    exceptions.add(approval)
  })
}

/** What the store and the ledger have, opened as the next start finds them. */
async function agreeing(open: () => Promise<App>, acknowledged: Acknowledged): Promise<number> {
  await using app = await open()
  const events = new Map<string, LedgerEvent>()
  for (let from = 0; from < app.ledger.size; from += 1_000) {
    for (const { event } of await app.ledger.entries(from, 1_000)) {
      if (event === null) continue
      // What was cut off after it was recorded is recorded again: the same under its id, which counts once.
      expect(events.get(event.id) ?? event).toEqual(event)
      events.set(event.id, event)
    }
  }
  const told = (kind: string) => [...events.values()].filter((event) => event.kind === kind)

  const attestations = await app.controls.attestations.of(SPOKEN, ALL)
  expect(attestations.map(({ id, digest }) => `${id} ${digest}`).sort()).toEqual(
    told('control.attested')
      .map(({ data, digests }) => `${data.attestation} ${digests.attestation}`)
      .sort(),
  )
  const exceptions = await app.controls.exceptions.of(EXCEPTED, ALL)
  expect(exceptions.map(({ id }) => id).sort()).toEqual(
    told('control.excepted')
      .map(({ data }) => String(data.approval))
      .sort(),
  )
  for (const [what, kept] of [
    [acknowledged.attestations, attestations],
    [acknowledged.exceptions, exceptions],
  ] as const)
    expect([...what].filter((id) => !kept.some((one) => one.id === id))).toEqual([])

  // No state on record that no event explains, and no event without its state.
  const changes = told('control.changed')
  const first = told('control.first_looked').flatMap(({ data }) => Object.keys(Object(data.states)))
  for (const { id, mode } of app.controls.catalogue.controls) {
    const history = (await app.controls.history(id, { limit: ALL })).toReversed()
    const of = changes.filter(({ subject }) => subject.id === id)
    const later = history.filter(({ from }) => from !== null)
    expect([id, later.map((one) => `${one.id} ${one.from} ${one.to} ${one.digest}`)]).toEqual([
      id,
      of.map((event) => `${event.id} ${event.data.from} ${event.data.to} ${event.digests.finding}`),
    ])
    expect([id, mode, history.length - later.length]).toEqual([id, mode, first.filter((one) => one === id).length])
    for (const [at, { from }] of later.entries()) expect([id, at, from]).toEqual([id, at, history[at]?.to])
  }
  const drifts = changes.filter(({ data }) => data.from === 'holds')
  expect(told('control.drifted').map(({ subject }) => subject.id)).toEqual(drifts.map(({ subject }) => subject.id))
  return changes.length
}

describe.each(KINDS)('the standing of controls on %s', (kind) => {
  it(`agrees with the ledger through ${ROUNDS} kills`, { timeout: 90_000 + ROUNDS * 60_000 }, async () => {
    await using databases = new AsyncDisposableStack()
    vi.stubEnv('DATABASE_URL', kind === 'postgres' ? databases.use(await createTestDatabase()).url : '')
    const folder = join(root, kind)
    mkdirSync(folder)
    const env = { SAFELEVEL_CONFIG: join(folder, 'safelevel.yaml'), SAFELEVEL_DATA_DIR: join(folder, 'data') }
    writeFileSync(env.SAFELEVEL_CONFIG, stringify({ ...CONFIG, publicPort: 0, controlPort: 0 }))
    const open = () => App.open({ ...loadConfig({ ...process.env, ...env }), log: silentLog })
    const seeded = async () => {
      await using app = await open()
      return { rso: await putPerson(app, ['rso']), ciso: await putPerson(app, ['ciso']) }
    }
    const { rso, ciso } = await seeded()
    const acknowledged: Acknowledged = { attestations: new Set(), exceptions: new Set() }
    let noted = 0
    for (let round = 0; round < ROUNDS; round++) {
      const server = new ServedChild(folder, CONFIG)
      try {
        const ready = await server.ready
        if (ready === null) throw new Error(`the server did not start in round ${round}: ${server.stderr}`)
        for (const { key } of [rso, ciso]) key.origin = ready.control.replace('127.0.0.1', 'localhost')
        const asRso = await signIn(ready.control, rso.key)
        const asCiso = await signIn(ready.control, ciso.key)
        const work = Promise.all([
          attesting(asCiso, acknowledged),
          excepting(asRso, { key: ciso.key, send: asCiso }, acknowledged),
        ])
        // Every other round goes on until looks are put on record, fifteen seconds after a start.
        if (round % 2 === 1) {
          const newest = async () => {
            const { items } = (await (await asRso('GET', '/api/v1/control-changes?limit=1')).json()) as {
              items: { id: string }[]
            }
            return items[0]?.id
          }
          // The first time everything is looked at, then what has changed since.
          for (let looks = 0; looks < 2; looks++) {
            const before = await newest()
            await expect.poll(newest, { timeout: 45_000, interval: 200 }).not.toBe(before)
          }
        }
        await sleep(Math.random() * (round % 2 === 1 ? 6_000 : 600))
        await server.kill()
        await work
      } finally {
        await server.kill()
      }
      expect(server.stderr).not.toContain('"level":50')
      noted = await agreeing(open, acknowledged)
      const verified = await safelevel(folder, ['ledger', 'verify', '--json'])
      expect([round, verified.code, verified.stderr]).toEqual([round, 0, expect.any(String)])
    }
    const { attestations, exceptions } = acknowledged
    process.stdout.write(
      `${ROUNDS} kills on ${kind}: ${attestations.size} attestations, ${exceptions.size} exceptions, ${noted} changes of state; none lost, none without its event\n`,
    )
    expect(Math.min(attestations.size, exceptions.size)).toBeGreaterThan(0)
  })
})
