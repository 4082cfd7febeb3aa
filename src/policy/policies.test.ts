import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { promptInput } from '../../test/support/policies.ts'
import { CHANGELOG, EDITOR, OTHER, PolicyWorld, STRICTER } from '../../test/support/policy-world.ts'
import { storeKinds } from '../../test/support/stores.ts'
import type { Policies } from './policies.ts'
import { publishAction } from './publication.ts'
import type { Publication } from './schema.ts'

describe.each(storeKinds('policy'))('the policies of an installation, on $kind', ({ create }) => {
  let world: PolicyWorld
  let policies: Policies

  beforeAll(async () => {
    world = await PolicyWorld.create(create)
  })
  afterAll(() => world[Symbol.asyncDispose]())
  beforeEach(async () => {
    await world.begin()
    policies = world.policies
  })
  afterEach(() => world.end())

  describe('the first one', () => {
    it('is that of the file, recorded as the genesis once', async () => {
      expect(policies.status()).toMatchObject({
        inForce: { version: '1.1.0', source: 'file' },
        file: { differs: false },
        rule: 'test.yaml rules until two people publish a version',
      })
      expect(world.kinds()).toEqual(['policy.genesis'])
      await (await world.open()).start()
      expect(world.kinds()).toEqual(['policy.genesis'])
      expect(policies.versions()).toMatchObject([{ number: 1, source: 'file', state: 'in_force', previous: null }])
    })

    it('follows the file as long as nobody has published', async () => {
      const changed = await world.open(STRICTER)
      await changed.start()
      expect(changed.current().version).toBe('1.2.0')
      expect(world.kinds()).toEqual(['policy.genesis', 'policy.file_adopted'])
      expect(changed.versions()).toMatchObject([
        { number: 2, version: '1.2.0', state: 'in_force', previous: policies.current().digest },
        { number: 1, state: 'superseded' },
      ])
    })
  })

  describe('publication', () => {
    it('rules on every replica at its next look; requests keep the version that they began with', async () => {
      const replica = await world.open()
      const before = replica.current()
      await publishAction(policies).execute(await world.asked(STRICTER), world.approval('apr_1'))
      expect(policies.current().version).toBe('1.2.0')
      await replica.catchUp()
      expect(replica.current().version).toBe('1.2.0')
      expect(before.decide(promptInput({ chemical: 0.4 })).action).toBe('allow')
      expect(replica.current().decide(promptInput({ chemical: 0.4 })).action).toBe('refuse')
      expect(policies.versions()[0]).toMatchObject({
        number: 2,
        source: 'published',
        state: 'in_force',
        changelog: CHANGELOG,
        approvalId: 'apr_1',
        requestedBy: EDITOR.id,
        approvedBy: [OTHER.id],
      })
      expect(world.kinds().slice(1)).toEqual(['policy.draft_created', 'policy.published', 'policy.took_effect'])
    })

    it('takes the rule from the file for good, and says so', async () => {
      await publishAction(policies).execute(await world.asked(STRICTER), world.approval('apr_1'))
      const restarted = await world.open()
      await restarted.start()
      expect(restarted.status()).toMatchObject({
        inForce: { version: '1.2.0', source: 'published' },
        file: { version: '1.1.0', differs: true },
        rule: 'the published version rules; test.yaml (version 1.1.0) differs and has no effect',
      })
      expect(world.kinds().filter((kind) => kind === 'policy.file_adopted')).toEqual([])
    })

    it('waits for its time, and then takes effect once for all', async () => {
      await publishAction(policies).execute(
        await world.asked(STRICTER, '2026-06-02T02:00:00+02:00'),
        world.approval('apr_1'),
      )
      const replica = await world.open()
      expect(policies.current().version).toBe('1.1.0')
      expect(policies.status().scheduled).toMatchObject([{ version: '1.2.0', effectiveAt: '2026-06-02T00:00:00.000Z' }])
      world.clock.advance(86_400_000 - 1)
      await policies.catchUp()
      expect(policies.current().version).toBe('1.1.0')
      world.clock.advance(1)
      await Promise.all([policies.catchUp(), replica.catchUp()])
      expect([policies.current().version, replica.current().version]).toEqual(['1.2.0', '1.2.0'])
      expect(world.kinds().filter((kind) => kind === 'policy.took_effect')).toHaveLength(1)
      expect(policies.status().scheduled).toEqual([])
    })

    it('overtakes one that still waits', async () => {
      await publishAction(policies).execute(
        await world.asked(STRICTER, '2026-06-02T00:00:00Z'),
        world.approval('apr_1'),
      )
      const urgent = await world.asked(STRICTER.replace('version: 1.2.0', 'version: 1.3.0').replace('0.995', '0.99'))
      await publishAction(policies).execute(urgent, world.approval('apr_2'))
      expect(policies.current().version).toBe('1.3.0')
      world.clock.advance(2 * 86_400_000)
      await policies.catchUp()
      expect(policies.current().version).toBe('1.3.0')
    })

    it('is carried out once, however often it is called', async () => {
      const publication = await world.asked(STRICTER)
      await publishAction(policies).execute(publication, world.approval('apr_1'))
      await publishAction(policies).execute(publication, world.approval('apr_1'))
      expect(policies.versions()).toHaveLength(2)
      expect(world.kinds().filter((kind) => kind === 'policy.published')).toHaveLength(1)
    })

    it('is refused when the draft was edited, overtaken or forged meanwhile', async () => {
      const publication = await world.asked(STRICTER)
      const forged = { ...publication, digest: policies.current().digest }
      await expect(publishAction(policies).execute(forged, world.approval('apr_1'))).rejects.toMatchObject({
        code: 'REQUEST_INVALID',
      })
      const rival = await world.asked(STRICTER.replace('version: 1.2.0', 'version: 1.2.1').replace('0.995', '0.99'))
      await publishAction(policies).execute(rival, world.approval('apr_2'))
      await expect(publishAction(policies).check?.(publication, EDITOR.id)).rejects.toMatchObject({ code: 'CONFLICT' })
      await expect(publishAction(policies).execute(publication, world.approval('apr_1'))).rejects.toMatchObject({
        code: 'CONFLICT',
      })
      expect(policies.current().version).toBe('1.2.1')
    })

    it('changes nothing when the ledger can’t record it', async () => {
      const publication = await world.asked(STRICTER)
      world.ledgerFails = true
      await expect(publishAction(policies).execute(publication, world.approval('apr_1'))).rejects.toMatchObject({
        code: 'LEDGER_UNAVAILABLE',
      })
      await policies.catchUp()
      expect([policies.current().version, policies.versions().length]).toEqual(['1.1.0', 1])
      world.ledgerFails = false
      await publishAction(policies).execute(publication, world.approval('apr_1'))
      expect(policies.current().version).toBe('1.2.0')
    })

    it('takes two people of the right roles, always', () => {
      const { rule, fresh } = publishAction(policies)
      const payload = {} as Publication
      for (const bootstrap of [true, false]) {
        expect(rule(payload, { bootstrap })).toMatchObject({
          kind: 'quorum',
          requesters: ['policy_editor', 'rso'],
          groups: [{ roles: ['policy_editor', 'rso'], count: 1 }],
        })
      }
      expect(fresh).toBe(true)
    })
  })

  describe('a broken version', () => {
    const breakNewest = async () => {
      await world.db.db
        .updateTable('policyVersion')
        .set({ document: 'schema: nonsense' })
        .where('number', '=', 2)
        .execute()
      await world.db.db
        .updateTable('policyHead')
        .set((eb) => ({ change: eb('change', '+', 1) }))
        .execute()
    }

    it('never replaces a good one that runs', async () => {
      await publishAction(policies).execute(
        await world.asked(STRICTER, '2026-06-02T00:00:00Z'),
        world.approval('apr_1'),
      )
      await breakNewest()
      world.clock.advance(86_400_000)
      await policies.catchUp()
      expect(policies.current().version).toBe('1.1.0')
      expect(policies.status().problem).toContain('version 1.2.0 can’t take effect'.replace('’', "'"))
    })

    it('lets nobody start with an older one instead', async () => {
      await publishAction(policies).execute(await world.asked(STRICTER), world.approval('apr_1'))
      await breakNewest()
      await expect(world.open()).rejects.toMatchObject({ code: 'POLICY_INVALID' })
    })
  })
})
