import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { parse, stringify } from 'yaml'
import { buildDemo } from '../../demo/build.ts'
import { DemoFolder } from '../../demo/folder.ts'
import type { AuditSampleRow, EvidenceRequest } from '../../src/audit/index.ts'
import type { Calendar, ControlBoard, ControlView, ReportSummary } from '../../src/controls/index.ts'
import type { RunSummary } from '../../src/runbooks/index.ts'
import type { TrainingRow } from '../../src/staff/index.ts'
import { ServedChild, safelevel } from '../support/served-child.ts'

const EVERYTHING = ['rso', 'ciso', 'analyst', 'administrator', 'policy_editor', 'security_engineer', 'board', 'ceo']
/** Behind each page of the console: the list that it shows. */
const LISTS = [
  ...['decisions', 'review/cases', 'approvals', 'organisations', 'enforcement/subjects', 'appeals', 'exemptions'],
  ...['reports', 'regression-cases', 'policy/versions', 'policy/drafts', 'models', 'response/incidents', 'releases'],
  ...['cards', 'refusal/evaluations', 'refusal/red-team-runs', 'refusal/datasets', 'refusal/comparisons'],
  ...[
    'weights/versions',
    'weights/grants',
    'weights/devices',
    'weights/copies',
    'weights/canaries',
    'weights/campaigns',
  ],
  ...[
    'insider/cases',
    'insider/drills',
    'noncompliance',
    'transparency/editions',
    'notify/channels',
    'notify/webhooks',
  ],
  ...['staff/people', 'response/drills', 'control-changes', 'control-reports'],
  ...['audit/samples', 'audit/requests', 'runbook-runs', 'staff/training/people'],
]

describe('the demo', () => {
  const root = mkdtempSync(join(tmpdir(), 'safelevel-demo-'))
  const folder = new DemoFolder(join(root, 'demo'))
  beforeAll(() => buildDemo(folder, { seed: 7, quick: true }), 240_000)
  afterAll(() => rmSync(root, { recursive: true }))

  it('is built in a folder of its own, and removes nothing else', () => {
    expect(folder.mark()).toMatchObject({ seed: 7, builtAt: expect.any(String) })
    const foreign = join(root, 'foreign')
    const other = new DemoFolder(foreign)
    other.begin(1)
    rmSync(join(foreign, 'demo.json'))
    writeFileSync(join(foreign, 'precious'), 'x')
    expect(() => other.begin(1)).toThrow('no demo has made')
  })

  it('has a ledger that verifies', async () => {
    const { code, stderr } = await safelevel(folder.path, ['ledger', 'verify'])
    expect(stderr).toBe('')
    expect(code).toBe(0)
  })

  it('shows life behind every page of the console', async () => {
    const config = { ...parse(readFileSync(folder.configPath, 'utf8')), publicPort: 0, controlPort: 0 }
    writeFileSync(folder.configPath, stringify(config))
    const served = new ServedChild(folder.path, config)
    try {
      const control = (await served.ready)?.control ?? ''
      const origin = control.replace('127.0.0.1', 'localhost')
      const signedIn = await fetch(`${control}/api/v1/staff/login/development`, {
        method: 'POST',
        headers: { origin, 'content-type': 'application/json' },
        body: JSON.stringify({ roles: EVERYTHING }),
      })
      expect(signedIn.status).toBe(204)
      const cookie = signedIn.headers.getSetCookie().map((set) => set.split(';', 1)[0])
      const empty: string[] = []
      for (const path of LISTS) {
        const response = await fetch(`${control}/api/v1/${path}`, { headers: { cookie: cookie.join('; ') } })
        const { items = [] } = (await response.json()) as { items?: unknown[] }
        if (items.length === 0) empty.push(`${path} (${response.status})`)
      }
      expect(empty).toEqual([])
      const read = async <T>(path: string): Promise<T> =>
        (await (await fetch(`${control}/api/v1/${path}`, { headers: { cookie: cookie.join('; ') } })).json()) as T
      const { counts } = await read<ControlBoard>('controls')
      expect(Math.min(counts.holds, counts.fails, counts.unknown, counts.excepted)).toBeGreaterThan(0)
      const { history, attestations } = await read<ControlView>('controls/SEC-20')
      expect([attestations.map(({ holds }) => holds), history.map(({ to }) => to)]).toEqual([
        [true, false, true],
        ['holds', 'fails', 'holds', 'unknown'],
      ])
      const { items } = await read<{ items: ReportSummary[] }>('control-reports')
      expect(items.map(({ kind, state }) => `${kind} ${state}`).sort()).toEqual([
        'board delivered',
        'board draft',
        'rso delivered',
      ])
      expect((await read<ControlView>('controls/SEC-03')).state).toBe('holds')
      const samples = await read<{ items: AuditSampleRow[] }>('audit/samples')
      expect(samples.items.map(({ state }) => state)).toEqual(['drawn', 'closed'])
      const requests = await read<{ items: EvidenceRequest[] }>('audit/requests')
      expect(requests.items.map(({ state }) => state)).toEqual(['answered', 'open', 'open', 'accepted'])
      const runs = await read<{ items: RunSummary[] }>('runbook-runs')
      expect(runs.items.map(({ runbook, drill, late }) => [runbook, drill, late > 0])).toEqual([
        ['capability-surprise', false, true],
        ['jailbreak', false, false],
        ['outage', true, false],
      ])
      const trained = await read<{ items: TrainingRow[] }>('staff/training/people')
      const stand = trained.items.flatMap(({ courses }) => courses.map(({ state }) => state))
      expect(new Set(stand)).toEqual(new Set(['current', 'missing', 'overdue']))
      const { entries } = await read<Calendar>('calendar')
      expect([...new Set(entries.map(({ kind }) => kind))]).toEqual(
        expect.arrayContaining(['attestation', 'exception', 'control_report', 'evaluation', 'role']),
      )
    } finally {
      await served.kill('SIGTERM')
    }
  })
})
