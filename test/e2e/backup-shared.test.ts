import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, describe, expect, it, vi } from 'vitest'
import { createTestDatabase, postgresAvailable } from '../support/postgres.ts'
import { ServedChild, safelevel } from '../support/served-child.ts'

const root = mkdtempSync(join(tmpdir(), 'safelevel-lost-shared-'))
afterAll(() => {
  vi.unstubAllEnvs()
  rmSync(root, { recursive: true, force: true })
})

/** What all replicas of a site have in common, and a folder of its own for each. */
function site(name: string) {
  const place = join(root, name)
  const config = {
    classifier: { mode: 'screen' },
    canaries: { intervalSeconds: 0 },
    keysDir: join(place, 'keys'),
    ledger: { shared: true, checkpointIntervalMs: 20, tiles: { folder: join(place, 'tiles') } },
  }
  const [one, two] = [join(place, 'one'), join(place, 'two')]
  for (const folder of [one, two]) mkdirSync(folder, { recursive: true })
  return { place, config, one, two }
}

async function started(folder: string, config: Record<string, unknown>) {
  const served = new ServedChild(folder, config)
  const ready = await served.ready
  if (ready === null) throw new Error(served.stderr)
  return { served, ...ready }
}

/** @returns the decision's id */
async function ask(url: string, key: string, content: string): Promise<string> {
  const response = await fetch(`${url}/v1/chat/completions`, {
    method: 'POST',
    headers: { authorization: `Bearer ${key}`, 'content-type': 'application/json' },
    body: JSON.stringify({ model: 'sandbox-1', messages: [{ role: 'user', content }] }),
  })
  await response.text()
  expect(response.status).toBe(200)
  return response.headers.get('x-safelevel-decision') ?? ''
}

describe.skipIf(!postgresAvailable('restoring a shared ledger'))('replicas that are lost with their database', () => {
  it('come back elsewhere with every decision up to the backup, in one log that both go on with', async () => {
    await using databases = new AsyncDisposableStack()
    await using children = new AsyncDisposableStack()
    const useDatabase = async () => vi.stubEnv('DATABASE_URL', databases.use(await createTestDatabase()).url)
    const replica = async (folder: string, config: Record<string, unknown>) => {
      const running = await started(folder, config)
      children.defer(() => running.served.kill('SIGKILL'))
      return running
    }
    const [here, there, outside] = [site('here'), site('there'), join(root, 'outside')]
    mkdirSync(outside)
    vi.stubEnv('XDG_CONFIG_HOME', outside)
    const backup = join(outside, 'b.tgz')
    writeFileSync(join(outside, 'words'), 'correct horse battery staple\n')
    const secret = ['--passphrase-file', join(outside, 'words')]

    await useDatabase()
    const first = await replica(here.one, here.config)
    const second = await replica(here.two, here.config)
    const key = first.key ?? ''
    const decisions: string[] = []
    for (const { public: url } of [first, second, first, second]) decisions.push(await ask(url, key, 'before'))
    // While the other one goes on recording.
    let isMaking = true
    const meanwhile = (async () => {
      while (isMaking) await ask(first.public, key, 'meanwhile')
    })()
    const made = await safelevel(here.two, ['backup', 'create', backup, '--json'])
    isMaking = false
    await meanwhile
    expect([made.code, made.stderr]).toEqual([0, ''])
    const { entries } = JSON.parse(made.stdout)
    expect((await safelevel(here.one, ['backup', 'keys', join(outside, 'keys.age'), ...secret])).code).toBe(0)
    expect((await safelevel(here.one, ['ledger', 'export'])).stdout).toContain('"system.keys_copied"')
    for (const { public: url } of [first, second]) await ask(url, key, 'after')
    const size = async () => Number((await checkpointOf(first.public)).split('\n')[1])
    await expect.poll(size, { timeout: 5_000 }).toBeGreaterThan(entries)
    const newest = await checkpointOf(first.public)
    writeFileSync(join(outside, 'checkpoint'), newest)
    for (const { served } of [first, second]) await served.kill('SIGKILL')

    const settings = JSON.stringify({ publicPort: 0, controlPort: 0, ...there.config })
    writeFileSync(join(there.one, 'safelevel.yaml'), settings)
    const restore = (...more: string[]) =>
      safelevel(there.one, ['backup', 'restore', backup, '--keys', join(outside, 'keys.age'), ...secret, ...more])
    await useDatabase()
    // Where the log's public files survive, ahead of the backup, it can't go on.
    const surviving = { ...there.config, ledger: here.config.ledger }
    writeFileSync(join(there.one, 'safelevel.yaml'), JSON.stringify({ ...surviving, publicPort: 0, controlPort: 0 }))
    const ahead = await restore('--accept-loss')
    expect([ahead.code, ahead.stderr]).toEqual([5, expect.stringContaining('give the log a new place')])
    rmSync(here.place, { recursive: true })
    writeFileSync(join(there.one, 'safelevel.yaml'), settings)
    const refused = await restore('--checkpoint', join(outside, 'checkpoint'))
    expect([refused.code, refused.stderr]).toEqual([5, expect.stringMatching(/would be lost.*CONFLICT/s)])
    const restored = await restore('--checkpoint', join(outside, 'checkpoint'), '--accept-loss', '--json')
    expect([restored.code, restored.stderr]).toEqual([0, ''])
    expect(JSON.parse(restored.stdout)).toMatchObject({ entries, knownSize: expect.any(Number) })

    // The one into whose folder it was restored comes up second: that changes nothing about what the log says first.
    const other = await replica(there.two, there.config)
    const again = await replica(there.one, there.config)
    expect([again.key, other.key]).toEqual([null, null])
    for (const { public: url } of [again, other]) decisions.push(await ask(url, key, 'and now?'))
    const { stdout: lines } = await safelevel(there.one, ['ledger', 'export'])
    const events = lines.trim().split('\n').slice(entries)
    // What waited for its place when the backup was made gets it first.
    const told = events.map((line) => JSON.parse(line).event.kind).filter((kind) => kind !== 'gateway.decision')
    expect(told.slice(0, 2)).toEqual(['system.restored', 'system.started'])
    for (const id of decisions) {
      const proof = await safelevel(there.two, ['ledger', 'prove', '--event', id, '--json'])
      expect([id, proof.code, proof.stderr]).toEqual([id, 0, ''])
    }
    expect((await safelevel(there.one, ['backup', 'settle'])).code).toBe(0)
    const verified = await safelevel(there.one, ['ledger', 'verify', '--json'])
    expect([verified.code, JSON.parse(verified.stdout)]).toMatchObject([0, { verified: true }])
    const whole = await safelevel(there.one, ['ledger', 'fsck'])
    expect([whole.code, whole.stderr]).toEqual([0, ''])
  }, 180_000)
})

async function checkpointOf(url: string): Promise<string> {
  return await (await fetch(`${url}/ledger/checkpoint`)).text()
}
