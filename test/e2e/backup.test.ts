import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { generateX25519Identity, identityToRecipient } from 'age-encryption'
import { afterAll, describe, expect, it, vi } from 'vitest'
import { Segments } from '../../src/ledger/index.ts'
import { createTestDatabase, postgresAvailable } from '../support/postgres.ts'
import { ServedChild, safelevel } from '../support/served-child.ts'

const CONFIG = {
  classifier: { mode: 'screen' },
  canaries: { intervalSeconds: 0 },
  ledger: { checkpointIntervalMs: 20 },
}
const KINDS = ['embedded', ...(postgresAvailable('backup and restore') ? ['postgres'] : [])] as const

const root = mkdtempSync(join(tmpdir(), 'safelevel-lost-'))
afterAll(() => {
  vi.unstubAllEnvs()
  rmSync(root, { recursive: true, force: true })
})

function folder(...names: string[]): string {
  const path = join(root, ...names)
  mkdirSync(path, { recursive: true })
  return path
}

/** @returns the decision's id */
async function ask(url: string, key: string, content: string): Promise<{ status: number; id: string }> {
  const response = await fetch(`${url}/v1/chat/completions`, {
    method: 'POST',
    headers: { authorization: `Bearer ${key}`, 'content-type': 'application/json' },
    body: JSON.stringify({ model: 'sandbox-1', messages: [{ role: 'user', content }] }),
  })
  await response.text()
  return { status: response.status, id: response.headers.get('x-safelevel-decision') ?? '' }
}

describe.each(KINDS)('a machine that is lost, on %s', (kind) => {
  it('comes back elsewhere with every decision up to its backup, and says what may be lost', async () => {
    await using databases = new AsyncDisposableStack()
    const useDatabase = async () => {
      vi.stubEnv('DATABASE_URL', kind === 'postgres' ? databases.use(await createTestDatabase()).url : '')
    }
    const [here, there, outside] = [folder(kind, 'here'), folder(kind, 'there'), folder(kind, 'outside')]
    vi.stubEnv('XDG_CONFIG_HOME', outside)
    const identity = await generateX25519Identity()
    writeFileSync(join(outside, 'identity'), `# kept elsewhere\n${identity}\n`)
    const recipient = ['--recipient', await identityToRecipient(identity)]
    const secret = ['--identity', join(outside, 'identity')]

    await useDatabase()
    const served = new ServedChild(here, CONFIG)
    const before = await served.ready
    if (before === null) throw new Error(served.stderr)
    const key = before.key ?? ''
    const decisions = []
    for (let n = 0; n < 3; n++) decisions.push((await ask(before.public, key, `question ${n}`)).id)
    expect(new Set(decisions.filter((id) => id.startsWith('dec_'))).size).toBe(3)

    const made = await safelevel(here, ['backup', 'create', join(outside, 'b.tgz'), '--json'])
    expect([made.code, made.stderr]).toEqual([0, ''])
    const { entries, authentic } = JSON.parse(made.stdout)
    expect(authentic).toBe(true)
    expect((await safelevel(here, ['backup', 'keys', join(outside, 'keys.age'), ...recipient])).code).toBe(0)

    // What comes after the backup is published, seen by others, and lost with the machine.
    for (let n = 0; n < 3; n++) await ask(before.public, key, `after ${n}`)
    await new Promise((resolve) => setTimeout(resolve, 500))
    writeFileSync(join(outside, 'checkpoint'), await (await fetch(`${before.public}/ledger/checkpoint`)).text())
    await served.kill('SIGKILL')
    rmSync(here, { recursive: true })

    await useDatabase()
    writeFileSync(join(there, 'safelevel.yaml'), JSON.stringify({ publicPort: 0, controlPort: 0, ...CONFIG }))
    const restore = (...more: string[]) =>
      safelevel(there, [
        'backup',
        'restore',
        join(outside, 'b.tgz'),
        '--keys',
        join(outside, 'keys.age'),
        ...secret,
        ...more,
      ])
    const refused = await restore('--checkpoint', join(outside, 'checkpoint'))
    expect([refused.code, refused.stderr]).toEqual([5, expect.stringMatching(/would be lost.*CONFLICT/s)])
    const restored = await restore('--checkpoint', join(outside, 'checkpoint'), '--accept-loss', '--json')
    expect([restored.code, restored.stderr]).toEqual([0, ''])
    expect(JSON.parse(restored.stdout)).toMatchObject({ entries, knownSize: expect.any(Number) })

    const again = new ServedChild(there, CONFIG)
    const after = await again.ready
    if (after === null) throw new Error(again.stderr)
    try {
      expect(after.key).toBeNull() // not a new installation
      expect((await ask(after.public, key, 'and now?')).status).toBe(200)
      const token = readFileSync(join(there, 'data', 'operator-token'), 'utf8').trim()
      const conditions = async () => {
        const headers = { authorization: `Bearer ${token}` }
        const status = await (await fetch(`${after.control}/api/v1/status`, { headers })).json()
        return (status as { health: { conditions: { code: string; words: string }[] } }).health.conditions
      }
      const said = (await conditions()).find(({ code }) => code === 'ledger_restored')?.words
      expect(said).toMatch(
        new RegExp(`with ${entries} entries on the ledger; \\d+ entries that were published after it are lost`),
      )
      // Every decision that was acknowledged before the backup, by its proof under the log's signed checkpoint.
      for (const id of decisions) {
        const proof = await safelevel(there, ['ledger', 'prove', '--event', id, '--json'])
        expect([id, proof.code, proof.stderr]).toEqual([id, 0, ''])
      }
      expect((await safelevel(there, ['backup', 'settle'])).code).toBe(0)
      expect((await conditions()).map(({ code }) => code)).not.toContain('ledger_restored')
    } finally {
      await again.kill('SIGTERM')
    }
    const verified = await safelevel(there, ['ledger', 'verify', '--json'])
    expect([verified.code, JSON.parse(verified.stdout)]).toMatchObject([0, { verified: true }])
    const kinds: string[] = []
    const segments = await Segments.open(join(there, 'data', 'ledger', 'private'))
    for await (const page of segments.pages(entries, entries + 2))
      kinds.push(...page.map(({ body }) => JSON.parse(body.toString('utf8')).kind))
    expect(kinds).toEqual(['system.restored', 'system.started'])
  }, 180_000)
})
