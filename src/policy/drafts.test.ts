import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { everyLabel, promptInput } from '../../test/support/policies.ts'
import { CHANGELOG, EDITOR, OTHER, PolicyWorld, SHIPPED, STRICTER } from '../../test/support/policy-world.ts'
import { storeKinds } from '../../test/support/stores.ts'
import type { Drafts } from './drafts.ts'
import type { Policies } from './policies.ts'
import { publishAction } from './publication.ts'

describe.each(storeKinds('policy'))('policies in the making, on $kind', ({ create }) => {
  let world: PolicyWorld
  let policies: Policies
  let drafts: Drafts

  beforeAll(async () => {
    world = await PolicyWorld.create(create)
  })
  afterAll(() => world[Symbol.asyncDispose]())
  beforeEach(async () => {
    await world.begin()
    policies = world.policies
    drafts = world.drafts
  })
  afterEach(() => world.end())

  describe('drafts', () => {
    it('begin with the newest version, and may be broken while they are written', async () => {
      const draft = await drafts.create({ title: 'Empty' }, EDITOR)
      expect(draft).toMatchObject({ document: SHIPPED, isStale: false, createdBy: EDITOR.id, state: 'open' })
      const edited = await drafts.edit(draft.id, { revision: draft.revision, document: 'schema:' }, EDITOR)
      expect((await drafts.lint(edited.id)).length).toBeGreaterThan(0)
      await expect(
        drafts.propose(edited.id, { revision: edited.revision, changelog: CHANGELOG }, EDITOR),
      ).rejects.toMatchObject({ code: 'POLICY_INVALID' })
    })

    it('refuse an edit that began from another text, and name who was quicker', async () => {
      const draft = await drafts.create({ title: 'Shared' }, EDITOR)
      await drafts.edit(draft.id, { revision: draft.revision, document: STRICTER }, OTHER)
      await expect(
        drafts.edit(draft.id, { revision: draft.revision, document: SHIPPED }, EDITOR),
      ).rejects.toMatchObject({ code: 'CONFLICT', message: expect.stringContaining(OTHER.id) })
      expect((await drafts.get(draft.id)).document).toBe(STRICTER)
    })

    it('let only one of two edits at once through', async () => {
      const draft = await drafts.create({ title: 'Race' }, EDITOR)
      const edits = ['one', 'two', 'three'].map((title) =>
        drafts.edit(draft.id, { revision: draft.revision, document: `# ${title}\n${SHIPPED}` }, EDITOR),
      )
      const settled = await Promise.allSettled(edits)
      expect(settled.filter(({ status }) => status === 'fulfilled')).toHaveLength(1)
    })

    it('grow stale when another version is published, until they are brought up to date', async () => {
      const draft = await drafts.create(
        { title: 'Slow', document: STRICTER.replace('1.2.0', '1.4.0').replace('0.3', '0.2') },
        EDITOR,
      )
      await publishAction(policies).execute(await world.asked(STRICTER), world.approval('apr_1'))
      expect((await drafts.get(draft.id)).isStale).toBe(true)
      await expect(
        drafts.propose(draft.id, { revision: draft.revision, changelog: CHANGELOG }, EDITOR),
      ).rejects.toMatchObject({ code: 'CONFLICT', message: expect.stringContaining('version 1.2.0') })
      await drafts.edit(draft.id, { revision: draft.revision, base: policies.newestDigest() }, EDITOR)
      const proposed = await drafts.propose(draft.id, { revision: draft.revision, changelog: CHANGELOG }, EDITOR)
      expect(proposed.proposal).toMatchObject({ changelog: CHANGELOG, by: EDITOR.id })
      const edited = await drafts.edit(draft.id, { revision: draft.revision, document: `${draft.document}\n` }, EDITOR)
      expect(edited.proposal).toBeNull()
    })

    it('need a name of their own, and something that differs', async () => {
      const same = await drafts.create({ title: 'Same' }, EDITOR)
      const unnamed = await drafts.create({ title: 'Unnamed', document: STRICTER.replace('1.2.0', '1.1.0') }, EDITOR)
      for (const draft of [same, unnamed]) {
        await expect(
          drafts.propose(draft.id, { revision: draft.revision, changelog: CHANGELOG }, EDITOR),
        ).rejects.toMatchObject({ code: 'CONFLICT' })
      }
    })

    it('stay to be seen when they are closed, and change no more', async () => {
      const draft = await drafts.create({ title: 'Wrong' }, EDITOR)
      await drafts.discard(draft.id, EDITOR)
      expect(await drafts.get(draft.id)).toMatchObject({ state: 'discarded' })
      await expect(drafts.edit(draft.id, { revision: draft.revision, title: 'x' }, EDITOR)).rejects.toMatchObject({
        code: 'CONFLICT',
      })
      expect((await drafts.list({ state: 'open', limit: 10 })).items).toEqual([])
    })
  })

  describe('a draft in shadow', () => {
    const input = promptInput({ chemical: 0.4 })

    it('decides beside the policy in force, counts where it differs, and changes nothing', async () => {
      const draft = await drafts.create({ title: 'Shadow', document: STRICTER }, EDITOR)
      await drafts.startShadow(draft.id, EDITOR)
      const ruling = policies.current()
      const actual = ruling.decide(input)
      const compare = (given = input, exchange = {}) =>
        policies.shadow()?.compare(given, ruling, [], ruling.decide(given), exchange)
      expect(compare()).toMatchObject({ action: 'refuse', clause: '1.1', label: 'chemical' })
      expect(compare(promptInput(everyLabel(0)))).toBeNull()
      const stream = {}
      const window = { ...promptInput({ chemical: 0.4 }), side: 'completion' } as const
      for (let i = 0; i < 5; i++) compare(window, stream)
      expect(actual.action).toBe('allow')
      world.clock.advance(60_000)
      await policies.catchUp()
      expect((await drafts.shadow(draft.id)).counts).toMatchObject({
        judged: 7,
        newlyRefused: 1,
        byLabel: { chemical: { newlyRefused: 1 } },
      })
      expect(world.kinds()).toContain('policy.shadow_compared')
    })

    it('is one at a time, loads or does not start, and stops on every replica', async () => {
      const replica = await world.open()
      const draft = await drafts.create({ title: 'Shadow', document: STRICTER }, EDITOR)
      const broken = await drafts.create({ title: 'Broken', document: 'x' }, EDITOR)
      await expect(drafts.startShadow(broken.id, EDITOR)).rejects.toMatchObject({ code: 'POLICY_INVALID' })
      await drafts.startShadow(draft.id, EDITOR)
      const second = await drafts.create({ title: 'Second', document: STRICTER }, EDITOR)
      await expect(drafts.startShadow(second.id, EDITOR)).rejects.toMatchObject({ code: 'CONFLICT' })
      await replica.catchUp()
      expect(replica.shadow()?.draftId).toBe(draft.id)
      await drafts.stopShadow(draft.id, EDITOR)
      await replica.catchUp()
      expect([replica.shadow(), policies.shadow()]).toEqual([null, null])
    })
  })
})
