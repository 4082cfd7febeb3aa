import type { Activity, Place } from '../index.ts'
import type { CampaignKind, Grant, Stage } from './campaign.ts'
import type { Draw, Range } from './draw.ts'
import type { Organisation } from './organisation.ts'
import { type Desk, Worker } from './worker.ts'
import { far, near } from './world/places.ts'
import type { Host, ModelVersion, Person, World } from './world/world.ts'

const HOUR_MS = 3_600_000
const DAY_MS = 86_400_000
const CAFE_KM = 15

/** What is known of a campaign once it is over: the answer key. */
export interface Played {
  readonly kind: CampaignKind
  readonly people: ReadonlySet<string>
  /** What it did, in the order in which it did it. */
  readonly activities: readonly Pick<Activity, 'id' | 'timeMs' | 'version' | 'bytes'>[]
}

/** One campaign's view of the organisation. All that its people do through it is written down as its own. */
export class LiveStage implements Stage, Played {
  readonly kind: CampaignKind
  readonly draw: Draw
  readonly people = new Set<string>()
  readonly activities: Pick<Activity, 'id' | 'timeMs' | 'version' | 'bytes'>[] = []
  readonly #organisation: Organisation
  readonly #taken: Set<string>
  readonly #parameters: Draw
  readonly #figures = new Map<string, number>()

  /** @param taken people of all campaigns, by id: whom this one recruits is added */
  constructor(kind: CampaignKind, organisation: Organisation, taken: Set<string>, draw: Draw) {
    this.kind = kind
    this.#organisation = organisation
    this.#taken = taken
    this.#parameters = draw.fork('parameters')
    this.draw = draw.fork('chances')
  }

  get world(): World {
    return this.#organisation.built.world
  }

  get day(): number {
    return this.#organisation.day
  }

  get dayMs(): number {
    return this.#organisation.dayMs
  }

  get daysLeft(): number {
    return this.world.days - this.day
  }

  parameter(name: string, range: Range): number {
    const known = this.#figures.get(name)
    if (known !== undefined) return known
    const { parameters } = this.#organisation
    const value = parameters.ofCampaign(`campaign.${this.kind.id}.${name}`, range, this.#parameters)
    this.#figures.set(name, value)
    return value
  }

  recruit(fits: (person: Person) => boolean, weight: (person: Person) => number = () => 1): Person | null {
    const able = this.#organisation.employed().filter((person) => !this.#taken.has(person.id) && fits(person))
    const weighed = able.map((person) => [person, Math.max(0, weight(person))] as const).filter(([, one]) => one > 0)
    if (weighed.length === 0) return null
    const person = this.draw.weighted(weighed)
    this.#taken.add(person.id)
    this.people.add(person.id)
    return person
  }

  colleague(fits: (person: Person) => boolean): Person | null {
    const able = this.#organisation.employed().filter(fits)
    return able.length === 0 ? null : this.draw.pick(able)
  }

  versions({ canaries = false }: { canaries?: boolean } = {}): readonly ModelVersion[] {
    return this.#organisation.versions(canaries)
  }

  newest(model: string): ModelVersion | null {
    return this.#organisation.newest(model)
  }

  grants(person?: Person): readonly Grant[] {
    const { grants } = this.#organisation
    return person === undefined ? grants.all(this.dayMs) : grants.of(person, this.dayMs)
  }

  isAtWork(person: Person): boolean {
    return this.#organisation.calendar.isAtWork(person, this.day)
  }

  isOnCall(person: Person): boolean {
    return this.#organisation.calendar.isOnCall(person, this.day)
  }

  shift(person: Person): { readonly startMs: number; readonly endMs: number } {
    return this.#organisation.calendar.shift(person, this.day)
  }

  moment(person: Person, when: 'work' | 'night' | 'lunch' | 'late' = 'work'): number {
    const { startMs, endMs } = this.shift(person)
    const noonMs = startMs + 3.5 * HOUR_MS
    const spans = {
      work: [startMs + HOUR_MS / 4, endMs],
      night: [endMs + 2 * HOUR_MS, endMs + 9 * HOUR_MS],
      lunch: [noonMs, noonMs + HOUR_MS],
      late: [endMs, endMs + 2 * HOUR_MS],
    } as const
    const [from, to] = spans[when]
    return Math.max(this.dayMs - DAY_MS, this.draw.real(from, to))
  }

  actor(person: Person, atMs: number): Worker {
    const { emitter, grants } = this.#organisation
    const heard = (activity: Activity) => {
      const { id, timeMs, version, bytes } = activity
      if (emitter.holds(activity)) this.activities.push({ id, timeMs, version, bytes })
    }
    const desk: Desk = { emitter, grants, draw: this.draw, heard }
    const host = this.#organisation.hostsOf(person)[0] ?? this.newHost('laptop', person.office)
    const presence = this.#organisation.present.get(person.id)
    return new Worker(desk, person, atMs, host).on(host, presence?.place ?? host.place)
  }

  newHost(kind: Host['kind'], place: Place): Host {
    return { id: `dev_${this.draw.code(12)}`, kind, place }
  }

  placeFarFrom(place: Place, km: number): Place {
    return far(place, km, this.draw)
  }

  placeNear(place: Place): Place {
    return near(place, CAFE_KM, this.draw)
  }
}
