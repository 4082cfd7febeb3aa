import type { Activity, Place } from '../index.ts'
import type { Actor, Approval, Details, Grant, GrantRequest, ReadMany } from './campaign.ts'
import type { Draw } from './draw.ts'
import type { Emitter, Told } from './emitter.ts'
import { type GrantBook, LiveGrant } from './grant-book.ts'
import { planReads } from './read-plan.ts'
import type { Host, ModelFile, ModelVersion, Person } from './world/world.ts'

/** The vault gives out a range in leases of at most so much: `src/weights/reading`. */
export const LEASE_BYTES = 64 * 1024 * 1024
const HOUR_MS = 3_600_000
const SECOND_MS = 1_000
/** A sitting is over when nothing was read for so long. */
const SESSION_MS = 4 * HOUR_MS
const SHARES_NEEDED = 3

/** What everybody works with. */
export interface Desk {
  readonly emitter: Emitter
  readonly grants: GrantBook
  readonly draw: Draw
  /** Hears of every activity that comes of it. */
  readonly heard?: (activity: Activity) => void
}

/** A request while others look at it. */
class LiveApproval implements Approval {
  readonly approvers: Person[] = []
  isClosed = false
  readonly id: string
  readonly action: string
  readonly requester: Person
  readonly asked: GrantRequest | null
  readonly host: Host
  readonly requestedMs: number
  readonly needed = 1

  constructor(made: Pick<Approval, 'id' | 'action' | 'requester' | 'asked' | 'host' | 'requestedMs'>) {
    this.id = made.id
    this.action = made.action
    this.requester = made.requester
    this.asked = made.asked
    this.host = made.host
    this.requestedMs = made.requestedMs
  }
}

/** Somebody at a machine: turns what they do into activities as the ledger and outside sources would tell of it. */
export class Worker implements Actor {
  readonly person: Person
  readonly #desk: Desk
  #nowMs: number
  #host: Host
  #place: Place

  constructor(desk: Desk, person: Person, atMs: number, host: Host) {
    this.#desk = desk
    this.person = person
    this.#nowMs = atMs
    this.#host = host
    this.#place = host.place
  }

  get nowMs(): number {
    return this.#nowMs
  }

  get host(): Host {
    return this.#host
  }

  get place(): Place {
    return this.#place
  }

  at(timeMs: number): Worker {
    this.#nowMs = timeMs
    return this
  }

  wait(ms: number): Worker {
    this.#nowMs += ms
    return this
  }

  on(host: Host, place: Place = host.place): Worker {
    this.#host = host
    this.#place = place
    return this
  }

