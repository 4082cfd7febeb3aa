import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { RedressWorld } from '../../../test/support/redress-world.ts'
import { storeKinds, type TestStore } from '../../../test/support/stores.ts'
import type { DbHandle } from '../../db/index.ts'

const DAY_MS = 86_400_000

describe.each(storeKinds('acceptances'))('acceptance of the policy on $kind', ({ create }) => {
  let store: TestStore
  let handle: DbHandle
  let world: RedressWorld

  beforeAll(async () => {
    store = await create()
    handle = await store.open()
  })
  afterAll(async () => {
    await handle.close()
    await store[Symbol.asyncDispose]()
  })
  beforeEach(async () => {
    world = await RedressWorld.open(handle, { requireAcceptance: true })
    await world.redress.catchUp()
  })
  afterEach(() => world.close())

  const input = () => ({ version: world.policy.version, digest: world.policy.digest, acceptedBy: 'Maria, counsel' })
  const serve = (principal = world.principal, redress = world.redress) => {
    try {
      redress.requireAccepted(principal)
      return 'served'
    } catch (error) {
      return (error as { code: string }).code
    }
  }
  const publish = async () => {
    world.policy = { ...world.policy, version: '9.0.0', digest: '9'.repeat(64) }
    await world.redress.catchUp()
  }

  it('is not asked for where the installation doesn’t', async () => {
    await using lenient = await world.another({ requireAcceptance: false })
    world.clock.advance(3_650 * DAY_MS)
    expect(serve(world.principal, lenient)).toBe('served')
  })

  it('is asked for after the grace, to the millisecond, and lets in from then on', async () => {
    world.clock.advance(30 * DAY_MS - 1)
    expect(serve()).toBe('served')
    world.clock.advance(1)
    expect(serve()).toBe('FORBIDDEN')
    await world.redress.acceptances.accept(input(), world.principal)
    expect(serve()).toBe('served')
    expect(serve(world.other)).toBe('FORBIDDEN')
  })

  it('counts for one version only: a new one is announced once, and its grace begins anew', async () => {
    await world.redress.acceptances.accept(input(), world.principal)
    world.clock.advance(40 * DAY_MS)
    await publish()
    await world.redress.catchUp()
    await using elsewhere = await world.another({ requireAcceptance: true })
    await elsewhere.catchUp()
    expect(serve()).toBe('served')
    world.clock.advance(30 * DAY_MS)
    expect(serve()).toBe('FORBIDDEN')
    expect(serve(world.principal, elsewhere)).toBe('FORBIDDEN')
    expect(world.notices.filter((n) => n.kind === 'redress.policy_announced').map((n) => n.id)).toContain(
      world.policy.digest,
    )
    expect(world.log.kinds().filter((k) => k === 'redress.policy_announced')).toHaveLength(2)
  })

  it('gives an organisation that comes later a grace of its own', async () => {
    world.clock.advance(100 * DAY_MS)
    const by = { type: 'operator', id: 'operator' } as const
    const { id } = await world.accounts.createOrganisation({ name: 'Late' }, by)
    await world.redress.refresh()
    expect(serve({ ...world.principal, organisationId: id })).toBe('served')
    world.clock.advance(30 * DAY_MS)
    expect(serve({ ...world.principal, organisationId: id })).toBe('FORBIDDEN')
  })

  it('is known elsewhere at the next look', async () => {
    await using elsewhere = await world.another({ requireAcceptance: true })
    world.clock.advance(30 * DAY_MS)
    await world.redress.acceptances.accept(input(), world.principal)
    await elsewhere.refresh()
    expect(serve(world.principal, elsewhere)).toBe('served')
  })

  it('is of exactly the policy in force', async () => {
    const { acceptances } = world.redress
    const old = input()
    await publish()
    await expect(acceptances.accept(old, world.principal)).rejects.toMatchObject({ code: 'CONFLICT' })
    await expect(acceptances.accept({ ...input(), version: '1.0.0' }, world.principal)).rejects.toMatchObject({
      code: 'CONFLICT',
    })
    await expect(acceptances.accept({ ...input(), digest: 'x' }, world.principal)).rejects.toThrow()
    await expect(acceptances.accept({ ...input(), acceptedBy: ' ' }, world.principal)).rejects.toThrow()
    expect((await acceptances.list({ limit: 9 })).items).toEqual([])
  })

  it('is on record once: who, when, which; and no name on the ledger', async () => {
    const { acceptances } = world.redress
    const both = await Promise.all([
      acceptances.accept(input(), world.principal),
      acceptances.accept(input(), world.principal),
    ])
    expect(both[0]).toEqual(both[1])
    const events = world.log.events.filter((e) => e.kind === 'redress.policy_accepted')
    expect(events).toMatchObject([
      {
        actor: { type: 'key', id: world.principal.keyId },
        subject: { type: 'organisation', id: world.principal.organisationId },
        data: { version: world.policy.version, digest: world.policy.digest },
      },
    ])
    expect(JSON.stringify(world.log.events)).not.toContain('Maria')
    expect(await acceptances.status(world.principal.organisationId)).toMatchObject({
      accepted: { acceptedBy: 'Maria, counsel' },
      required: true,
    })
  })
})
