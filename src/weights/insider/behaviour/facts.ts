import { z } from 'zod'
import type { Activity } from '../activity/activity.ts'
import type { Json } from '../signals/signal.ts'
import { sane } from './levels.ts'
import { type Kept, restoreInto, snapshotOf, Table } from './table.ts'

const MOST = 100_000
const MOST_ROLES = 20
const DAY_MS = 86_400_000
/** After this a launch that nobody ended is over. */
const LAUNCH_MS = 30 * DAY_MS

const Person = z.object({
  roles: z.array(z.string()),
  team: z.string(),
  group: z.string(),
  lastDayMs: z.number().nullable(),
  isOnCall: z.boolean(),
})
type Person = z.infer<typeof Person>

const Grant = z.object({
  person: z.string(),
  version: z.string().nullable(),
  host: z.string().nullable(),
  use: z.string(),
  /** `break_glass` where nobody was asked. */
  kind: z.string(),
  approval: z.string().nullable(),
  approvers: z.array(z.string()),
  budgetBytes: z.number(),
  givenMs: z.number(),
  expiresMs: z.number(),
  readBytes: z.number(),
})
/** A grant of weights, as the activities told of it. */
export type Grant = z.infer<typeof Grant>

const Version = z.object({ bytes: z.number(), firstMs: z.number() })
const Launch = z.object({ sinceMs: z.number() })

/** Who does what job, under which grants, and what the organisation is at: all that can be known from the stream itself. */
export class Facts implements Kept {
  readonly #people = new Table(Person, MOST)
  readonly #grants = new Table(Grant, MOST)
  readonly #versions = new Table(Version, MOST)
  readonly #launches = new Table(Launch, 1_000)

  /** Takes in what an activity tells, before anything else looks at it. */
  learn(activity: Activity): void {
    const { kind } = activity
    if (kind === 'staff.role_granted' || kind === 'staff.role_ended' || kind.startsWith('hr.'))
      this.#learnPerson(activity)
    else if (kind === 'oncall.started' || kind === 'oncall.ended') this.#onCall(activity, kind === 'oncall.started')
    else if (kind === 'launch.started' || kind === 'launch.ended') this.#launch(activity, kind === 'launch.started')
    else if (kind === 'weights.grant_given') this.#given(activity)
    else if (kind === 'weights.read') this.#read(activity)
    else if (kind === 'weights.sealed') this.#sealed(activity)
  }

  /** People with the same are peers: roles, else the team, else whoever has neither. */
  groupOf(person: string): string {
    return this.#people.get(person)?.group ?? ''
  }

  isLeaving(person: string, timeMs: number): boolean {
    const lastDayMs = this.#people.get(person)?.lastDayMs ?? null
    return lastDayMs !== null && timeMs < lastDayMs + 2 * DAY_MS
  }

  isOnCall(person: string): boolean {
    return this.#people.get(person)?.isOnCall ?? false
  }

  isLaunching(version: string | null, timeMs: number): boolean {
    if (version === null || this.#launches.size === 0) return false
    const launch = this.#launches.get(modelOf(version))
    return launch !== undefined && timeMs - launch.sinceMs < LAUNCH_MS
  }

  grant(id: string | null): Grant | undefined {
    return id === null ? undefined : this.#grants.get(id)
  }

  /** Size as it was sealed; null where nobody has told. */
  sizeOf(version: string): number | null {
    const bytes = this.#versions.get(version)?.bytes ?? 0
    return bytes > 0 ? bytes : null
  }

  /** When the version was first told of. */
  knownSinceMs(version: string): number | null {
    return this.#versions.get(version)?.firstMs ?? null
  }

  snapshot(): Json {
    return snapshotOf(this.#kept())
  }

  restore(snapshot: Json): void {
    restoreInto(this.#kept(), snapshot)
  }

  #kept() {
    return { people: this.#people, grants: this.#grants, versions: this.#versions, launches: this.#launches }
  }

  #person(id: string): Person {
    const known = this.#people.get(id)
    return known ?? this.#people.set(id, { roles: [], team: '', group: '', lastDayMs: null, isOnCall: false })
  }

  #learnPerson({ kind, person, subject, data }: Activity): void {
    const about = text(data.person) ?? (subject?.type === 'person' ? subject.id : null) ?? person
    if (about === null) return
    const known = this.#person(about)
    const role = text(data.role)
    if (kind === 'hr.leaving') known.lastDayMs = number(data.lastDayMs)
    known.team = text(data.team) ?? known.team
    if (kind === 'staff.role_ended') known.roles = known.roles.filter((one) => one !== role)
    else if (role !== null && !known.roles.includes(role))
      known.roles = [...known.roles, role].sort().slice(0, MOST_ROLES)
    known.group = known.roles.length > 0 ? known.roles.join('+') : known.team
  }

  #onCall({ person, data }: Activity, isOnCall: boolean): void {
    const about = text(data.person) ?? person
    if (about !== null) this.#person(about).isOnCall = isOnCall
  }

  #launch({ timeMs, version, subject, data }: Activity, isStart: boolean): void {
    const model = text(data.model) ?? (version === null ? (subject?.id ?? null) : modelOf(version))
    if (model === null) return
    if (isStart) this.#launches.set(model, { sinceMs: timeMs })
    else this.#launches.delete(model)
  }

  #given({ timeMs, person, grant, version, host, subject, data }: Activity): void {
    const id = grant ?? subject?.id ?? null
    const about = person ?? text(data.person)
    if (id === null || about === null) return
    const expires = text(data.expiresAt)
    const expiresMs = number(data.expiresMs) ?? (expires === null ? Number.NaN : Date.parse(expires))
    this.#grants.set(id, {
      person: about,
      version: version ?? text(data.version),
      host: host ?? text(data.host),
      use: text(data.use) ?? '',
      kind: text(data.grantKind) ?? '',
      approval: text(data.approval),
      approvers: listOf(data.approvers),
      budgetBytes: sane(number(data.budgetBytes) ?? 0),
      givenMs: timeMs,
      expiresMs: Number.isFinite(expiresMs) ? expiresMs : timeMs,
      readBytes: 0,
    })
  }

  #read({ timeMs, grant, version, bytes }: Activity): void {
    const known = grant === null ? undefined : this.#grants.get(grant)
    if (known !== undefined) known.readBytes += sane(bytes)
    if (version !== null && this.#versions.get(version) === undefined)
      this.#versions.set(version, { bytes: 0, firstMs: timeMs })
  }

  #sealed({ timeMs, version, bytes, subject, data }: Activity): void {
    const id = version ?? text(data.version) ?? subject?.id ?? null
    if (id === null) return
    const size = sane(number(data.bytes) ?? number(data.sizeBytes) ?? bytes)
    const known = this.#versions.get(id)
    if (known === undefined) this.#versions.set(id, { bytes: size, firstMs: timeMs })
    else known.bytes = Math.max(known.bytes, size)
  }
}

export function modelOf(version: string): string {
  const slash = version.indexOf('/')
  return slash < 0 ? version : version.slice(0, slash)
}

export function text(value: unknown): string | null {
  return typeof value === 'string' && value !== '' ? value : null
}

export function number(value: unknown): number | null {
  return typeof value === 'number' && Number.isFinite(value) ? value : null
}

/** As lists are flattened within an activity: joined by commas. */
export function listOf(value: unknown): string[] {
  return (text(value) ?? '')
    .split(',', 20)
    .map((one) => one.trim())
    .filter((one) => one !== '')
}
