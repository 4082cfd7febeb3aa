import type { Draw } from '../draw.ts'
import type { Organisation, Presence } from '../organisation.ts'
import type { Person } from '../world/world.ts'
import { grantRole } from './staffing.ts'

const MONTH_DAYS = 30
const WEEK_DAYS = 7
const HOUR_MS = 3_600_000
const MINUTE_MS = 60_000
const GIGABYTE = 1e9

type Present = { readonly person: Person; readonly presence: Presence }

/** What keeps an installation going and looks grave from afar: policies, roles, recoveries, locks, budgets, drills, broken glass. */
export function operate(organisation: Organisation): void {
  const draw = organisation.drawOf('operations')
  handOver(organisation)
  editPolicies(organisation, draw)
  changeRoles(organisation, draw)
  recover(organisation, draw)
  adjustContainment(organisation, draw)
  breakGlass(organisation, draw)
  recertify(organisation, draw)
  audit(organisation, draw)
}

/** Who is on call is told as it begins and ends. */
function handOver(organisation: Organisation): void {
  const { day, calendar, dayMs, emitter } = organisation
  if (day % WEEK_DAYS !== 0) return
  const week = day / WEEK_DAYS
  for (const [kind, ids] of [
    ['oncall.ended', calendar.onCallIn(week - 1)],
    ['oncall.started', calendar.onCallIn(week)],
  ] as const)
    for (const person of ids) emitter.emit({ kind, source: 'ocsf', person, timeMs: dayMs + 9 * HOUR_MS })
}

function editPolicies(organisation: Organisation, draw: Draw): void {
  const editors = organisation.atWork(({ roles }) => roles.includes('policy_editor'))
  if (editors.length === 0) return
  const { parameters } = organisation
  for (let count = draw.poisson(parameters.value('policy.editsPerWeek') / 5); count > 0; count--)
    edit(draw.pick(editors), organisation, draw)
  if (draw.chance(parameters.value('policy.publicationsPerMonth') / 20)) publish(draw.pick(editors), organisation, draw)
}

function edit({ person, presence }: Present, organisation: Organisation, draw: Draw): void {
  const worker = organisation.worker(person, momentIn(presence, draw), draw)
  const subject = { type: 'policy_draft', id: `pol_${draw.code(8)}` }
  for (let saved = draw.int(1, 6); saved > 0; saved--) {
    worker.does('policy.draft_edited', { subject, data: { loosens: draw.chance(0.1) } })
    worker.wait(draw.exponential(10) * MINUTE_MS)
  }
}

function publish(editor: Present, organisation: Organisation, draw: Draw): void {
  const others = organisation.atWork(
    ({ roles }) => roles.includes('rso') || roles.includes('ceo') || roles.includes('policy_editor'),
  )
  const second = others.find(({ person }) => person !== editor.person)
  if (second === undefined) return
  const { person, presence } = editor
  const approval = organisation.worker(person, momentIn(presence, draw), draw).request('policy.publish')
  const waitMs = draw.logNormal(90, 1) * MINUTE_MS
  const approver = organisation.worker(second.person, approval.requestedMs + Math.min(waitMs, 10 * HOUR_MS), draw)
  approver.approve(approval)
  const loosens = draw.chance(organisation.parameters.value('policy.loosening'))
  const data = { approval: approval.id, loosens }
  approver.does('policy.published', { subject: { type: 'policy_version', id: draw.code(12) }, data })
}

function changeRoles(organisation: Organisation, draw: Draw): void {
  if (!draw.chance(organisation.parameters.value('operations.rolesPerMonth') / 20)) return
  const administrators = organisation.atWork(({ roles }) => roles.includes('administrator'))
  const people = organisation.atWork(({ job }) => job === 'software_engineer' || job === 'it' || job === 'analyst')
  if (administrators.length === 0 || people.length === 0) return
  const { person } = draw.pick(people)
  grantRole(organisation, person, 'analyst', momentIn(draw.pick(administrators).presence, draw), draw)
}

/** Lost keys: an administrator gives a link, a new one is added. */
function recover(organisation: Organisation, draw: Draw): void {
  const administrators = organisation.atWork(({ roles }) => roles.includes('administrator'))
  const people = organisation.atWork(({ roles }) => roles.length > 0)
  if (administrators.length === 0 || people.length === 0) return
  for (
    let count = draw.poisson(organisation.parameters.value('operations.recoveriesPerMonth') / 20);
    count > 0;
    count--
  ) {
    const by = draw.pick(administrators)
    const { person } = draw.pick(people.filter((one) => one.person !== by.person))
    const worker = organisation.worker(by.person, momentIn(by.presence, draw), draw)
    worker.does('staff.passkeys_reset', { subject: { type: 'person', id: person.id }, data: { person: person.id } })
    const own = organisation.worker(person, worker.nowMs + draw.real(5, 60) * MINUTE_MS, draw)
    own.does('staff.passkey_added', { subject: { type: 'passkey', id: draw.code(8) } })
    own.signIn()
  }
}

