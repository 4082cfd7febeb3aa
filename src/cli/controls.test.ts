import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { signInAs } from '../../test/support/app-staff.ts'
import { type RunningApp, startApp } from '../../test/support/running-app.ts'
import { runCli } from '../../test/support/running-cli.ts'
import type { Finding, Probe, State } from '../controls/index.ts'

const finding = (state: State): Finding => ({
  state,
  says: `as the test has it: ${state}`,
  evidence: [{ kind: 'entry', entry: 0, event: 'system.genesis', at: '2026-01-01T00:00:00.000Z' }],
  ...(state === 'holds' ? {} : { next: 'safelevel doctor' }),
})

let running: RunningApp
const now: Record<string, State> = { 'DEP-01': 'holds', 'DEP-02': 'fails', 'SEC-01': 'stale' }

beforeAll(async () => {
  running = await startApp()
  const probes = Object.keys(now).map((id): Probe => ({ control: id, look: async () => finding(now[id] ?? 'unknown') }))
  running.app.controls.watch(probes)
}, 120_000)
afterAll(() => running[Symbol.asyncDispose]())

const run = (...args: string[]) => runCli(running, args)

describe('safelevel status', () => {
  it('says in a screen what holds, what fails and what to do first, and exits with 1 while something fails', async () => {
    const { out, code, err } = await run('status')
    expect([code, err]).toEqual([1, ''])
    expect(out).toMatch(/profile rsp-2\.2 · 1 of \d+ commitments hold · unwitnessed/)
    expect(out).toMatch(/■ DEP-02 {2}as the test has it: fails {2}safelevel doctor/)
    expect(out).toMatch(/First: safelevel doctor \(DEP-02: /)
    expect(out.split('\n').length).toBeLessThanOrEqual(40)
    expect(out).not.toMatch(/✓ DEP/)
  })

  it('prints one line of JSON with what each control rests on', async () => {
    const { out, code } = await run('status', '--json')
    expect([code, out.trim().split('\n').length]).toEqual([1, 1])
    const { controls, counts, server } = JSON.parse(out)
    expect(controls).toHaveLength(counts.total)
    expect(controls.find(({ id }: { id: string }) => id === 'DEP-01')).toMatchObject({
      ...{ state: 'holds', evidence: [{ kind: 'entry', entry: 0, event: 'system.genesis' }] },
    })
    expect(counts).toMatchObject({ holds: 1, fails: 1, stale: 1 })
    expect(server.health.state).toBe('ready')
  })

  it('counts for another profile, shows every control when asked, and holds no longer what fails no more', async () => {
    expect((await run('status', '--profile', 'rsp-9')).code).toBe(4)
    const other = JSON.parse((await run('status', '--profile', 'rsp-3.4-governance', '--json')).out)
    expect(other).toMatchObject({ profile: 'rsp-3.4-governance', counts: { fails: 0 } })
    now['DEP-02'] = 'holds'
    await running.app.controls.look()
    const { out, code } = await run('status', '--all')
    expect(code).toBe(0)
    expect(out).toMatch(/✓ DEP-02 {2}holds/)
    expect(out).toMatch(/○ GOV-01 {2}unknown/)
  })
})

describe('safelevel controls', () => {
  it('lists and shows, with how to prove what a state rests on', async () => {
    const list = await run('controls', 'list', '--state', 'stale', '--json')
    expect(
      list.out
        .trim()
        .split('\n')
        .map((line) => JSON.parse(line).id),
    ).toEqual(['SEC-01'])
    expect((await run('controls', 'list', '--family', 'NONE')).code).toBe(2)
    const shown = await run('controls', 'show', 'DEP-01')
    expect(shown).toMatchObject({ code: 0, err: '' })
    expect(shown.out).toContain('safelevel ledger prove --entry 0')
    expect((await run('controls', 'show', 'SEC-01')).code).toBe(1)
    expect(await run('controls', 'show', 'DEP-99')).toMatchObject({
      code: 4,
      err: expect.stringContaining('NOT_FOUND'),
    })
  })

  it('has people attest under their own names, and accept by two what does not hold', async () => {
    const [tracked] = running.app.controls.catalogue.controls.filter(
      ({ mode, owner }) => mode === 'tracked' && owner === 'rso',
    )
    const id = tracked?.id ?? ''
    const path = `/api/v1/controls/${id}/attestations`
    const said = {
      holds: true,
      statement: 'It was read aloud on Monday.',
      references: [{ what: 'minutes 7', entry: 0 }],
    }
    const ciso = await signInAs(running, ['ciso'])
    const rso = await signInAs(running, ['rso'])
    expect((await ciso.send('POST', path, said)).status).toBe(403)
    const byToken = await fetch(running.controlUrl + path, {
      ...{ method: 'POST', body: JSON.stringify(said) },
      headers: { authorization: `Bearer ${running.app.operatorToken}`, 'content-type': 'application/json' },
    })
    expect(byToken.status).toBe(403)
    expect((await rso.send('POST', path, said)).status).toBe(201)
    const shown = JSON.parse((await run('controls', 'show', id, '--json')).out)
    expect(shown).toMatchObject({ state: 'holds', attestations: [{ by: rso.id, holds: true }] })
    expect((await run('controls', 'attest', id)).out).toMatch(/role rso .*\n.*http:\/\/localhost:\d+\/controls\//)

    const except = { control: 'SEC-01', days: 3, reason: 'the reviewer is ill', mitigation: 'the CISO looks daily' }
    const filed = await rso.send('POST', '/api/v1/control-exceptions', except)
    expect(filed.status).toBe(201)
    expect((await run('controls', 'except', 'SEC-01')).out).toContain('it stays stale meanwhile')
    const kinds = (await running.app.ledger.entries(0, 1_000)).flatMap(({ event }) => event?.kind ?? [])
    expect(kinds).toContain('control.attested')
    expect(kinds).not.toContain('control.excepted')
  })
})
