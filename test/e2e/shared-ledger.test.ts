import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { clientsOf } from '../support/clients.ts'
import { MarkerScreen, marked } from '../support/marker-screen.ts'
import { createTestDatabase, postgresAvailable } from '../support/postgres.ts'
import { MODEL, type RunningApp, startApp } from '../support/running-app.ts'

/** Two replicas behind which one ledger stands: what each does counts once, and both know it. */
async function twoReplicas() {
  await using resources = new AsyncDisposableStack()
  const folder = await mkdtemp(join(tmpdir(), 'safelevel-tiles-'))
  resources.defer(() => rm(folder, { recursive: true, force: true }))
  const database = resources.use(await createTestDatabase())
  const options = {
    classifier: new MarkerScreen(),
    databaseUrl: database.url,
    config: { ledger: { checkpointIntervalMs: 20, shared: true, tiles: { folder } } },
  }
  const one = resources.use(await startApp(options))
  const two = resources.use(await startApp({ ...options, keysFrom: one.dataDir }))
  const open = resources.move()
  return { one, two, databaseUrl: database.url, [Symbol.asyncDispose]: () => open.disposeAsync() }
}

const chat = (running: RunningApp, key: string, user: string, content: string) =>
  clientsOf({ ...running, key }).openai.chat.completions.create({
    model: MODEL,
    messages: [{ role: 'user', content }],
    user,
  })

describe.skipIf(!postgresAvailable('two replicas on one ledger'))('two replicas on one ledger', () => {
  it('record into one log, from which each decision counts once on both', async () => {
    await using world = await twoReplicas()
    const { one, two } = world
    const heard: string[] = []
    one.app.decisions.subscribe(({ id }) => heard.push(id))
    const bad = marked('cyber_operations', 0.9)
    for (const running of [one, two, one, two]) await chat(running, one.key, 'mallory', 'Hello.')
    for (const running of [one, two]) await chat(running, one.key, 'eve', bad)
    const sizes = () => [one.app.ledger.size, two.app.ledger.size]
    await expect.poll(sizes).toEqual([two.app.ledger.size, two.app.ledger.size])
    await expect.poll(() => heard.length, { timeout: 2_000 }).toBe(6)
    for (const { app } of [one, two]) await app.decisions.catchUp()
    for (const { app } of [one, two]) {
      const { items } = await app.decisions.list({ limit: 50 })
      expect(items).toHaveLength(6)
      expect(new Set(items.map(({ id }) => id)).size).toBe(6)
    }
    for (const { app } of [one, two]) await app.enforcement.catchUp()
    const principal = one.app.accounts.authenticate(one.key)
    if (principal === null) throw new Error('the key is not known')
    const eve = { type: 'end_user', id: one.app.accounts.endUserId(principal, 'eve') } as const
    for (const { app } of [one, two]) {
      await expect.poll(() => app.enforcement.readings.standing(eve).strikes, { timeout: 2_000 }).toBe(2)
    }
    const kinds = (await one.app.ledger.entries(0, 1_000)).map(({ event }) => event?.kind)
    expect(kinds.filter((kind) => kind === 'gateway.decision')).toHaveLength(6)
    expect(kinds[0]).toBe('system.genesis')
    expect(kinds.filter((kind) => kind === 'system.genesis' || kind === 'system.started')).toHaveLength(2)
    expect(one.app.readiness()).toMatchObject({ ready: true })
    for (const running of [one, two]) {
      const [checkpoint, tile] = await Promise.all([
        fetch(`${running.url}/ledger/checkpoint`),
        fetch(`${running.url}/ledger/tile/entries/000.p/${one.app.ledger.health().publishedSize}`),
      ])
      expect(await checkpoint.text()).toContain(one.app.ledger.origin)
      expect([200, 404]).toContain(tile.status)
    }
  }, 60_000)

  it('goes on when the one that published is gone', async () => {
    await using world = await twoReplicas()
    const { one, two } = world
    await chat(two, one.key, 'bob', 'Hello.')
    await one.app.ledger.close()
    await chat(two, one.key, 'bob', 'Hello again.')
    await expect.poll(() => two.app.ledger.health().sequencer?.here, { timeout: 5_000 }).toBe(true)
    const { size } = two.app.ledger
    await expect.poll(() => two.app.ledger.health().publishedSize, { timeout: 5_000 }).toBeGreaterThanOrEqual(size)
  }, 60_000)

  it('refuses a replica with other keys, and one without the ledger’s', async () => {
    await using world = await twoReplicas()
    const { one, databaseUrl } = world
    const config = { ledger: one.app.config.ledger }
    await expect(startApp({ databaseUrl, config })).rejects.toMatchObject({
      code: 'CONFIG_INVALID',
      message: expect.stringMatching(/digest\.key is missing, and the installation in this database has one: copy it/),
    })
    const alone = { ledger: { checkpointIntervalMs: 20 } }
    // Only the ledger's own key is not copied to one that has a log of its own.
    await using apart = await startApp({ databaseUrl, config: alone, keysFrom: one.dataDir })
    const changed = startApp({ databaseUrl, config, keysFrom: apart.dataDir })
    await expect(changed).rejects.toMatchObject({
      code: 'CONFIG_INVALID',
      message: expect.stringContaining('copy the folder of keys from a replica'),
    })
  }, 60_000)
})
