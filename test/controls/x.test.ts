import { randomBytes } from 'node:crypto'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { xProbes } from '../../src/controls/probes/x/index.ts'
import { put } from '../../src/journal/index.ts'
import { readPolicyFile } from '../../src/policy/index.ts'
import type { Grant } from '../../src/weights/access/index.ts'
import { GRANT } from '../../src/weights/access/kinds.ts'
import { weightsJournal } from '../../src/weights/records/index.ts'
import { signInAs } from '../support/app-staff.ts'
import { FamilyProbes } from '../support/family-probes.ts'
import { ProbeWorld, ShiftedClock } from '../support/probe-world.ts'
import { type RunningApp, startApp } from '../support/running-app.ts'
import { putParts } from '../support/vault-world.ts'

const OPERATOR = { type: 'operator', id: 'operator' } as const
const DAY_MS = 86_400_000
const ID = 'atlas/c1'
const TIERS = `overlays:
  - id: vetted
    title: Vetted customers
    wording: Customers who were looked at are served by the same clauses as all others.
    tiers: [vetted]
`

/** Each control is broken by hand in an installation that runs, seen to fail in the right words, mended, and seen to hold. */
describe('probes of what the next level asks for', () => {
  const clock = new ShiftedClock()
  let running: RunningApp
  let base: ProbeWorld
  let world: FamilyProbes

  beforeAll(async () => {
    running = await startApp({ clock, config: { rateLimits: { requestsPerMinute: 600, tokensPerMinute: 400_000 } } })
    base = new ProbeWorld(running)
    world = new FamilyProbes(base, xProbes)
  }, 60_000)
  afterAll(async () => {
    base?.[Symbol.dispose]()
    await running[Symbol.asyncDispose]()
  })

  const switchOverlay = (on: boolean, id: string) =>
    running.app.weights.access.overlay.switching().execute(
      { on },
      {
        ...{ id, requester: 'per_ciso', approvers: ['per_rso'], effectiveUntil: null, digest: '' },
        approvedAt: new Date(clock.now()).toISOString(),
      },
    )
  /** A grant as it lies in the store, as if the rules had once been others. */
  const keep = async (parts: Partial<Grant>) => {
    const { ledger, ids, staff, weights } = running.app
    const grant: Grant = {
      ...{
        id: 'grt_1',
        approval: null,
        kind: 'standing',
        use: 'serve',
        personId: 'per_1',
        approvers: ['per_2', 'per_3'],
      },
      ...{ device: 'dev_1', thumbprint: 'A'.repeat(43), host: 'h', version: ID, manifestDigest: '0'.repeat(64) },
      ...{ files: ['*'], purpose: 'serve it', destination: null, environment: null, copy: null, budgetBytes: 1_000 },
      startsAt: new Date(clock.now()).toISOString(),
      expiresAt: new Date(clock.now() + DAY_MS).toISOString(),
      ...{ state: 'active', endedAt: null, endedBy: null, endedReason: null },
      ...parts,
    }
    const journal = weightsJournal({ db: staff.context.db.db, ledger, clock, ids })
    await journal.make(OPERATOR, async () => ({ events: [], puts: [put(GRANT, grant)], result: undefined }))
    await weights.access.refresh()
  }

  it('say of an empty installation what it shows', async () => {
    expect(await world.states()).toEqual({
      ...{ 'X-01': 'fails', 'X-02': 'fails', 'X-03': 'unknown', 'X-04': 'unknown', 'X-07': 'holds' },
      ...{ 'X-08': 'fails', 'X-09': 'fails', 'X-12': 'unknown', 'X-13': 'unknown' },
    })
  })

  it('X-01, -02, -03, -04: an overlay that is off, and grants as they must not be', async () => {
    const { vault, access, reading } = running.app.weights
    const upload = await vault.uploads.begin(
      { model: 'atlas', version: 'c1', files: [{ path: 'model.bin', sizeBytes: 100_000 }] },
      OPERATOR,
    )
    await putParts(vault, upload, { 'model.bin': randomBytes(100_000) })
    await vault.uploads.finish(upload.id, OPERATOR)
    expect(await world.says('X-01')).toContain('fails: one approver is enough to open weights')
    expect(await world.says('X-02')).toContain('may leave without a limit by person, host, model and 1 more')
    await switchOverlay(true, 'apr_on')
    expect(await world.look('X-01')).toMatchObject({
      state: 'holds',
      evidence: [{ kind: 'entry', event: 'weights.overlay_switched' }],
    })
    expect(await world.says('X-02')).toContain('fails: a whole model could leave within a day')
    for (const kind of ['person', 'host', 'model', 'organisation'] as const)
      await reading.budgets.set({ kind, id: '*', capacityBytes: 10_000, bytesPerDay: 10_000 }, OPERATOR)
    expect(await world.says('X-02')).toMatch(/^holds: 4 budgets in force; the fastest way out takes /)
    expect((await world.look('X-03')).state).toBe('holds')
    await keep({})
    expect(await world.says('X-04')).toContain('holds: 1 grant, the last ends on')
    await keep({ approvers: ['per_2'] })
    expect(await world.says('X-01')).toContain(
      'fails: 1 grant of before the overlay open weights with fewer than 2 approvers',
    )
    await keep({ use: 'export' })
    expect(await world.says('X-03')).toBe('fails: 1 grant let weights leave as a copy')
    await keep({ purpose: ' ' })
    expect(await world.says('X-04')).toBe('fails: 1 grant without a reason, or without an end in time')
    await keep({ state: 'revoked', endedAt: new Date().toISOString() })
    expect([(await world.look('X-01')).state, (await world.look('X-03')).state]).toEqual(['holds', 'holds'])
    const owner = await signInAs(running, ['security_engineer'])
    const copy = await access.copies.register({ version: ID, place: 'a disk', owner: owner.id, days: 1 }, OPERATOR)
    expect(await world.says('X-03')).toBe('fails: 1 copy of weights lie outside of what is managed here')
    await access.copies.destroyed(copy.id, 'shredded', OPERATOR)
    expect((await world.look('X-03')).state).toBe('holds')
    await switchOverlay(false, 'apr_off')
    expect((await world.look('X-01')).state).toBe('fails')
  })

  it('X-08: decoys whose alarm nobody has tried', async () => {
    const { canaries } = running.app.weights.access
    await canaries.plantModel({ model: 'atlas', version: 'old', sizeBytes: 2_048 }, OPERATOR)
    expect(await world.says('X-08')).toBe('unknown: the alarm of 1 of 1 decoy was never tried')
    await canaries.drill(OPERATOR)
    expect(await world.look('X-08')).toMatchObject({
      state: 'holds',
      evidence: [{ type: 'canary' }, { kind: 'entry' }],
    })
    const later = new ShiftedClock()
    later.advance(200 * DAY_MS)
    expect(await new FamilyProbes(base, xProbes, { clock: later }).says('X-08')).toContain('stale: alarms of decoys')
  })

  it('X-07, -09, -12, -13: limits that mean nothing, little that is kept, tiers and bypasses', async () => {
    const { accounts, disclosure, config } = running.app
    const [project] = (await accounts.projects({ limit: 1 })).items
    await accounts.setProjectLimits(project?.id ?? '', { requestsPerMinute: 50_000_000 }, OPERATOR)
    expect(await world.says('X-07')).toContain('fails: keys of 1 of 1 project may ask without a limit')
    await accounts.setProjectLimits(project?.id ?? '', { requestsPerMinute: 60 }, OPERATOR)
    expect((await world.look('X-07')).state).toBe('holds')

    const content = {
      ...config.content,
      keep: 'all' as const,
      retentionDays: { flagged: 30, other: 30, restricted: 365 },
    }
    const keeping = new FamilyProbes(base, xProbes, { config: () => ({ ...config, content }) })
    expect(await keeping.says('X-09')).toContain('unknown: all is set to be kept for 30 days')
    keeping.attest('X-09')
    expect((await keeping.look('X-09')).state).toBe('holds')

    expect(await world.says('X-12')).toBe('unknown: the policy knows no tiers: everybody is served alike')
    const { policies } = running.app
    const vetted = policies.load(`${readPolicyFile(undefined)}\n${TIERS}`, 'with tiers')
    const others = { status: () => policies.status(), versions: () => policies.versions(), shadow: () => null }
    const version = (of: string) => policies.version(of)
    const tiered = new FamilyProbes(base, xProbes, { policies: { ...others, version, current: () => vetted } })
    const [organisation] = (await accounts.organisations({ limit: 1 })).items
    await accounts.setOrganisationTier(organisation?.id ?? '', { tier: 'strange' }, OPERATOR)
    expect(await tiered.says('X-12')).toBe('fails: 1 organisation in tiers of which the policy says nothing')
    await accounts.setOrganisationTier(organisation?.id ?? '', { tier: 'vetted' }, OPERATOR)
    expect(await tiered.says('X-12')).toBe('holds: the policy tells 1 tier apart (vetted); 1 organisation in one')

    const { intake } = disclosure
    const by = { type: 'staff', id: (await signInAs(running, ['analyst'])).id } as const
    const sender = { channel: 'form', by: { type: 'anonymous', id: '-' }, organisationId: null, showing: null } as const
    const about = { kind: 'safeguard_bypass', category: 'cyber_operations', decision: null, model: null } as const
    const words = { story: 'It tells how.', steps: 'Ask it so.', output: null, contact: null, credit: null }
    const { id } = await intake.reports.submit({ ...about, ...words }, [], sender)
    expect(await world.says('X-13')).toContain('unknown: no bypass has been confirmed and closed yet')
    clock.advance(40 * DAY_MS)
    expect(await world.says('X-13')).toBe('fails: 1 reported bypass overdue')
    await intake.triage.act(id, { act: 'close', as: 'spam' }, by)
    expect((await world.look('X-13')).state).toBe('unknown')
  })
})
