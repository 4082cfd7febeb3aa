import { join } from 'node:path'
import { Enforcement } from '../../src/accounts/index.ts'
import { portsOf, Redress } from '../../src/accounts/redress/index.ts'
import { openAudit } from '../../src/app/audit.ts'
import { Backups } from '../../src/app/backups.ts'
import { KeyDrills } from '../../src/app/key-drills.ts'
import { Operations } from '../../src/app/operations.ts'
import { Profiles } from '../../src/app/profiles.ts'
import { FindReports } from '../../src/app/refusal.ts'
import { SpotChecks } from '../../src/app/spot-checks.ts'
import { Restoration } from '../../src/backup/index.ts'
import { systemClock } from '../../src/base/clock.ts'
import { parseConfig } from '../../src/base/config.ts'
import { Egress } from '../../src/base/egress.ts'
import { AppError } from '../../src/base/errors.ts'
import { systemIds } from '../../src/base/ids.ts'
import { silentLog } from '../../src/base/log.ts'
import { Content } from '../../src/content/index.ts'
import { ControlReports, Controls, loadCatalogue } from '../../src/controls/index.ts'
import type { DbHandle } from '../../src/db/index.ts'
import { Decisions } from '../../src/decisions/index.ts'
import { Intake, linkPort, Noncompliance } from '../../src/intake/index.ts'
import type { Ledger } from '../../src/ledger/index.ts'
import { Cards } from '../../src/models/cards/index.ts'
import { CADENCES, Evaluations } from '../../src/models/evaluation/index.ts'
import { Registry } from '../../src/models/registry/index.ts'
import { Release } from '../../src/models/release/index.ts'
import { parseScalingConfig, Response } from '../../src/models/response/index.ts'
import { LeaseSigner, Training } from '../../src/models/training/index.ts'
import { Notify, parseNotifyConfig } from '../../src/notify/index.ts'
import { RefusalRecords } from '../../src/refusal/records/index.ts'
import { parseReviewConfig, Review } from '../../src/review/index.ts'
import { Runbooks } from '../../src/runbooks/index.ts'
import type { Role } from '../../src/staff/index.ts'
import { sourcesOf, Transparency } from '../../src/transparency/index.ts'
import { Access, parseAccessConfig } from '../../src/weights/access/index.ts'
import { Insider, parseInsiderConfig } from '../../src/weights/insider/index.ts'
import { accessPort, Reading } from '../../src/weights/reading/index.ts'
import { weightsJournal } from '../../src/weights/records/index.ts'
import { parseWeightsConfig, Vault } from '../../src/weights/vault/index.ts'
import { openPolicyRoom } from './policy-room.ts'
import { ToldEnforcement } from './review-world.ts'

