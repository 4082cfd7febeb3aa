import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { CALIBRATED, changedPolicy, everyLabel, promptInput } from '../../test/support/policies.ts'
import { storeKinds, type TestStore } from '../../test/support/stores.ts'
import { ManualClock } from '../base/clock.ts'
import { seededIds } from '../base/ids.ts'
import { silentLog } from '../base/log.ts'
import type { DbHandle } from '../db/index.ts'
import type { LedgerEvent } from '../ledger/index.ts'
import type { Approved } from '../staff/index.ts'
import { Drafts } from './drafts.ts'
import type { PolicyContext } from './journal.ts'
import { Policies } from './policies.ts'
import { readPolicyFile } from './policy.ts'
import { publishAction } from './publication.ts'
import type { Publication } from './schema.ts'

const EDITOR = { type: 'staff', id: 'per_editor' } as const
const OTHER = { type: 'staff', id: 'per_other' } as const
const SHIPPED = readPolicyFile()
const STRICTER = changedPolicy('threshold: calibrated', 'threshold: 0.3').replace('version: 1.1.0', 'version: 1.2.0')
const CHANGELOG = 'Chemical weapons are refused from a lower score.'

describe.each(storeKinds('policy'))('the policies of an installation, on $kind', ({ create }) => {
  let store: TestStore
  let db: DbHandle
  let clock: ManualClock
  let events: LedgerEvent[]
  let ledgerFails: boolean
  let context: PolicyContext
  let policies: Policies
  let drafts: Drafts
  const opened: Policies[] = []

  async function open(text = SHIPPED): Promise<Policies> {
    const made = await Policies.open(context, { calibratedThresholds: CALIBRATED, file: { text, path: 'test.yaml' } })
    opened.push(made)
    return made
  }

  beforeAll(async () => {
    store = await create()
    db = await store.open()
  })
  afterAll(async () => {
    await db.close()
    await store[Symbol.asyncDispose]()
  })
  beforeEach(async () => {
    for (const table of ['policyReplay', 'policyShadow', 'policyDraft', 'policyVersion'] as const) {
      await db.db.deleteFrom(table).execute()
    }
    clock = new ManualClock(Date.UTC(2026, 5, 1))
    events = []
    ledgerFails = false
    const ledger = {
      append: async (event: LedgerEvent) => {
        if (ledgerFails) throw new Error('the disk is full')
        return { position: events.push(event) - 1 }
      },
    }
    context = { db, ledger, clock, ids: seededIds(clock), log: silentLog }
    policies = await open()
    await policies.start()
    drafts = new Drafts(policies)
  })
  afterEach(async () => {
    for (const made of opened.splice(0)) await made.close()
  })

  const kinds = () => events.map(({ kind }) => kind)
  const approval = (id: string): Approved => ({
    id,
    requester: EDITOR.id,
    approvers: [OTHER.id],
    approvedAt: new Date(clock.now()).toISOString(),
    effectiveUntil: null,
    digest: '0'.repeat(64),
  })

  async function asked(text: string, effectiveAt: string | null = null): Promise<Publication> {
    const draft = await drafts.create({ title: 'A change', document: text }, EDITOR)
    return drafts.publication(draft.id, { revision: draft.revision, changelog: CHANGELOG, effectiveAt })
  }

  describe('the first one', () => {
    it('is that of the file, recorded as the genesis once', async () => {
      expect(policies.status()).toMatchObject({
        inForce: { version: '1.1.0', source: 'file' },
        file: { differs: false },
        rule: 'test.yaml rules until two people publish a version',
      })
      expect(kinds()).toEqual(['policy.genesis'])
      await (await open()).start()
      expect(kinds()).toEqual(['policy.genesis'])
      expect(policies.versions()).toMatchObject([{ number: 1, source: 'file', state: 'in_force', previous: null }])
    })

    it('follows the file as long as nobody has published', async () => {
      const changed = await open(STRICTER)
      await changed.start()
      expect(changed.current().version).toBe('1.2.0')
      expect(kinds()).toEqual(['policy.genesis', 'policy.file_adopted'])
      expect(changed.versions()).toMatchObject([
        { number: 2, version: '1.2.0', state: 'in_force', previous: policies.current().digest },
        { number: 1, state: 'superseded' },
      ])
    })
  })

  describe('publication', () => {
    it('rules on every replica at its next look; requests keep the version that they began with', async () => {
      const replica = await open()
      const before = replica.current()
      await publishAction(policies).execute(await asked(STRICTER), approval('apr_1'))
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
      expect(kinds().slice(1)).toEqual(['policy.draft_created', 'policy.published', 'policy.took_effect'])
    })

    it('takes the rule from the file for good, and says so', async () => {
      await publishAction(policies).execute(await asked(STRICTER), approval('apr_1'))
      const restarted = await open()
      await restarted.start()
      expect(restarted.status()).toMatchObject({
        inForce: { version: '1.2.0', source: 'published' },
        file: { version: '1.1.0', differs: true },
        rule: 'the published version rules; test.yaml (version 1.1.0) differs and has no effect',
      })
      expect(kinds().filter((kind) => kind === 'policy.file_adopted')).toEqual([])
    })

    it('waits for its time, and then takes effect once for all', async () => {
      await publishAction(policies).execute(await asked(STRICTER, '2026-06-02T02:00:00+02:00'), approval('apr_1'))
      const replica = await open()
      expect(policies.current().version).toBe('1.1.0')
      expect(policies.status().scheduled).toMatchObject([{ version: '1.2.0', effectiveAt: '2026-06-02T00:00:00.000Z' }])
      clock.advance(86_400_000 - 1)
      await policies.catchUp()
      expect(policies.current().version).toBe('1.1.0')
      clock.advance(1)
      await Promise.all([policies.catchUp(), replica.catchUp()])
      expect([policies.current().version, replica.current().version]).toEqual(['1.2.0', '1.2.0'])
      expect(kinds().filter((kind) => kind === 'policy.took_effect')).toHaveLength(1)
      expect(policies.status().scheduled).toEqual([])
    })

    it('overtakes one that still waits', async () => {
      await publishAction(policies).execute(await asked(STRICTER, '2026-06-02T00:00:00Z'), approval('apr_1'))
      const urgent = await asked(STRICTER.replace('version: 1.2.0', 'version: 1.3.0').replace('0.995', '0.99'))
      await publishAction(policies).execute(urgent, approval('apr_2'))
      expect(policies.current().version).toBe('1.3.0')
      clock.advance(2 * 86_400_000)
      await policies.catchUp()
      expect(policies.current().version).toBe('1.3.0')
    })

    it('is carried out once, however often it is called', async () => {
      const publication = await asked(STRICTER)
      await publishAction(policies).execute(publication, approval('apr_1'))
      await publishAction(policies).execute(publication, approval('apr_1'))
      expect(policies.versions()).toHaveLength(2)
      expect(kinds().filter((kind) => kind === 'policy.published')).toHaveLength(1)
    })

    it('is refused when the draft was edited, overtaken or forged meanwhile', async () => {
      const publication = await asked(STRICTER)
      const forged = { ...publication, digest: policies.current().digest }
      await expect(publishAction(policies).execute(forged, approval('apr_1'))).rejects.toMatchObject({
        code: 'REQUEST_INVALID',
      })
      const rival = await asked(STRICTER.replace('version: 1.2.0', 'version: 1.2.1').replace('0.995', '0.99'))
      await publishAction(policies).execute(rival, approval('apr_2'))
      await expect(publishAction(policies).check?.(publication, EDITOR.id)).rejects.toMatchObject({ code: 'CONFLICT' })
      await expect(publishAction(policies).execute(publication, approval('apr_1'))).rejects.toMatchObject({
        code: 'CONFLICT',
      })
      expect(policies.current().version).toBe('1.2.1')
    })

    it('changes nothing when the ledger can’t record it', async () => {
      const publication = await asked(STRICTER)
      ledgerFails = true
      await expect(publishAction(policies).execute(publication, approval('apr_1'))).rejects.toMatchObject({
        code: 'LEDGER_UNAVAILABLE',
      })
      await policies.catchUp()
      expect([policies.current().version, policies.versions().length]).toEqual(['1.1.0', 1])
      ledgerFails = false
      await publishAction(policies).execute(publication, approval('apr_1'))
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
      await db.db.updateTable('policyVersion').set({ document: 'schema: nonsense' }).where('number', '=', 2).execute()
      await db.db
        .updateTable('policyHead')
        .set((eb) => ({ change: eb('change', '+', 1) }))
        .execute()
    }

    it('never replaces a good one that runs', async () => {
      await publishAction(policies).execute(await asked(STRICTER, '2026-06-02T00:00:00Z'), approval('apr_1'))
      await breakNewest()
      clock.advance(86_400_000)
      await policies.catchUp()
      expect(policies.current().version).toBe('1.1.0')
      expect(policies.status().problem).toContain('version 1.2.0 can’t take effect'.replace('’', "'"))
    })

    it('lets nobody start with an older one instead', async () => {
      await publishAction(policies).execute(await asked(STRICTER), approval('apr_1'))
      await breakNewest()
      await expect(open()).rejects.toMatchObject({ code: 'POLICY_INVALID' })
    })
  })

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
      await publishAction(policies).execute(await asked(STRICTER), approval('apr_1'))
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
      clock.advance(60_000)
      await policies.catchUp()
      expect((await drafts.shadow(draft.id)).counts).toMatchObject({
        judged: 7,
        newlyRefused: 1,
        byLabel: { chemical: { newlyRefused: 1 } },
      })
      expect(kinds()).toContain('policy.shadow_compared')
    })

    it('is one at a time, loads or does not start, and stops on every replica', async () => {
      const replica = await open()
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
