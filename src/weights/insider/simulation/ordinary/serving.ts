import type { Draw } from '../draw.ts'
import type { Organisation } from '../organisation.ts'
import type { Launch } from '../world/models.ts'
import type { Host, ModelVersion, Person } from '../world/world.ts'
import { askForGrant } from './approving.ts'

const DAY_HOURS = 24
const HOUR_MS = 3_600_000
const WEEK_DAYS = 7
const MONTH_DAYS = 30
const SERVE_DAYS = 30
/** A standing grant of a fleet covers so many starts of a machine. */
const SERVE_LOADS = 60

/** Whole models, as machines that answer customers load them, launches, and copies that go elsewhere: great volumes, all of them ordinary. */
export function serve(organisation: Organisation): void {
  const draw = organisation.drawOf('serving')
  sealNew(organisation, draw)
  for (const launch of organisation.built.launches) launching(launch, organisation, draw)
  const models = new Set(organisation.versions().map(({ model }) => model))
  for (const model of models) restart(model, organisation, draw)
  exportCopies(organisation, draw)
}

/** What has come into the vault, by whom; on the first day what was there already. */
function sealNew(organisation: Organisation, draw: Draw): void {
  const due = organisation.built.world.versions.filter(({ sealedDay }) => sealedDay === organisation.day)
  const deployers = organisation.employed().filter(({ job }) => job === 'deployer')
  if (deployers.length === 0) return
  for (const version of due) {
    const by = draw.pick(deployers)
    const { startMs } = organisation.calendar.shift(by, organisation.day)
    const atMs = organisation.day === 0 ? organisation.dayMs : Math.max(organisation.dayMs, startMs) + HOUR_MS
    const data = { files: version.files.length, bytes: version.sizeBytes }
    const subject = { type: 'vault_version', id: version.id }
    organisation.worker(by, atMs, draw).does('weights.sealed', { version, subject, data })
  }
}

function launching({ version, firstDay, lastDay }: Launch, organisation: Organisation, draw: Draw): void {
  const { day, dayMs, emitter } = organisation
  const data = { model: version.model }
  const subject = { type: 'model', id: version.model }
  if (day === firstDay)
    emitter.emit({ kind: 'launch.started', source: 'ocsf', person: null, timeMs: dayMs + HOUR_MS, data, subject })
  if (day === lastDay)
    emitter.emit({ kind: 'launch.ended', source: 'ocsf', person: null, timeMs: dayMs + 23 * HOUR_MS, data, subject })
  if (day < firstDay || day > firstDay + 4) return
  const crew = organisation.atWork(
    (person) =>
      ['deployer', 'inference_engineer', 'researcher'].includes(person.job) && person.habits.sittingsPerDay > 0,
  )
  const size = Math.min(crew.length, draw.poisson(Math.max(1, crew.length / 40)) + 1)
  for (const { person, presence } of draw.some(crew, size)) {
    const atMs = draw.real(presence.startMs, presence.endMs - HOUR_MS)
    const fresh: Host = { id: `dev_${draw.code(12)}`, kind: 'server', place: presence.place }
    const host = draw.chance(0.5) ? fresh : (organisation.hostsOf(person).at(-1) ?? fresh)
    if (host === fresh)
      organisation.worker(person, atMs, draw).registerDevice(host, draw.pick(approversOf(organisation, person)))
    loadWhole(
      person,
      version,
      { atMs: atMs + 300_000, host, use: draw.chance(0.5) ? 'serve' : 'program' },
      organisation,
      draw,
    )
  }
}

/** Machines of the fleet start again, each loads its model from end to end, under the grant of who looks after it this week. */
function restart(model: string, organisation: Organisation, draw: Draw): void {
  const fleet = organisation.built.world.fleet.filter(({ id }) => id.startsWith(`dev_serve_${model}_`))
  const version = organisation.newest(model)
  const deployers = organisation.built.world.people.filter(
    (one) => one.job === 'deployer' && organisation.calendar.isEmployed(one, organisation.day),
  )
  const keeper =
    deployers[
      (fleet.length + Math.floor(organisation.day / WEEK_DAYS / 4) + model.length) % Math.max(1, deployers.length)
    ]
  if (version === null || keeper === undefined) return
  const restarts = draw.poisson(organisation.parameters.value('weights.servingRestarts') * fleet.length)
  for (let count = 0; count < restarts; count++) {
    const atMs = organisation.dayMs + draw.real(2, 22) * HOUR_MS
    loadWhole(keeper, version, { atMs, host: draw.pick(fleet), use: 'serve' }, organisation, draw)
  }
}

function loadWhole(
  person: Person,
  version: ModelVersion,
  { atMs, host, use }: { atMs: number; host: Host; use: 'serve' | 'program' },
  organisation: Organisation,
  draw: Draw,
): void {
  const loads = use === 'serve' ? SERVE_LOADS : 1.2
  const standing = organisation.grants
    .of(person, atMs)
    .find(
      (one) =>
        one.version === version &&
        one.use === use &&
        one.givenMs <= atMs &&
        one.budgetBytes - one.spentBytes > version.sizeBytes,
    )
  const asked = { version, use, budgetBytes: version.sizeBytes * loads, hours: SERVE_DAYS * DAY_HOURS }
  const grant = standing ?? askForGrant(person, { asked, atMs, host }, organisation, draw)
  if (grant === null) return
  const worker = organisation.worker(person, Math.max(atMs, grant.givenMs + 60_000), draw, host)
  worker.startSession(grant)
  worker.readMany(grant, { order: 'serial', bytesPerSecond: draw.logNormal(9e8, 0.4) })
}

/** A copy for a partner or another site: approved as such, registered, and destroyed when its time is over. */
function exportCopies(organisation: Organisation, draw: Draw): void {
  const { copies, day } = organisation
  const perDay = organisation.parameters.value('weights.exportPerMonth') / MONTH_DAYS
  const able = organisation.atWork(({ job }) => job === 'deployer' || job === 'inference_engineer')
  if (able.length > 0 && draw.chance(perDay)) {
    const { person, presence } = draw.pick(able)
    const version = draw.pick(organisation.versions())
    const atMs = draw.real(presence.startMs, presence.endMs)
    const host = organisation.hostsOf(person).at(-1)
    if (host === undefined) return
    const asked = { version, use: 'export' as const, budgetBytes: version.sizeBytes * 1.05, hours: 48 }
    const grant = askForGrant(person, { asked, atMs, host }, organisation, draw)
    if (grant !== null) {
      const worker = organisation.worker(person, grant.givenMs + 600_000, draw, host)
      worker.readMany(grant, { order: 'serial' })
      worker.registerCopy(grant)
      copies.push({ id: grant.id, owner: person, version, dueDay: day + draw.int(5, 40) })
    }
  }
  for (const copy of copies.filter(({ dueDay }) => dueDay === day)) {
    const subject = { type: 'weights_copy', id: copy.id }
    const atMs = organisation.dayMs + draw.real(9, 17) * HOUR_MS
    const data = { version: copy.version.id, owner: copy.owner.id }
    organisation.worker(copy.owner, atMs, draw).does('weights.copy_destroyed', { subject, data, version: copy.version })
  }
  const rest = copies.filter(({ dueDay }) => dueDay > day)
  copies.splice(0, copies.length, ...rest)
}

function approversOf(organisation: Organisation, person: Person): Person[] {
  return organisation.built.world.people.filter((one) => one.roles.includes('weights_approver') && one !== person)
}