  signIn(): void {
    this.outside('okta.user.session.start', { subject: { type: 'session', id: this.#id('okta') } })
    if (this.person.roles.length === 0) return
    const subject = { type: 'session', id: this.#id('ses') }
    this.#tell({ kind: 'staff.signed_in', place: this.#place, subject, data: { method: 'passkey' } }, 3)
  }

  failSignIn(): void {
    if (this.person.roles.length === 0) return void this.outside('okta.user.session.start', { outcome: 'failure' })
    const data = { code: 'UNAUTHENTICATED' }
    this.#tell({ kind: 'staff.sign_in_failed', place: this.#place, subject: this.#self(), outcome: 'failure', data }, 6)
  }

  signOut(): void {
    if (this.person.roles.length === 0) return
    this.does('staff.session_ended', { data: { person: this.person.id, reason: 'signed_out' } })
  }

  requestGrant(asked: GrantRequest): Approval {
    return this.#request('weights.grant', asked)
  }

  request(action: string): Approval {
    return this.#request(action, null)
  }

  #request(action: string, asked: GrantRequest | null): Approval {
    const made = { id: this.#id('apr'), action, requester: this.person, asked, host: this.#host }
    const approval = new LiveApproval({ ...made, requestedMs: this.#nowMs })
    const subject = { type: 'approval', id: approval.id }
    this.#tell({ kind: 'approvals.requested', subject, data: { action, rule: 'quorum', bootstrap: false } }, 20)
    return approval
  }

  approve(approval: Approval): Grant | null {
    const live = approval instanceof LiveApproval ? approval : null
    if (live === null || live.isClosed || live.requester === this.person || live.approvers.includes(this.person))
      return null
    const { action, requester } = live
    const subject = { type: 'approval', id: live.id }
    live.approvers.push(this.person)
    this.#tell({ kind: 'approvals.given', subject, data: { action, role: this.person.roles[0] ?? '' } }, 1)
    if (live.approvers.length < live.needed) return null
    live.isClosed = true
    const approvers = live.approvers.map(({ id }) => id).join(',')
    this.#tell({ kind: 'approvals.approved', subject, data: { action, requester: requester.id, approvers } }, 1)
    return live.asked === null ? null : this.#give(requester, live.asked, live.host, { approval: live.id, approvers })
  }

  deny(approval: Approval): void {
    if (!(approval instanceof LiveApproval) || approval.isClosed) return
    approval.isClosed = true
    const data = { action: approval.action, role: this.person.roles[0] ?? '' }
    this.#tell({ kind: 'approvals.denied', subject: { type: 'approval', id: approval.id }, data }, 5)
  }

  #give(
    person: Person,
    { version, use = 'program', budgetBytes = version.sizeBytes, hours = 8, files }: GrantRequest,
    host: Host,
    by: { approval: string | null; approvers: string },
  ): LiveGrant {
    const grant = new LiveGrant({
      ...{ id: this.#id('wgr'), person, version, use, kind: by.approval === null ? 'break_glass' : 'person', host },
      files: files ?? version.files.filter(({ isCanary }) => !isCanary),
      budgetBytes: Math.round(budgetBytes),
      ...{ givenMs: this.#nowMs, expiresMs: Math.round(this.#nowMs + hours * HOUR_MS) },
    })
    this.#desk.grants.add(grant)
    this.#tell(
      {
        ...{ kind: 'weights.grant_given', person: person.id, host: host.id, grant: grant.id, version: version.id },
        subject: { type: 'weights_grant', id: grant.id },
        data: {
          ...{ approval: by.approval, grantKind: grant.kind, use, person: person.id, approvers: by.approvers },
          ...{ device: host.id, version: version.id, budgetBytes: grant.budgetBytes },
          expiresAt: new Date(grant.expiresMs).toISOString(),
        },
      },
      1,
    )
    return grant
  }

  startSession(grant: Grant): void {
    const live = this.#desk.grants.live(grant)
    live.session = { host: this.#host.id, startedMs: this.#nowMs, opened: new Set() }
    this.#tell({ kind: 'weights.session_started', ...this.#under(live), data: { session: this.#id('wses') } }, 1)
  }

  read(grant: Grant, range: { readonly file: ModelFile; readonly start?: number; readonly bytes?: number }): number {
    return this.#read(grant, range, this.#pace())
  }

  readMany(grant: Grant, how: ReadMany = {}): number {
    const pace = how.bytesPerSecond ?? this.#pace()
    let left = 0
    for (const range of planReads(grant.files, how, this.#desk.draw)) {
      const given = this.#read(grant, range, pace)
      left += given
      if (given < range.bytes) break
    }
    return left
  }

  #read(grant: Grant, range: { file: ModelFile; start?: number; bytes?: number }, pace: number): number {
    const { file, start = 0 } = range
    const live = this.#desk.grants.live(grant)
    const end = Math.min(file.sizeBytes, start + (range.bytes ?? file.sizeBytes))
    let from = Math.max(0, Math.floor(start))
    let left = 0
    while (from < end) {
      const wanted = Math.min(LEASE_BYTES, Math.ceil(end - from))
      const given = live.allowed(wanted, this.#nowMs)
      if (given < wanted) return left // the vault refuses what its budget does not cover whole
      this.#open(live, file)
      live.spentBytes += given
      this.#tell({ kind: 'weights.read', ...this.#under(live), file: file.position, start: from, bytes: given }, 0)
      this.#nowMs += Math.ceil((given / pace) * SECOND_MS * this.#desk.draw.real(0.8, 1.3)) + 2
      from += given
      left += given
    }
    return left
  }

  #open(live: LiveGrant, file: ModelFile): void {
    const session = live.session
    if (session === null || session.host !== this.#host.id || this.#nowMs - session.startedMs > SESSION_MS)
      this.startSession(live)
    const opened = live.session?.opened
    if (opened === undefined || opened.has(file.position)) return
    opened.add(file.position)
    this.#tell({ kind: 'weights.opened', ...this.#under(live), file: file.position }, 0)
    this.#nowMs += this.#desk.draw.int(5, 60)
    if (file.isCanary) this.touchCanary(live.version, live)
  }

  endGrant(grant: Grant): void {
    const live = this.#desk.grants.live(grant)
    if (live.isEnded) return
    live.isEnded = true
    this.#tell({ kind: 'weights.grant_ended', ...this.#under(live), data: { state: 'revoked', cause: 'person' } }, 2)
  }

  touchCanary(version: ModelVersion, grant?: Grant): void {
    const subject = { type: 'weights_canary', id: `can_${version.id.replace('/', '_')}` }
    const under = grant === undefined ? {} : { grant: grant.id }
    const data = { version: version.id, drill: false }
    this.#tell({ kind: 'weights.canary_touched', host: this.#host.id, version: version.id, ...under, subject, data }, 1)
  }

  breakGlass(asked: { readonly version: ModelVersion; readonly budgetBytes?: number; readonly hours?: number }): Grant {
    const { version, budgetBytes = version.sizeBytes, hours = 4 } = asked
    const grant = this.#give(this.person, { version, use: 'run', budgetBytes, hours }, this.#host, {
      ...{ approval: null, approvers: '' },
    })
    const subject = { type: 'weights_glass', id: this.#id('gls') }
    const data = { person: this.person.id, version: version.id, budgetBytes }
    this.#tell({ kind: 'weights.glass_broken', grant: grant.id, version: version.id, subject, data }, 5)
    return grant
  }

  failToBreakGlass(): void {
    const subject = { type: 'weights_glass', id: this.#id('gls') }
    const data = { person: this.person.id, given: this.#desk.draw.int(1, SHARES_NEEDED - 1) }
    this.#tell({ kind: 'weights.glass_refused', subject, outcome: 'failure', data }, 5)
  }

  registerDevice(host: Host, approver?: Person): void {
    const subject = { type: 'weights_device', id: host.id }
    const data = { person: this.person.id, kind: host.kind === 'server' ? 'environment' : 'workstation' }
    this.#tell({ kind: 'weights.device_registered', host: host.id, subject, data }, 30)
    if (approver === undefined) return
    this.#tell(
      { kind: 'weights.device_approved', host: host.id, subject, data: { ...data, approvers: approver.id } },
      5,
    )
  }

  registerCopy(grant: Grant): void {
    const { version } = grant
    const subject = { type: 'weights_copy', id: this.#id('cpy') }
    const data = { version: version.id, owner: this.person.id, grant: grant.id }
    this.#tell({ kind: 'weights.copy_registered', grant: grant.id, version: version.id, subject, data }, 10)
  }

  does(kind: string, details: Details = {}): Activity {
    return this.#tell({ kind, ...told(details) }, 2)
  }

  outside(kind: string, details: Details = {}): Activity {
    const [source] = kind.split('.')
    const known = source === 'okta' || source === 'cloudtrail' || source === 'auditd' ? source : 'ocsf'
    const place = known === 'auditd' ? null : this.#place
    return this.#tell({ kind, source: known, host: this.#host.id, place, ...told(details) }, 1)
  }

  #tell(told: Omit<Told, 'timeMs' | 'person'> & { person?: string }, seconds: number): Activity {
    const { draw, emitter, heard } = this.#desk
    const host = told.kind.startsWith('staff.sign') ? this.#host.id : (told.host ?? null)
    const activity = emitter.emit({ person: this.person.id, ...told, host, timeMs: this.#nowMs })
    heard?.(activity)
    this.#nowMs += Math.round(seconds * SECOND_MS * draw.real(0.5, 1.5))
    return activity
  }

  #under(grant: LiveGrant) {
    const subject = { type: 'weights_grant', id: grant.id }
    return { host: this.#host.id, grant: grant.id, version: grant.version.id, subject }
  }

  #self() {
    return { type: 'person', id: this.person.id }
  }

  #id(prefix: string): string {
    return `${prefix}_${this.#desk.draw.code(10)}`
  }

  /** Bytes per second of a connection inside. */
  #pace(): number {
    return this.#desk.draw.logNormal(4e8, 0.5)
  }
}

type Detailed = Partial<Pick<Activity, 'subject' | 'data' | 'outcome' | 'bytes' | 'version' | 'grant'>>

function told({ subject, data, outcome, bytes, version, grant }: Details): Detailed {
  return {
    ...(subject === undefined ? {} : { subject }),
    ...(data === undefined ? {} : { data }),
    ...(outcome === undefined ? {} : { outcome }),
    ...(bytes === undefined ? {} : { bytes: Math.round(bytes) }),
    ...(version === undefined ? {} : { version: version.id }),
    ...(grant === undefined ? {} : { grant: grant.id }),
  }
}
