import { z } from 'zod'
import type { Activity } from '../activity/activity.ts'
import type { Json } from '../signals/signal.ts'
import { text } from './facts.ts'
import { isOutside } from './kinds.ts'
import { sane } from './levels.ts'
import type { Model, Seen } from './model.ts'
import { Sets } from './sets.ts'
import { restoreInto, snapshotOf, Table } from './table.ts'

const MOST = 200_000
const DAY_MS = 86_400_000
/** A version that has just been sealed is everybody's first. */
const NEW_VERSION_MS = 14 * DAY_MS
const STRANGE_MS = 7 * DAY_MS
const FRESH_HOST_MS = 3 * DAY_MS
/** To newcomers everything is strange. */
const JOINED_DAYS = 10

type First =
  | 'new_target'
  | 'new_pairing'
  | 'new_kind'
  | 'new_host'
  | 'new_place'
  | 'new_version'
  | 'new_use'
  | 'new_reader'

/**
 * What somebody does, touches or uses for the first time, by how many others have: 1 = many of their peers, 2 = few of them, 3 = only people with other
 * work, 4 = nobody ever. How often firsts happen at all is then judged as any other measure of a day.
 */
export class Firsts implements Model {
  readonly #own = {
    new_kind: new Sets(MOST, 500),
    new_host: new Sets(MOST, 500),
    new_place: new Sets(MOST, 500),
    new_version: new Sets(MOST, 500),
    new_use: new Sets(MOST, 500),
    new_reader: new Sets(MOST, 500),
    new_target: new Sets(MOST, 500),
    new_pairing: new Sets(MOST, 500),
  } as const satisfies Record<First, Sets>
  /** How many have had a value: all of them, and by group. */
  readonly #values = new Table(z.int(), 2 * MOST)
  readonly #groups = new Sets(MOST, 100_000)
  /** Who reads weights from a device. */
  readonly #readers = new Sets(MOST, 20)
  /** When somebody last came by new means: a device, a network, a key, a role. */
  readonly #fresh = new Table(z.number(), MOST)
  /** Since when somebody reads a version, or for a use. */
  readonly #since = new Table(z.number(), MOST)
  /** Since when anybody reads from a device. */
  readonly #hosts = new Table(z.number(), MOST)
  /** When a device was registered. */
  readonly #registered = new Table(z.number(), MOST)

  look(seen: Seen): void {
    const { activity, facts, person } = seen
    this.#groups.add(facts.groupOf(person), person)
    this.#first(seen, 'new_kind', sortOf(activity))
    const renewed = renewedBy(activity)
    if (renewed !== null) this.#fresh.set(renewed, seen.timeMs)
    if (activity.host !== null) this.#first(seen, 'new_host', activity.host)
    const target = targetOf(activity)
    if (target !== null) this.#first(seen, 'new_target', target)
    const network = networkOf(seen)
    if (network !== null) this.#first(seen, 'new_place', network)
    if (!activity.kind.startsWith('weights.')) return
    if (activity.kind === 'weights.device_registered') this.#register(seen)
    if (activity.version !== null) this.#first(seen, 'new_version', activity.version)
    const use = facts.grant(activity.grant)?.use ?? text(activity.data.use)
    if (use !== null && use !== '') this.#first(seen, 'new_use', use)
    if (activity.kind !== 'weights.read') return
    this.#read(seen, activity.host)
    if (use !== null && activity.host !== null) this.#first(seen, 'new_pairing', `${use} ${activity.host}`)
    if (seen.daysKnown < JOINED_DAYS) return
    if (activity.version !== null && this.#isStrange(seen, `version ${activity.version}`))
      seen.add('strange_bytes', sane(activity.bytes))
    if (use !== null && this.#isStrange(seen, `use ${use}`)) seen.add('strange_use', sane(activity.bytes))
  }

  snapshot(): Json {
    return snapshotOf(this.#kept())
  }

  restore(snapshot: Json): void {
    restoreInto(this.#kept(), snapshot)
  }

  #kept() {
    return {
      ...this.#own,
      values: this.#values,
      groups: this.#groups,
      readers: this.#readers,
      fresh: this.#fresh,
      since: this.#since,
      hosts: this.#hosts,
      registered: this.#registered,
    }
  }

  /** Whether they have come to know it lately; a version that has just been sealed is strange to nobody. */
  #isStrange({ person, timeMs, facts, activity }: Seen, what: string): boolean {
    const key = `${person} ${what}`
    const since = this.#since.get(key) ?? this.#since.set(key, timeMs)
    if (timeMs - since >= STRANGE_MS) return false
    const knownMs = activity.version === null ? null : facts.knownSinceMs(activity.version)
    return !what.startsWith('version') || knownMs === null || timeMs - knownMs >= NEW_VERSION_MS
  }

  #register({ activity, timeMs }: Seen): void {
    const device = activity.host ?? text(activity.data.device) ?? activity.subject?.id ?? null
    if (device !== null) this.#registered.set(device, timeMs)
  }

  #read(seen: Seen, host: string | null): void {
    const { person, activity, timeMs, facts } = seen
    if (host !== null) {
      const since = this.#hosts.get(host) ?? this.#hosts.set(host, timeMs)
      const isFresh = timeMs - since < FRESH_HOST_MS && !facts.isLaunching(activity.version, timeMs)
      if (isFresh && seen.daysKnown >= JOINED_DAYS) seen.add('fresh_host_bytes', sane(activity.bytes))
      const registeredMs = this.#registered.get(host) ?? Number.NEGATIVE_INFINITY
      const isNew = timeMs - registeredMs < FRESH_HOST_MS && !facts.isLaunching(activity.version, timeMs)
      if (isNew) seen.add('new_device_bytes', sane(activity.bytes))
    }
    if (host !== null && this.#first(seen, 'new_reader', host)) {
      this.#readers.add(host, person)
      seen.raise('shared_host', this.#readers.count(host) - 1)
    }
    const freshMs = this.#fresh.get(person)
    if (freshMs !== undefined && timeMs - freshMs < DAY_MS) seen.add('fresh_access', sane(activity.bytes))
  }

  /** @returns whether it was one */
  #first(seen: Seen, measure: First, value: string): boolean {
    const { person, facts, timeMs } = seen
    const own = this.#own[measure]
    if (!own.add(person, value)) return false
    // Few move anything at all, so that the first time is a first one too.
    const isFirstEver = own.count(person) === 1 && measure !== 'new_target'
    const everybody = `${measure} ${value}`
    const peers = `${everybody} ${facts.groupOf(person)}`
    const level = isFirstEver ? 0 : this.#level(everybody, peers, facts.groupOf(person))
    for (const key of [everybody, peers]) this.#values.set(key, (this.#values.get(key) ?? 0) + 1)
    const since = measure === 'new_version' ? (facts.knownSinceMs(value) ?? timeMs) : null
    const isNewToAll = since !== null && timeMs - since < NEW_VERSION_MS
    if (level === 0) return true
    if (level >= 2 && (measure === 'new_host' || measure === 'new_place')) this.#fresh.set(person, timeMs)
    seen.raise(measure, isNewToAll ? 1 : level)
    return true
  }

  #level(everybody: string, peers: string, group: string): number {
    if (this.#values.get(everybody) === undefined) return 4
    const count = this.#values.get(peers) ?? 0
    if (count === 0) return 3
    return count >= 0.2 * this.#groups.count(group) ? 1 : 2
  }
}

