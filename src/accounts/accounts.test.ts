import { createHmac } from 'node:crypto'
import { sql } from 'kysely'
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { storeKinds, type TestStore } from '../../test/support/stores.ts'
import { ManualClock } from '../base/clock.ts'
import { seededIds } from '../base/ids.ts'
import { silentLog } from '../base/log.ts'
import type { DbHandle } from '../db/index.ts'
import type { Actor, EventLog, LedgerEvent } from '../ledger/index.ts'
import { LedgerEvent as LedgerEventSchema } from '../ledger/index.ts'
import { Accounts, KEY_PATTERN } from './index.ts'

const OPERATOR: Actor = { type: 'operator', id: 'operator' }

/** Keeps what it is given; `failing` decides on which side of an append the power goes. */
class MemoryLog implements EventLog {
  readonly events: LedgerEvent[] = []
  failing: 'before' | 'after' | null = null
  async append(event: LedgerEvent): Promise<{ position: number }> {
    if (this.failing === 'before') throw new Error('disk gone')
    this.events.push(LedgerEventSchema.parse(event))
    if (this.failing === 'after') throw new Error('power cut')
    return { position: this.events.length - 1 }
  }

  kinds(): string[] {
    return this.events.map((e) => e.kind)
  }
}

describe.each(storeKinds('accounts'))('accounts on $kind', ({ create, kind }) => {
  let store: TestStore
  let handle: DbHandle
  let log: MemoryLog
  let clock: ManualClock
  let seed = 1

  beforeAll(async () => {
    store = await create()
    handle = await store.open()
  })
  afterAll(async () => {
    await handle.close()
    await store[Symbol.asyncDispose]()
  })
  beforeEach(async () => {
    for (const table of ['apiKey', 'project', 'organisation', 'journalIntent'] as const) {
      await handle.db.deleteFrom(table).execute()
    }
    log = new MemoryLog()
    clock = new ManualClock()
  })

  const open = () =>
    Accounts.open({
      db: handle,
      ledger: log,
      clock,
      ids: seededIds(clock, seed++),
      log: silentLog,
      digest: (text) => createHmac('sha256', 'test').update(text).digest('hex'),
      defaults: { requestsPerMinute: 60, tokensPerMinute: 1000 },
    })

  it('makes the first organisation, project and key once', async () => {
    await using accounts = await open()
    const first = await accounts.ensureFirstKey()
    expect(first).toMatch(KEY_PATTERN)
    expect(await accounts.ensureFirstKey()).toBeNull()
    expect(log.kinds()).toEqual(['accounts.organisation_created', 'accounts.project_created', 'accounts.key_created'])
    expect(accounts.authenticate(first ?? '')).toMatchObject({ testString: true })
    expect((await accounts.organisations({ limit: 10 })).items).toMatchObject([{ name: 'Default' }])
    expect((await accounts.projects({ limit: 10 })).items).toMatchObject([{ name: 'default', requestsPerMinute: null }])
  })

  it('does not make another first key after all were revoked', async () => {
    await using accounts = await open()
    await accounts.ensureFirstKey()
    const { items } = await accounts.keys({ limit: 10 })
    await accounts.revokeKey(items[0]?.id ?? '', OPERATOR)
    expect(await accounts.ensureFirstKey()).toBeNull()
  })

  it('keeps no secret and puts no name on the ledger', async () => {
    await using accounts = await open()
    await accounts.ensureFirstKey()
    const organisation = await accounts.createOrganisation({ name: 'Acme Geheim' }, OPERATOR)
    const project = await accounts.createProject({ organisationId: organisation.id, name: 'Projekt X' }, OPERATOR)
    const { key } = await accounts.createKey({ projectId: project.id, name: 'Schlüssel' }, OPERATOR)
    const rows = JSON.stringify(await handle.db.selectFrom('apiKey').selectAll().execute())
    expect(rows).not.toContain(key)
    expect(rows).not.toContain(key.slice(12, -4))
    const recorded = JSON.stringify(log.events)
    for (const secret of ['Acme', 'Projekt', 'Schlüssel', key.slice(8, 20)]) expect(recorded).not.toContain(secret)
    expect(log.events.at(-1)).toMatchObject({
      kind: 'accounts.key_created',
      actor: OPERATOR,
      data: { organisation: organisation.id, project: project.id, testString: true, expiresAt: null },
    })
  })

  it('refuses a key from the moment it is revoked, and records the revocation once', async () => {
    await using accounts = await open()
    const secret = (await accounts.ensureFirstKey()) ?? ''
    const id = accounts.authenticate(secret)?.keyId ?? ''
    const both = await Promise.all([accounts.revokeKey(id, OPERATOR), accounts.revokeKey(id, OPERATOR)])
    expect(both.map((k) => k.status)).toEqual(['revoked', 'revoked'])
    expect(accounts.authenticate(secret)).toBeNull()
    expect(log.kinds().filter((k) => k === 'accounts.key_revoked')).toHaveLength(1)
    await accounts.close()
    await using reopened = await open()
    expect(reopened.authenticate(secret)).toBeNull()
  })

  it('refuses an expired key and one that would be born expired', async () => {
    await using accounts = await open()
    await accounts.ensureFirstKey()
    const expiresAt = new Date(clock.now() + 1000).toISOString()
    const { key, id } = await accounts.createKey({ name: 'short', expiresAt, testString: false }, OPERATOR)
    expect(accounts.authenticate(key)).toMatchObject({ keyId: id, testString: false })
    clock.advance(1000)
    expect(accounts.authenticate(key)).toBeNull()
    const { items } = await accounts.keys({ limit: 10 })
    expect(items.find((k) => k.id === id)?.status).toBe('expired')
    await expect(accounts.createKey({ expiresAt }, OPERATOR)).rejects.toMatchObject({ code: 'REQUEST_INVALID' })
  })

  it('knows nobody by a wrong, empty, long or strange secret', async () => {
    await using accounts = await open()
    const secret = (await accounts.ensureFirstKey()) ?? ''
    const others = ['', secret.slice(0, -1), `${secret}0`, ` ${secret}`, secret.toLowerCase(), '\u0000', '__proto__']
    for (const other of [...others, 'x'.repeat(10_000_000), secret + '0'.repeat(300)]) {
      expect(accounts.authenticate(other)).toBeNull()
    }
  })

  it('says what does not exist', async () => {
    await using accounts = await open()
    const missing = { code: 'NOT_FOUND' }
    await expect(accounts.createKey({}, OPERATOR)).rejects.toMatchObject(missing)
    await expect(accounts.createKey({ projectId: 'prj_0' }, OPERATOR)).rejects.toMatchObject(missing)
    await expect(accounts.createProject({ organisationId: 'org_0', name: 'x' }, OPERATOR)).rejects.toMatchObject(
      missing,
    )
    await expect(accounts.revokeKey("'; drop table api_key; --", OPERATOR)).rejects.toMatchObject(missing)
    const limits = { requestsPerMinute: 1, tokensPerMinute: null }
    await expect(accounts.setProjectLimits('prj_0', limits, OPERATOR)).rejects.toMatchObject(missing)
    expect(log.events).toEqual([])
  })

  it.each(['before', 'after'] as const)('finishes a revocation whose record failed %s it was durable', async (when) => {
    const accounts = await open()
    const secret = (await accounts.ensureFirstKey()) ?? ''
    const id = accounts.authenticate(secret)?.keyId ?? ''
    log.failing = when
    await expect(accounts.revokeKey(id, OPERATOR)).rejects.toMatchObject({ code: 'LEDGER_UNAVAILABLE' })
    expect(accounts.authenticate(secret)).not.toBeNull()
    // While the ledger is down nothing else gets past it.
    await expect(accounts.createOrganisation({ name: 'x' }, OPERATOR)).rejects.toMatchObject({
      code: 'LEDGER_UNAVAILABLE',
    })
    await accounts.close()
    log.failing = null
    await using reopened = await open()
    expect(reopened.authenticate(secret)).toBeNull()
    const revocations = log.events.filter((e) => e.kind === 'accounts.key_revoked')
    expect(new Set(revocations.map((e) => e.id)).size).toBe(1)
    expect(await handle.db.selectFrom('journalIntent').selectAll().execute()).toEqual([])
  })

  it('finishes a failed change by itself once the ledger records again', async () => {
    await using accounts = await open()
    const secret = (await accounts.ensureFirstKey()) ?? ''
    const id = accounts.authenticate(secret)?.keyId ?? ''
    log.failing = 'before'
    await expect(accounts.revokeKey(id, OPERATOR)).rejects.toMatchObject({ code: 'LEDGER_UNAVAILABLE' })
    await expect(accounts.catchUp()).rejects.toMatchObject({ code: 'LEDGER_UNAVAILABLE' })
    log.failing = null
    const deadline = performance.now() + 10_000
    while (accounts.authenticate(secret) !== null && performance.now() < deadline) {
      await new Promise((resolve) => setTimeout(resolve, 20))
    }
    expect(accounts.authenticate(secret)).toBeNull()
  })

  it.each(['before', 'after'] as const)('revokes a key whose making was cut off %s the record', async (when) => {
    const accounts = await open()
    log.failing = when
    await expect(accounts.ensureFirstKey()).rejects.toMatchObject({ code: 'LEDGER_UNAVAILABLE' })
    log.failing = null
    const secret = await accounts.ensureFirstKey()
    expect(secret).not.toBeNull()
    clock.advance(1)
    log.failing = when
    await expect(accounts.createKey({ name: 'lost' }, OPERATOR)).rejects.toMatchObject({ code: 'LEDGER_UNAVAILABLE' })
    await accounts.close()
    log.failing = null
    await using reopened = await open()
    const { items } = await reopened.keys({ limit: 10 })
    expect(items.map((k) => [k.name, k.status])).toEqual([
      ['first key', 'active'],
      ['lost', 'revoked'],
    ])
    expect(log.events.at(-1)).toMatchObject({ kind: 'accounts.key_revoked', data: { reason: 'undelivered' } })
  })

  it('gives a first key again when the first was never delivered', async () => {
    const accounts = await open()
    await handle.db
      .insertInto('organisation')
      .values({ id: 'org_0', name: 'Default', createdAt: new Date(0), version: 0 })
      .execute()
    const project = { id: 'prj_0', organisationId: 'org_0', name: 'default', requestsPerMinute: null }
    await handle.db
      .insertInto('project')
      .values({ ...project, tokensPerMinute: null, createdAt: new Date(0), version: 0 })
      .execute()
    log.failing = 'after'
    await expect(accounts.ensureFirstKey()).rejects.toMatchObject({ code: 'LEDGER_UNAVAILABLE' })
    log.failing = null
    await accounts.close()
    await using reopened = await open()
    expect(await reopened.ensureFirstKey()).toMatch(KEY_PATTERN)
  })

  it('pages lists in order of creation', async () => {
    await using accounts = await open()
    await accounts.ensureFirstKey()
    for (let i = 0; i < 4; i++) {
      clock.advance(1)
      await accounts.createKey({ name: `k${i}` }, OPERATOR)
    }
    const names: string[] = []
    let after: string | undefined
    for (let pages = 0; pages < 5; pages++) {
      const { items, next } = await accounts.keys({ limit: 2, after })
      names.push(...items.map((k) => k.name))
      if (next === null) break
      after = next
    }
    expect(names).toEqual(['first key', 'k0', 'k1', 'k2', 'k3'])
    expect((await accounts.keys({ limit: 9, projectId: 'prj_other' })).items).toEqual([])
  })

  it('applies limits of a project at once and records only real changes', async () => {
    await using accounts = await open()
    const principal = accounts.authenticate((await accounts.ensureFirstKey()) ?? '')
    if (!principal) throw new Error('no principal')
    expect(accounts.admit(principal, { tokens: 10 })).toMatchObject({
      admitted: true,
      requestState: { limit: 60, remaining: 59 },
      tokenState: { limit: 1000, remaining: 990 },
    })
    const limits = { requestsPerMinute: 2, tokensPerMinute: null }
    expect(await accounts.setProjectLimits(principal.projectId, limits, OPERATOR)).toMatchObject(limits)
    await accounts.setProjectLimits(principal.projectId, limits, OPERATOR)
    expect(log.kinds().filter((k) => k === 'accounts.project_limits_changed')).toHaveLength(1)
    const admitted = [1, 2, 3].map(() => accounts.admit(principal, { tokens: 1 }).admitted)
    expect(admitted).toEqual([true, true, false])
  })

  it('puts a customer into a tier at once, on every replica at its next look, and records only real changes', async () => {
    await using accounts = await open()
    await using replica = await open()
    const organisation = await accounts.createOrganisation({ name: 'Acme', tier: 'trusted' }, OPERATOR)
    const project = await accounts.createProject({ organisationId: organisation.id, name: 'web' }, OPERATOR)
    const { key } = await accounts.createKey({ projectId: project.id, name: 'k' }, OPERATOR)
    expect(accounts.authenticate(key)).toMatchObject({ tier: 'trusted' })
    await accounts.setOrganisationTier(organisation.id, { tier: 'school' }, OPERATOR)
    expect(await accounts.setOrganisationTier(organisation.id, { tier: 'school' }, OPERATOR)).toMatchObject({
      tier: 'school',
    })
    expect(accounts.authenticate(key)).toMatchObject({ tier: 'school' })
    await replica.refresh()
    expect(replica.authenticate(key)).toMatchObject({ tier: 'school' })
    await accounts.setOrganisationTier(organisation.id, { tier: null }, OPERATOR)
    expect(accounts.authenticate(key)).not.toHaveProperty('tier')
    const changes = log.events.filter(({ kind }) => kind === 'accounts.organisation_tier_changed')
    expect(changes.map(({ data }) => data.tier)).toEqual(['school', null])
    await expect(accounts.setOrganisationTier('org_none', { tier: 'x' }, OPERATOR)).rejects.toMatchObject({
      code: 'NOT_FOUND',
    })
  })

  it('stores when a key was last used', async () => {
    await using accounts = await open()
    const secret = (await accounts.ensureFirstKey()) ?? ''
    clock.advance(5000)
    accounts.authenticate(secret)
    await accounts.housekeep()
    clock.jump(-4000)
    accounts.authenticate(secret)
    await accounts.housekeep()
    const { items } = await accounts.keys({ limit: 1 })
    expect(items[0]?.lastUsedAt).toBe(new Date(Date.UTC(2026, 0, 1) + 5000).toISOString())
  })

  it('knows an end user by a keyed digest that differs between organisations', async () => {
    await using accounts = await open()
    const id = accounts.endUserId({ organisationId: 'org_1' }, 'maria@example.com')
    expect(id).toMatch(/^eu_[0-9a-f]{32}$/)
    expect(accounts.endUserId({ organisationId: 'org_1' }, 'maria@example.com')).toBe(id)
    expect(accounts.endUserId({ organisationId: 'org_2' }, 'maria@example.com')).not.toBe(id)
  })

  it.runIf(kind === 'postgres')('survives losing its connections in the middle of a change', async () => {
    const second = await store.open()
    try {
      await using accounts = await open()
      const secret = (await accounts.ensureFirstKey()) ?? ''
      const id = accounts.authenticate(secret)?.keyId ?? ''
      const append = log.append.bind(log)
      log.append = async (event) => {
        await sql`select pg_terminate_backend(pid) from pg_stat_activity
          where datname = current_database() and pid <> pg_backend_pid()`.execute(second.db)
        await new Promise((resolve) => setTimeout(resolve, 50))
        return append(event)
      }
      await expect(accounts.revokeKey(id, OPERATOR)).rejects.toThrow()
      log.append = append
      await accounts.catchUp()
      expect(accounts.authenticate(secret)).toBeNull()
      const revocations = log.events.filter((e) => e.kind === 'accounts.key_revoked')
      expect(new Set(revocations.map((e) => e.id)).size).toBe(1)
    } finally {
      await second.close()
    }
  })

  it.runIf(kind === 'postgres')('sees within a poll what another process changed', async () => {
    await using here = await open()
    const second = await store.open()
    try {
      await using there = await Accounts.open({
        db: second,
        ledger: log,
        clock,
        ids: seededIds(clock, 77),
        log: silentLog,
        digest: (text) => text,
        defaults: { requestsPerMinute: 1, tokensPerMinute: 1 },
      })
      const [a, b] = await Promise.all([here.ensureFirstKey(), there.ensureFirstKey()])
      expect([a, b].filter((s) => s !== null)).toHaveLength(1)
      const secret = a ?? b ?? ''
      await here.refresh()
      await there.refresh()
      const id = here.authenticate(secret)?.keyId ?? ''
      expect(there.authenticate(secret)?.keyId).toBe(id)
      await there.revokeKey(id, OPERATOR)
      const deadline = performance.now() + 5000
      while (here.authenticate(secret) !== null && performance.now() < deadline) {
        await new Promise((resolve) => setTimeout(resolve, 50))
      }
      expect(here.authenticate(secret)).toBeNull()
    } finally {
      await second.close()
    }
  })
})
