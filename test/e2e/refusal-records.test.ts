import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { recordResult } from '../../src/cli/refusal-record.ts'
import { type SignedIn, signInAs } from '../support/app-staff.ts'
import {
  answers,
  comparison,
  dataset,
  datasetRecord,
  evaluation,
  find,
  PLANTED,
  redTeamRun,
} from '../support/refusal-results.ts'
import { type RunningApp, startApp } from '../support/running-app.ts'

const RSO = { type: 'staff', id: 'per_rso' } as const
const CHECKPOINT = 'orca/c1'

describe('results about refusals, from the command line to the gate and the card', () => {
  let running: RunningApp
  let engineer: SignedIn
  let auditor: SignedIn
  const dir = mkdtempSync(join(tmpdir(), 'safelevel-refusal-'))

  /** As `--record` of a command sends it. */
  const send = (kind: Parameters<typeof recordResult>[1], { head, rows }: { head: unknown; rows?: string }) => {
    const file = rows === undefined ? null : join(dir, 'rows.jsonl')
    if (file !== null) writeFileSync(file, rows ?? '')
    const env = { SAFELEVEL_URL: running.controlUrl, SAFELEVEL_TOKEN: running.app.operatorToken }
    return recordResult(env, kind, head, file)
  }
  const asOperator = (method: string, path: string, body?: unknown) =>
    fetch(`${running.controlUrl}${path}`, {
      method,
      headers: { authorization: `Bearer ${running.app.operatorToken}`, 'content-type': 'application/json' },
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    })
  const at = (daysAgo: number) => ({
    beganAt: new Date(Date.now() - daysAgo * 86_400_000 - 60_000).toISOString(),
    endedAt: new Date(Date.now() - daysAgo * 86_400_000).toISOString(),
    checkpoint: CHECKPOINT,
  })
  const gate = async () => {
    const { findings } = await running.app.release.check('prod')
    return findings.find(({ id }) => id === 'refusal')
  }

  beforeAll(async () => {
    running = await startApp()
    engineer = await signInAs(running, ['security_engineer'])
    auditor = await signInAs(running, ['auditor'])
    const { checkpoints, deployments } = running.app.modelRooms.registry
    await checkpoints.record({ model: 'orca', checkpoint: 'c1', flops: 1e22 }, RSO)
    const surfaces = [{ kind: 'api' as const, name: 'api', gatewayModels: ['scripted'] }]
    await deployments.declare({ deployment: 'prod', checkpoint: CHECKPOINT, surfaces }, RSO)
  })
  afterAll(async () => {
    await running[Symbol.asyncDispose]()
    rmSync(dir, { recursive: true, force: true })
  })

  it('close a deployment until its checkpoint is shown to refuse what it should, and no more', async () => {
    expect(await gate()).toMatchObject({ state: 'missing', says: expect.stringContaining('redteam eval') })
    const sandbox = { ...evaluation(answers(1)).head.model, isSandbox: true }
    expect(await send('evaluation', evaluation(answers(150), { ...at(3), model: sandbox }))).toMatchObject({
      fixture: true,
    })
    expect(await gate()).toMatchObject({ state: 'missing' })
    await send('evaluation', evaluation(answers(150, { complied: 70, refused: 0 }), at(2)))
    expect(await gate()).toMatchObject({
      state: 'missing',
      says: expect.stringContaining('attack success may be up to'),
    })
    const good = await send('evaluation', evaluation(answers(150), at(1)))
    expect(await gate()).toMatchObject({ state: 'met', says: expect.stringContaining(good.id) })
    expect(await send('evaluation', evaluation(answers(150), at(1.5)))).toMatchObject({ known: false })
    expect(await gate()).toMatchObject({ state: 'met', says: expect.stringContaining(good.id) })
  })

  it('stand on the card as figures that nobody typed', async () => {
    const { cards } = running.app.disclosure
    const card = await cards.new('orca')
    const [attack, over] = card.evaluations
    expect(attack).toMatchObject({ suite: 'harms', snapshot: 'attack success', n: 150, value: 0, unit: 'share' })
    expect(over).toMatchObject({ suite: 'everyday', snapshot: 'over-refusal', n: 150, value: 0 })
    expect(attack?.evidence).toMatchObject([{ type: 'refusal', id: expect.stringMatching(/^rev_/) }])
    const about = async (changed: typeof card) =>
      (await cards.lint(changed)).findings.filter(({ path }) => path.startsWith('/evaluations')).map(({ code }) => code)
    expect(await about(card)).not.toContain('figure_differs')
    const milder = { ...card, evaluations: card.evaluations.map((one) => ({ ...one, value: 0.5 })) }
    expect(await about(milder)).toContain('figure_differs')
    expect(await about({ ...card, evaluations: card.evaluations.slice(0, 1) })).toContain('left_out')
    const { model } = comparison().head.tuned
    const own = { model, checkpoint: CHECKPOINT, report: '0'.repeat(64) }
    const comparedAt = new Date().toISOString()
    const { id } = await send('comparison', comparison({ base: own, tuned: own, comparedAt }))
    const { headDigest: digest } = await running.app.refusal.records.comparison(id)
    const evidence = [{ type: 'refusal' as const, id, digest, asOf: comparedAt }]
    const method = 'of the paired difference: the wider of resampled clusters and Bonett and Price'
    const change = {
      ...{
        name: 'harms attack success, change',
        suite: 'harms',
        snapshot: 'attack success, change',
        n: 120,
        tries: null,
      },
      ...{ metric: 'change of harmful requests that were complied with', value: -0.3, unit: 'share', line: null },
      interval: { lower: -0.4, upper: -0.2, level: 0.95, method },
      ...{ date: comparedAt.slice(0, 10), conditions: null, by: null, evidence },
    }
    const withChange = (moved: number) =>
      about({ ...card, evaluations: [...card.evaluations, { ...change, value: moved }] })
    expect(await withChange(-0.3)).toEqual(await about(card))
    expect(await withChange(-0.4)).toContain('figure_differs')
    await send('evaluation', evaluation(answers(151), at(0)))
    expect(await about(card)).toContain('evidence_stale')
    expect(await about(await cards.renew(card))).not.toContain('evidence_stale')
  })

  it('are read by who may, on record, and never by the operator’s token', async () => {
    const { id } = await send('dataset', dataset([datasetRecord(0)]))
    const reveal = `/api/v1/refusal/results/${id}/reveal`
    const asked = { positions: [0], reason: 'audit' }
    expect((await asOperator('POST', reveal, asked)).status).toBe(403)
    expect((await asOperator('POST', `/api/v1/refusal/datasets/${id}/exports`, { format: 'trl-sft' })).status).toBe(403)
    expect((await auditor.send('POST', reveal, asked)).status).toBe(403)
    const rows = await asOperator('GET', `/api/v1/refusal/results/${id}/rows`)
    expect(await rows.text()).not.toContain(PLANTED)
    const read = await engineer.send('POST', reveal, asked)
    expect([read.status, await read.text()]).toEqual([200, expect.stringContaining(PLANTED)])
    const { ledger } = running.app
    const entries = await ledger.entries(Math.max(0, ledger.size - 50), 50)
    expect(entries.filter(({ event }) => event?.kind === 'refusal.rows_read')).toMatchObject([
      { event: { actor: { id: engineer.id }, subject: { id } } },
    ])
  })

  it('leave no word in the files of the installation', async () => {
    await send('red_team_run', redTeamRun([find(7)]))
    for await (const { name, bytes } of running.storedFiles()) expect(bytes.includes(PLANTED), name).toBe(false)
    expect(running.logText()).not.toContain(PLANTED)
  })

  it('become reports, which go the way of every report, and count among nobody’s', async () => {
    const { id } = await send('red_team_run', redTeamRun([find(0), find(1, { side: 'guarded' })]))
    const file = async () => {
      const path = `/api/v1/refusal/red-team-runs/${id}/reports`
      const response = await asOperator('POST', path, { positions: [0, 1], deployment: 'prod', n: 1 })
      return (await response.json()) as { items: { report: string; already: boolean; reproduction: string | null }[] }
    }
    const { items } = await file()
    expect(items).toMatchObject([{ already: false }, { already: false }])
    expect(items[0]?.reproduction).toMatch(/^rpn_/)
    const again = await file()
    expect(again.items.map(({ report, already }) => [report, already])).toEqual(
      items.map(({ report }) => [report, true]),
    )
    const { intake } = running.app.disclosure
    expect(await intake.reports.get(items[1]?.report ?? '')).toMatchObject({
      ...{ channel: 'red_team', kind: 'safeguard_bypass' },
    })
    expect((await intake.counts('2020-01-01T00:00:00Z', '2100-01-01T00:00:00Z')).received).toBe(0)
    const words = await intake.reports.read(items[0]?.report ?? '', RSO)
    expect(JSON.stringify(words)).toContain(PLANTED)
  })

  it.each([
    ['without a head', 'datasets', ''],
    ['as another kind', 'evaluations', comparison().body],
    ['in half', 'datasets', dataset([datasetRecord(0), datasetRecord(1)]).body.slice(0, -40)],
    ['as no JSON', 'red-team-runs', 'attack\n'],
  ])('are refused %s, without a word of them', async (_, path, body) => {
    const response = await fetch(`${running.controlUrl}/api/v1/refusal/${path}`, {
      method: 'POST',
      headers: { authorization: `Bearer ${running.app.operatorToken}`, 'content-type': 'application/x-ndjson' },
      body,
    })
    expect(response.status).toBe(400)
    expect(await response.text()).not.toContain(PLANTED)
  })
})
