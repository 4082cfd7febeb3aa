import type { Place } from '../index.ts'
import { Calendar } from './calendar.ts'
import { Draw } from './draw.ts'
import { Emitter } from './emitter.ts'
import { GrantBook } from './grant-book.ts'
import { type Overrides, Parameters } from './parameters.ts'
import { Worker } from './worker.ts'
import { type Built, buildWorld } from './world/build-world.ts'
import { near, OFFICES, officePlace } from './world/places.ts'
import type { Host, ModelVersion, Person } from './world/world.ts'

const DAY_MS = 86_400_000

export interface Asked {
  readonly seed: number
  readonly people: number
  readonly days: number
  readonly overrides?: Overrides
}

/** Somebody on a day on which they work: from when to when, and from where. */
export interface Presence {
  readonly startMs: number
  readonly endMs: number
  readonly place: Place
}

/** A copy outside the vault, until it is destroyed. */
export interface OpenCopy {
  readonly id: string
  readonly owner: Person
  readonly version: ModelVersion
  readonly dueDay: number
}

/** The organisation as it goes through its days: what stands before them, and what has come of it so far. */
export class Organisation {
  readonly built: Built
  readonly parameters: Parameters
  readonly calendar: Calendar
  readonly emitter: Emitter
  readonly grants = new GrantBook()
  /** Copies that still stand. */
  readonly copies: OpenCopy[] = []
  /** Who is where on the day that is being lived through. */
  readonly present = new Map<string, Presence>()
  /** Addresses under which the organisation's own networks are seen from outside. */
  readonly egress: readonly Place[]
  readonly #draw: Draw
  readonly #hosts = new Map<string, Host[]>()
  readonly #models = new Map<string, readonly string[]>()
  day = 0

  constructor({ seed, people, days, overrides }: Asked) {
    this.parameters = new Parameters(seed, overrides)
    this.#draw = new Draw(seed)
    this.built = buildWorld({ people, days }, this.parameters, this.#draw.fork('world'))
    const { world } = this.built
    this.calendar = new Calendar(world, this.parameters, this.#draw.fork('calendar'))
    this.emitter = new Emitter(world.startMs, days, this.#draw.fork('ids').bits())
    const vpn = this.#draw.fork('vpn')
    this.egress = OFFICES.slice(0, 3).map((office) => officePlace(office, vpn))
  }

  get dayMs(): number {
    return this.built.world.startMs + this.day * DAY_MS
  }

  /** Chances of one habit on this day. */
  drawOf(habit: string): Draw {
    return this.#draw.fork(`${habit} ${this.day}`)
  }

  /** Chances that are the same every day, for what belongs to somebody or something. */
  lasting(name: string): Draw {
    return this.#draw.fork(`lasting ${name}`)
  }

  worker(person: Person, atMs: number, draw: Draw, host?: Host): Worker {
    const desk = { emitter: this.emitter, grants: this.grants, draw }
    const worker = new Worker(desk, person, atMs, host ?? this.hostsOf(person)[0] ?? nobodysHost(person))
    const presence = this.present.get(person.id)
    return host === undefined && presence !== undefined ? worker.on(worker.host, presence.place) : worker
  }

  employed(): Person[] {
    return this.built.world.people.filter((person) => this.calendar.isEmployed(person, this.day))
  }

  /** Those at work today, with where and when. */
  atWork(fits: (person: Person) => boolean = () => true): { person: Person; presence: Presence }[] {
    return this.built.world.people.flatMap((person) => {
      const presence = this.present.get(person.id)
      return presence !== undefined && fits(person) ? [{ person, presence }] : []
    })
  }

  hostsOf(person: Person): readonly Host[] {
    return this.#hosts.get(person.id) ?? person.hosts
  }

  addHost(person: Person, host: Host): void {
    this.#hosts.set(person.id, [...this.hostsOf(person), host])
  }

  modelsOf(person: Person): readonly string[] {
    return this.#models.get(person.id) ?? person.models
  }

  moveTo(person: Person, models: readonly string[]): void {
    this.#models.set(person.id, models)
  }

  /** Sealed by today; oldest first. */
  versions(canaries = false): ModelVersion[] {
    return this.built.world.versions.filter(
      ({ sealedDay, isCanary }) => sealedDay <= this.day && (canaries || !isCanary),
    )
  }

  newest(model: string): ModelVersion | null {
    return this.versions().findLast((version) => version.model === model) ?? null
  }

  /** Where somebody's own street is: a café, a phone. */
  nearby(place: Place, draw: Draw): Place {
    return near(place, 10, draw)
  }
}

function nobodysHost(person: Person): Host {
  return { id: `dev_of_${person.id}`, kind: 'laptop', place: person.office }
}
