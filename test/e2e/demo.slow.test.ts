import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { parse, stringify } from 'yaml'
import { buildDemo } from '../../demo/build.ts'
import { DemoFolder } from '../../demo/folder.ts'
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
  ...['staff/people', 'response/drills'],
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
    } finally {
      await served.kill('SIGTERM')
    }
  })
})
