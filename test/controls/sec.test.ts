import { generateKeyPairSync, randomBytes } from 'node:crypto'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { DRILL_PARTS } from '../../src/backup/index.ts'
import { secProbes } from '../../src/controls/probes/sec/index.ts'
import { put } from '../../src/journal/index.ts'
import { newAssignment } from '../../src/staff/assignments.ts'
import { ASSIGNMENT, PASSKEY } from '../../src/staff/records.ts'
import * as staffStore from '../../src/staff/store.ts'
import { type Device, type Grant, PublicJwk } from '../../src/weights/access/index.ts'
import { weightsJournal } from '../../src/weights/records/index.ts'
import { CHECK } from '../../src/weights/vault/kinds.ts'
import { type SignedIn, signInAs } from '../support/app-staff.ts'
import { FamilyProbes } from '../support/family-probes.ts'
import { ProbeWorld, ShiftedClock, taker } from '../support/probe-world.ts'
import { type RunningApp, startApp } from '../support/running-app.ts'
import { putParts } from '../support/vault-world.ts'

const OPERATOR = { type: 'operator', id: 'operator' } as const
const DAY_MS = 86_400_000
const ID = 'atlas/c1'
const SPOKEN_FOR = ['SEC-05', 'SEC-27', 'SEC-28', 'SEC-32', 'SEC-33', 'SEC-34']