/** The rooms that a control plane shows and that a test of its doors doesn't care for; close them before store and ledger. */
export async function openRooms(db: DbHandle, ledger: Ledger, dataDir: string) {
  const base = { db, ledger, clock: systemClock, ids: systemIds, log: silentLog }
  const content = await Content.open({ ...base, keysDir: join(dataDir, 'keys'), config: parseConfig({}).content })
  const review = new Review({
    ...base,
    content,
    config: parseReviewConfig({}),
    digest: (text) => text,
    severityOf: () => null,
    enforcement: new ToldEnforcement(),
    notify: () => {},
  })
  const decisions = await Decisions.open(base)
  const notify = await Notify.open({
    ...base,
    config: parseNotifyConfig({}, new Map()),
    secrets: new Map(),
    keysDir: join(dataDir, 'keys'),
    installation: 'test.example',
    consoleUrl: () => null,
  })
  const enforcement = await Enforcement.open({
    ...base,
    config: parseConfig({}).enforcement,
    limitsOf: () => parseConfig({}).rateLimits,
    digest: (text) => text,
  })
  const canaries = { list: () => [], round: async () => {} }
  const policy = await openPolicyRoom(base, decisions)
  const nobody = async () => {
    throw new AppError('NOT_FOUND', 'there is no such person')
  }
  const redress = await Redress.open({
    ...base,
    ...portsOf({ decisions, enforcement, policies: policy.policies, staff: { people: { get: nobody } } }),
    keysDir: join(dataDir, 'keys'),
    config: parseConfig({}).redress,
    digest: (text) => text,
  })
  const operations = new Operations({
    ...base,
    running: () => parseConfig({}),
    prepare: async () => ({ takeEffect() {}, discard() {} }),
  })
  const backups = new Backups({ ...base, db, config: parseConfig({ dataDir }) })
  const restoration = Restoration.open({ ...base, dataDir })
  const registry = await Registry.open(base)
  const profiles = await Profiles.open({ ...base, db: db.db, configured: { ...CADENCES['rsp-1.0'], mostMonths: 6 } })
  const evaluations = await Evaluations.open({ ...base, registry, cadence: profiles.cadence })
  const response = await Response.open({
    ...base,
    registry,
    config: parseScalingConfig({}),
    served: () => ['sandbox-1'],
    isFixture: () => false,
  })
  const training = await Training.open({
    ...base,
    registry,
    config: parseScalingConfig({}),
    signer: new LeaseSigner(Buffer.alloc(32, 1)),
    segments: evaluations.standings,
    stateOf: async () => ({ state: 'training', effect: 'run' }),
  })
  const models = { registry, evaluations, response, training, profiles }
  const release = new Release({ ...base, registry, response, config: parseScalingConfig({}) })
  const offices = { holding: async () => [], rolesOf: async () => new Set<string>() }
  const noncompliance = await Noncompliance.open({ ...base, keysDir: join(dataDir, 'keys'), offices })
  const intake = await Intake.open({
    ...base,
    keysDir: join(dataDir, 'keys'),
    config: parseConfig({}).intake,
    digest: (text) => text,
    decisions: { find: async () => null },
    triage: {
      classifier: policy.classifier,
      policies: policy.policies,
      models: { target: nobody, ask: nobody },
      links: linkPort({ policies: policy.policies, registry, ledger }),
    },
  })
  const defaults = { developer: 'test.example', contact: null }
  const cards = await Cards.open({ ...base, registry, evaluations, policy: policy.policies, defaults })
  const sources = sourcesOf({
    ...{ enforcement, redress, policies: policy.policies, registry, evaluations, response },
    organisation: () => 'test.example',
    ...{ reports: null, cards: null, acknowledgements: null },
  })
  const transparency = await Transparency.open({ ...base, decisions, sources })
  const vault = await Vault.open({
    ...base,
    journal: weightsJournal({ ...base, db: db.db }),
    config: parseWeightsConfig(undefined).vault,
    ...{ keysDir: join(dataDir, 'keys'), dataDir, egress: new Egress(parseConfig({}).egress), env: {} },
  })
  const access = await Access.open({
    ...base,
    config: parseAccessConfig({}),
    vault: {
      find: (version) => vault.versions.find(version),
      files: (version) => vault.versions.files(version),
      lastDeepCheck: async () => null,
      plantModel: nobody,
      plantFile: nobody,
    },
    people: { rolesOf: async () => new Set<Role>() },
    approvals: { request: nobody, get: nobody },
    lockedByResponse: async () => false,
  })
  const reading = new Reading({
    ...{ ...base, keysDir: join(dataDir, 'keys'), vault },
    access: accessPort(access),
  })
  const weights = { vault, access, reading }
  const keyDrills = new KeyDrills({ ...base, config: parseConfig({ dataDir }), content, vault })
  const insider = await Insider.open({
    ...{ ...base, keysDir: join(dataDir, 'keys'), config: parseInsiderConfig({}) },
    staff: {
      knows: async () => false,
      principalsOf: async () => [],
      peopleOf: async () => () => null,
      analysts: async () => 1,
    },
    containment: { stepUp: nobody, revokeGrants: nobody, lock: nobody },
  })
  const refusalRecords = await RefusalRecords.open({
    ...{ ...base, keysDir: join(dataDir, 'keys'), config: parseConfig({}).refusal },
    knowsCheckpoint: async () => true,
  })
  const refusal = {
    records: refusalRecords,
    finds: new FindReports(refusalRecords, intake),
    spotChecks: new SpotChecks({ records: refusalRecords, review, clock: systemClock }),
  }
  const controls = await Controls.open({
    ...base,
    catalogue: loadCatalogue,
    config: { profile: 'rsp-2.2', overlays: [] },
  })
  const noFile = async () => Buffer.alloc(0)
  const noClocks = async () => ({ at: '2026-01-01T00:00:00.000Z', entries: [], unknown: [] })
  const reports = new ControlReports({
    ...base,
    organisation: () => 'test.example',
    begunAt: async () => '2026-01-01T00:00:00.000Z',
    sources: { controls, registry, evaluations, response, transparency, calendar: noClocks },
  })
  const house = {
    controls,
    controlEvidence: { reports, calendar: noClocks, bundle: noFile, sample: noFile },
    runbooks: await Runbooks.open({ ...base, folder: null }),
    audit: await openAudit({ ...base, controls }),
    refusal,
    transparency,
    weights,
    insider,
    cards,
    intake,
    noncompliance,
    organisation: 'test.example',
    clock: systemClock,
  }
  const work = {
    enforcement,
    redress,
    decisions,
    content,
    review,
    notify,
    canaries,
    policy,
    operations,
    backups,
    keyDrills,
    restoration,
  }
  return { models, release, ...work, ...house }
}