/** Locks that are set and lifted, budgets that are raised, drills of decoys. */
function adjustContainment(organisation: Organisation, draw: Draw): void {
  const { parameters } = organisation
  const engineers = organisation.atWork(({ job }) => job === 'security_engineer')
  if (engineers.length === 0) return
  const versions = organisation.versions()
  if (draw.chance(parameters.value('operations.locksPerMonth') / 20)) {
    const { person, presence } = draw.pick(engineers)
    const { model } = draw.pick(versions)
    const worker = organisation.worker(person, momentIn(presence, draw), draw)
    const subject = { type: 'weights_lock', id: `wlk_${draw.code(8)}` }
    worker.does('weights.locked', { subject, data: { model } })
    worker.wait(draw.logNormal(3, 0.8) * HOUR_MS).does('weights.lock_lifted', { subject, data: { model } })
  }
  for (let count = draw.poisson(parameters.value('operations.budgetsPerMonth') / 20); count > 0; count--) {
    const { person, presence } = draw.pick(engineers)
    const worker = organisation.worker(person, momentIn(presence, draw), draw)
    const of = draw.pick(organisation.atWork()).person.id
    const data = { kind: 'person', id: of, capacityBytes: draw.int(50, 400) * GIGABYTE, raised: draw.chance(0.6) }
    worker.does('weights.budget_set', { subject: { type: 'weights_budget', id: `person/${of}` }, data })
  }
  const decoy = organisation.versions(true).find(({ isCanary }) => isCanary)
  if (decoy !== undefined && draw.chance(parameters.value('operations.drillsPerMonth') / 20)) {
    const { person, presence } = draw.pick(engineers)
    const subject = { type: 'weights_canary', id: `can_${decoy.id.replace('/', '_')}` }
    const worker = organisation.worker(person, momentIn(presence, draw), draw)
    worker.does('weights.canary_touched', { subject, data: { version: decoy.id, drill: true }, version: decoy })
  }
}

/** In earnest or as an exercise: somebody on call, at any hour, who looks at what is wrong and is reviewed afterwards. */
function breakGlass(organisation: Organisation, draw: Draw): void {
  if (!draw.chance(organisation.parameters.value('operations.glassPerMonth') / MONTH_DAYS)) return
  const { day, calendar } = organisation
  const able = organisation
    .employed()
    .filter((person) => calendar.isOnCall(person, day) && person.habits.sittingsPerDay > 0)
  if (able.length === 0) return
  const person = draw.pick(able)
  const version = organisation.newest(person.models[0] ?? '') ?? draw.pick(organisation.versions())
  const worker = organisation.worker(person, organisation.dayMs + draw.real(1, 22) * HOUR_MS, draw)
  worker.signIn()
  const grant = worker.breakGlass({ version })
  worker.readMany(organisation.grants.live(grant), { share: draw.chance(0.3) ? 1 : draw.real(0.01, 0.2) })
  const reviewers = organisation.employed().filter(({ roles }) => roles.includes('ciso') || roles.includes('rso'))
  if (reviewers.length === 0) return
  const subject = { type: 'weights_glass', id: grant.id }
  const reviewedMs = worker.nowMs + draw.real(4, 40) * HOUR_MS
  organisation.worker(draw.pick(reviewers), reviewedMs, draw).does('weights.glass_reviewed', { subject })
}

/** Every so many weeks approvers look at all that stands, one by one, faster than one would like. */
function recertify(organisation: Organisation, draw: Draw): void {
  const every = Math.round(organisation.parameters.value('operations.recertificationDays'))
  if (organisation.day % every !== every - 1) return
  const approvers = organisation.atWork(({ roles }) => roles.includes('weights_approver'))
  if (approvers.length === 0) return
  const { person, presence } = draw.pick(approvers)
  const worker = organisation.worker(person, momentIn(presence, draw), draw)
  const campaign = `rec_${organisation.day}`
  worker.does('weights.campaign_started', { subject: { type: 'weights_campaign', id: campaign } })
  for (const grant of organisation.grants.all(worker.nowMs).slice(0, 40)) {
    worker.wait(draw.logNormal(40, 0.8) * 1_000)
    worker.does('weights.item_confirmed', {
      subject: { type: 'weights_campaign', id: campaign },
      data: { grant: grant.id },
    })
  }
  worker.does('weights.campaign_closed', { subject: { type: 'weights_campaign', id: campaign } })
}

/** Auditors read the ledger itself, and export pieces of it. */
function audit(organisation: Organisation, draw: Draw): void {
  for (const { person, presence } of organisation.atWork(({ roles }) => roles.includes('auditor'))) {
    const worker = organisation.worker(person, presence.startMs + HOUR_MS / 2, draw)
    for (let count = draw.poisson(organisation.parameters.value('operations.auditReadsPerDay')); count > 0; count--) {
      worker.wait(draw.exponential(25) * MINUTE_MS)
      if (worker.nowMs > presence.endMs) break
      worker.does('ledger.read', { data: { entries: draw.int(10, 1_000) } })
    }
  }
}

function momentIn({ startMs, endMs }: Presence, draw: Draw): number {
  return draw.real(startMs + 15 * MINUTE_MS, endMs)
}