/** Each control is broken by hand in an installation that runs, seen to fail in the right words, mended, and seen to hold. */
describe('probes of security', () => {
  const clock = new ShiftedClock()
  let running: RunningApp
  let base: ProbeWorld
  let world: FamilyProbes
  let engineer: SignedIn
  let approver: SignedIn
  let ciso: SignedIn
  let device: Device

  beforeAll(async () => {
    running = await startApp({ clock, watched: true })
    base = new ProbeWorld(running)
    world = new FamilyProbes(base, secProbes)
  }, 60_000)
  afterAll(async () => {
    base?.[Symbol.dispose]()
    await running[Symbol.asyncDispose]()
  })

  const later = (days: number) => {
    const then = new ShiftedClock()
    then.advance(days * DAY_MS)
    return new FamilyProbes(base, secProbes, { clock: then })
  }
  const approve = async (by: SignedIn, id: string) => {
    const { approvals } = running.app.staff
    const { challenge } = (await approvals.options(id, by.id)) as { challenge: string }
    await approvals.approve(id, by.id, by.key.get({ challenge }))
  }
  /** Asked for by the engineer, agreed to by the approver. */
  const granted = async (): Promise<Grant> => {
    const { access } = running.app.weights
    const asked = { device: device.id, version: ID, files: ['*'], purpose: 'compare', use: 'program' as const }
    const { id } = await access.requests.ask({ ...asked, budgetBytes: 1_000_000, windowMinutes: 60 }, engineer.id)
    await approve(approver, id)
    const grant = await access.grants.byApproval(id)
    if (grant === null) throw new Error('agreed to, and not given')
    return grant
  }
  const keepRole = (personId: string, role: 'weights_approver' | 'security_engineer') => {
    const { context } = running.app.staff
    const assignment = newAssignment(context, { personId, role, source: 'approval' })
    return staffStore.keep(context.db.db, ASSIGNMENT, assignment).then(() => assignment)
  }

  it('say of an empty installation what it shows, and never that something holds which nothing has shown', async () => {
    expect(await world.states()).toEqual({
      ...{ 'SEC-01': 'unknown', 'SEC-02': 'unknown', 'SEC-03': 'unknown', 'SEC-05': 'unknown', 'SEC-07': 'unknown' },
      ...{ 'SEC-10': 'unknown', 'SEC-12': 'unknown', 'SEC-14': 'unknown', 'SEC-15': 'fails', 'SEC-17': 'holds' },
      ...{ 'SEC-18': 'unknown', 'SEC-19': 'unknown', 'SEC-21': 'unknown', 'SEC-23': 'holds', 'SEC-24': 'fails' },
      ...{ 'SEC-25': 'unknown', 'SEC-27': 'unknown', 'SEC-28': 'unknown', 'SEC-29': 'fails', 'SEC-31': 'unknown' },
      ...{ 'SEC-32': 'unknown', 'SEC-33': 'unknown', 'SEC-34': 'unknown' },
    })
    expect(await world.says('SEC-17')).toContain('a strange device was turned away')
    expect(await world.says('SEC-01')).toBe('unknown: no weights are in the vault, and no deployment names any')
  })

  it('what only people can speak for follows what they say', async () => {
    for (const control of SPOKEN_FOR) {
      expect(await world.look(control)).toMatchObject({
        state: 'unknown',
        next: `safelevel controls attest ${control}`,
      })
      world.attest(control)
      expect(await world.says(control)).toMatch(/^holds: attested on /)
      world.attest(control, false)
      expect(await world.says(control)).toContain('fails: who answers for it said')
    }
  })

  it('SEC-07: nobody looks for a while', async () => {
    expect(await world.says('SEC-07')).toMatch(/^holds: controls are looked at by the clock/)
    clock.advance(120_000)
    expect(await world.says('SEC-07')).toContain('unknown: this process did not look for 12')
    expect((await world.look('SEC-07')).state).toBe('holds')
  })

  it('SEC-10, -12, -14, -21: a lost key, no training, roles that must be apart, a role that nobody reviewed', async () => {
    engineer = await signInAs(running, ['security_engineer'])
    approver = await signInAs(running, ['weights_approver'])
    ciso = await signInAs(running, ['ciso'])
    const { db } = running.app.staff.context.db
    expect(await world.says('SEC-10')).toContain('holds: all 3 with sensitive roles have security keys')
    const [key] = await staffStore.list(db, PASSKEY, { personId: ciso.id })
    if (key === undefined) throw new Error('no key')
    await staffStore.keep(db, PASSKEY, { ...key, removedAt: new Date().toISOString() })
    expect(await world.says('SEC-10')).toBe('fails: 1 of 3 people with sensitive roles have no security key')
    await staffStore.keep(db, PASSKEY, key)
    expect((await world.look('SEC-10')).state).toBe('holds')
    const development = { config: () => ({ ...running.app.config, staff: { developmentLogin: true } }) }
    expect(await new FamilyProbes(base, secProbes, development).says('SEC-10')).toContain('sign in without proof')

    expect(await world.says('SEC-12')).toContain('unknown: training is not complete yet for 3 of 3')
    expect(await later(31).says('SEC-12')).toContain(
      'fails: training is overdue for 3 of 3 (1 ciso, 1 security_engineer, 1 weights_approver)',
    )
    for (const { id } of [engineer, approver, ciso])
      await running.app.staff.people.recordTraining(id, new Date(clock.now() - 60_000).toISOString(), OPERATOR)
    expect(await world.says('SEC-12')).toBe('holds: all 3 who hold a role have completed the courses that it asks for')

    expect(await world.says('SEC-14')).toContain('none of them two that must be apart')
    const both = await keepRole(engineer.id, 'weights_approver')
    expect(await world.says('SEC-14')).toContain(
      'hold together what must be apart: security_engineer and weights_approver',
    )
    await running.app.staff.assignments.end(both.id, OPERATOR, 'test')
    expect((await world.look('SEC-14')).state).toBe('holds')

    expect(await world.says('SEC-21')).toContain('holds: 3 people hold roles, each reviewed in time')
    expect(await later(181).says('SEC-21')).toContain('fails: roles of 3 people sleep: nobody looked in time')
  })

  it('SEC-01, -19: weights that are deployed and not in the vault, not whole, or not what the registry says', async () => {
    const { modelRooms, weights, ledger, ids, staff } = running.app
    const { registry } = modelRooms
    await registry.checkpoints.record({ model: 'atlas', checkpoint: 'c1', flops: 1e24 }, OPERATOR)
    const surfaces = [{ kind: 'api' as const, name: 'api', gatewayModels: [] }]
    await registry.deployments.declare({ deployment: 'prod', checkpoint: ID, surfaces }, OPERATOR)
    expect([await world.says('SEC-01'), await world.says('SEC-19')]).toEqual([
      `fails: ${ID} is deployed, and not in the vault`,
      `fails: nobody says where the weights lie of ${ID}`,
    ])
    await weights.access.custodies.state({ model: 'atlas', place: 'there', statement: 'looked at', days: 1 }, OPERATOR)
    expect(await world.says('SEC-01')).toContain('holds: atlas/c1 is kept elsewhere, as the CISO stated')
    await weights.access.custodies.end('atlas', OPERATOR)
    const files = { 'model.bin': randomBytes(100_000) }
    const declared = [{ path: 'model.bin', sizeBytes: 100_000 }]
    const { uploads } = weights.vault
    const upload = await uploads.begin({ model: 'atlas', version: 'c1', files: declared }, OPERATOR)
    await putParts(weights.vault, upload, files)
    const { manifestDigest } = await uploads.finish(upload.id, OPERATOR)
    expect(await world.says('SEC-01')).toBe('unknown: the registry has no digest to hold atlas/c1 against')
    expect(await world.says('SEC-19')).toContain('holds: 1 version in the vault')
    await registry.checkpoints.record(
      { model: 'atlas', checkpoint: 'c2', flops: 2e24, weightsDigest: manifestDigest },
      OPERATOR,
    )
    const sealedAs = (weightsDigest: string) => {
      const get = async () => ({ ...(await registry.checkpoints.get('atlas/c2')), weightsDigest })
      const checkpoints = Object.assign(Object.create(registry.checkpoints), { get })
      return new FamilyProbes(base, secProbes, { registry: Object.assign(Object.create(registry), { checkpoints }) })
    }
    expect(await sealedAs('0'.repeat(64)).says('SEC-01')).toBe(
      `fails: ${ID} in the vault has another digest than the registry`,
    )
    const whole = sealedAs(manifestDigest)
    expect(await whole.says('SEC-01')).toBe(`holds: ${ID} is sealed under the digest that the registry has`)
    const journal = weightsJournal({ db: staff.context.db.db, ledger, clock, ids })
    const checked = (findings: number) =>
      journal.make(OPERATOR, async () => ({
        events: [{ kind: 'weights.checked', subject: { type: 'vault_version', id: ID }, data: { findings } }],
        puts: [put(CHECK, { id: ID, at: new Date().toISOString(), findings })],
        result: undefined,
      }))
    await checked(2)
    expect(await whole.look('SEC-01')).toMatchObject({
      ...{ state: 'fails', says: `damaged when it was last read as a whole: ${ID}` },
      evidence: [{ kind: 'entry', event: 'weights.checked' }],
    })
    await checked(0)
    expect((await whole.look('SEC-01')).state).toBe('holds')
  })

  it('SEC-02, -14, -17, -18, -25: a grant that outlives the job, or the device; a copy that should be gone', async () => {
    const { access } = running.app.weights
    const publicJwk = PublicJwk.parse(generateKeyPairSync('ed25519').publicKey.export({ format: 'jwk' }))
    const made = await access.devices.register({ name: 'laptop', kind: 'person', publicJwk }, engineer.id)
    const { id, thumbprint, name, host, personId, environment } = made
    await access.devices.approving().execute(
      { device: id, thumbprint, name, host, personId, environment },
      {
        id: 'apr_dev',
        requester: engineer.id,
        approvers: [approver.id],
        approvedAt: new Date(clock.now()).toISOString(),
        effectiveUntil: null,
        digest: '',
      },
    )
    device = await access.devices.get(id)
    const grant = await granted()
    expect(await world.says('SEC-02')).toBe(
      'holds: 1 grant open weights, each for somebody whose job needs it; 1 may ask',
    )
    expect((await world.look('SEC-02')).evidence).toMatchObject([{ event: 'weights.grant_given' }])
    const [role] = await running.app.staff.assignments.list(engineer.id)
    await running.app.staff.assignments.end(role?.id ?? '', OPERATOR, 'another job')
    expect([await world.says('SEC-02'), await world.says('SEC-14')]).toEqual([
      `fails: 1 grant of weights open what it must not: ${grant.id} of somebody whose job does not need it`,
      'fails: 1 grant of weights held by people whose job does not need it',
    ])
    await access.catchUp()
    await keepRole(engineer.id, 'security_engineer')
    expect([(await world.look('SEC-02')).state, (await world.look('SEC-14')).state]).toEqual(['holds', 'holds'])

    await granted()
    expect(await world.says('SEC-17')).toContain('1 device let in, each by two people')
    const expired = { access: Object.assign(Object.create(access), { devices: withDevice(access.devices, device) }) }
    expect(await new FamilyProbes(base, secProbes, expired).says('SEC-17')).toBe(
      'fails: 1 grant on devices that are not let in',
    )

    expect(await world.says('SEC-18')).toContain('holds: 0 copies on record outside of the vault')
    const copy = await access.copies.register({ version: ID, place: 'a disk', owner: engineer.id, days: 1 }, OPERATOR)
    expect(await world.says('SEC-18')).toContain('holds: 1 copy on record')
    clock.advance(2 * DAY_MS)
    expect(await world.says('SEC-18')).toBe(`fails: 1 copy of weights should be gone: ${copy.id}`)
    await access.copies.destroyed(copy.id, 'shredded', OPERATOR)
    expect((await world.look('SEC-18')).state).toBe('holds')

    world.attest('SEC-25')
    expect((await world.look('SEC-25')).state).toBe('holds')
    await running.app.staff.people.deactivate(engineer.id, OPERATOR, 'left')
    expect(await world.says('SEC-25')).toBe('fails: 1 device of people who left still let in')
    await access.devices.revoke(id, OPERATOR, 'left')
    expect((await world.look('SEC-25')).state).toBe('holds')
  })

  it('SEC-03, -15, -31: a watch that no drill has tried, and rehearsals that nobody held', async () => {
    const { insider, modelRooms } = running.app
    await expect.poll(async () => (await insider.watching()).held, { timeout: 20_000 }).toBe(true)
    expect(await world.says('SEC-03')).toContain('no drill has shown yet that one would be found')
    await insider.drills.start(OPERATOR)
    await expect.poll(async () => (await world.look('SEC-03')).state, { timeout: 40_000 }).toBe('holds')
    expect(await later(200).says('SEC-03')).toMatch(/fails: nobody has watched|stale: the last drill/)
    const off = { insider: Object.assign(Object.create(insider), { config: { ...insider.config, watch: false } }) }
    expect(await new FamilyProbes(base, secProbes, off).says('SEC-03')).toBe('fails: nothing is watched for insiders')
    expect([await world.says('SEC-15'), await world.says('SEC-31')]).toEqual([
      'unknown: no rehearsal of the response is on record',
      'unknown: no rehearsal is on record, and nobody has said that drills are held',
    ])
    const drill = { model: 'atlas', procedures: ['pause' as const] }
    const rehearse = () => modelRooms.response.drills.run(drill, taker('per_rso', 'rso'), OPERATOR)
    // Whoever pauses alone may not go on alone, and there are no two people who could.
    expect((await rehearse()).ok).toBe(false)
    expect([await world.says('SEC-15'), await world.says('SEC-31')]).toEqual([
      expect.stringMatching(/^fails: the rehearsal of .* did not go as it should/),
      expect.stringMatching(/^fails: the rehearsal of .* did not go as it should/),
    ])
    await signInAs(running, ['rso'])
    await signInAs(running, ['ceo'])
    expect((await rehearse()).ok).toBe(true)
    expect([(await world.look('SEC-15')).state, (await world.look('SEC-31')).state]).toEqual(['holds', 'holds'])
    expect(await world.says('SEC-31')).toContain('; no drill for lost keys is on record yet')
    const { keyDrills } = running.app
    const whole = [...DRILL_PARTS]
    const nothing = { challenge: await keyDrills.begin(0), parts: whole, proofs: [], tookMs: 1 }
    expect((await keyDrills.finish(nothing, OPERATOR)).passed).toBe(false)
    expect(await world.says('SEC-31')).toMatch(
      /^fails: the drill of .* for lost keys could not recover .* and \d+ more$/,
    )
    await base.dismiss(ciso)
    expect(await world.says('SEC-15')).toContain('fails: nobody would answer a security incident')
    ciso = await signInAs(running, ['ciso'])
    expect((await world.look('SEC-15')).evidence).toContainEqual(
      expect.objectContaining({ event: 'response.drill_filed' }),
    )
  }, 90_000)

  it('SEC-23, -24, -29: limits that notice nothing, nobody to hear of incidents, reports that wait', async () => {
    const { config, disclosure } = running.app
    const { patterns } = config.enforcement
    const blind = { ...patterns, distillation: { ...patterns.distillation, requests: 1_000_000 } }
    const deaf = { config: () => ({ ...config, enforcement: { ...config.enforcement, patterns: blind } }) }
    expect(await new FamilyProbes(base, secProbes, deaf).says('SEC-23')).toBe(
      'fails: a rehearsed run of distillation was not noticed under the limits in force',
    )
    expect(await world.says('SEC-23')).toBe(
      'holds: rehearsed distillation, identifier rotation were noticed under the limits in force',
    )
    const analyst = await signInAs(running, ['analyst'])
    await base.dismiss(analyst)
    expect(await world.says('SEC-24')).toContain('fails: nobody may work on reports')
    await signInAs(running, ['analyst'])
    expect(await world.says('SEC-24')).toContain('staff may turn to 3 of 5 offices')
    const offices = async () => new Map(['rso', 'board'].map((role, n) => [role, 1 - n]))
    const alone = { noncompliance: Object.assign(Object.create(disclosure.noncompliance), { offices }) }
    expect(await new FamilyProbes(base, secProbes, alone).says('SEC-24')).toContain(
      'fails: staff could tell of an incident to 1 of 2 offices',
    )
    expect(await world.says('SEC-29')).toContain('holds: 4 of 4 ways to report answer')
    const sender = { channel: 'form', by: { type: 'anonymous', id: '-' }, organisationId: null, showing: null } as const
    const words = { story: 'It tells how.', steps: null, output: null, contact: null, credit: null }
    const about = { kind: 'security', category: null, decision: null, model: null } as const
    const { id } = await disclosure.intake.reports.submit({ ...about, ...words }, [], sender)
    clock.advance(30 * DAY_MS)
    await signInAs(running, ['analyst'])
    expect(await world.says('SEC-29')).toBe(`fails: 1 report overdue: ${id}`)
    // Behind many newer ones it is still seen.
    for (let newer = 0; newer < 101; newer++)
      await disclosure.intake.reports.submit({ ...about, ...words, story: `It tells how, ${newer}.` }, [], sender)
    expect(await world.says('SEC-29')).toBe(`fails: 1 report overdue: ${id}`)
    await disclosure.intake.triage.act(id, { act: 'close', as: 'spam' }, { type: 'staff', id: analyst.id })
    expect((await world.look('SEC-29')).state).toBe('holds')
  })
})

/** As if the device had been let go behind the grant's back. */
function withDevice(devices: RunningApp['app']['weights']['access']['devices'], device: Device) {
  const list = async () => [{ ...device, state: 'revoked' as const }]
  return Object.assign(Object.create(devices), { list, require: (key: string) => devices.require(key) })
}