/** Networks by what their addresses begin with, so that another lease of the same provider is nothing new. */
function networkOf({ activity: { kind, place } }: Seen): string | null {
  if (place === null || !kind.startsWith('staff.')) return null
  if (place.ip !== null) {
    const parts = place.ip.split('.')
    return parts.length === 4 ? parts.slice(0, 3).join('.') : place.ip.split(':').slice(0, 3).join(':')
  }
  if (place.latitude === null || place.longitude === null) return null
  return `${Math.round(place.latitude)} ${Math.round(place.longitude)}`
}

/** What a kind is about, where it tells: a command, an action, a role; so that the first `nc` of somebody who runs `git` all day stands out. */
function sortOf({ kind, data }: Activity): string {
  const about = text(data.action) ?? text(data.exe) ?? text(data.role) ?? text(data.reason)
  const loosens = data.loosens === true ? ' loosens' : ''
  return about === null ? `${kind}${loosens}` : `${kind} ${about.slice(0, 100)}${loosens}`
}

/** Where something was moved to. */
function targetOf({ kind, bytes, data }: Activity): string | null {
  if (!isOutside(kind) || bytes === 0) return null
  const target = text(data.bucket) ?? text(data.bucketName) ?? text(data.destination) ?? text(data.remote)
  return target === null ? null : target.slice(0, 200)
}

/** Who has got a new way in by this. */
function renewedBy({ kind, person, subject, data }: Activity): string | null {
  if (kind === 'staff.passkey_added') return person
  if (kind !== 'staff.passkeys_reset' && kind !== 'staff.role_granted' && !kind.startsWith('staff.recovery'))
    return null
  return text(data.person) ?? (subject?.type === 'person' ? subject.id : null)
}
