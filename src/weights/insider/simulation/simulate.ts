import type { Activity } from '../index.ts'
import type { CampaignKind } from './campaign.ts'
import { Draw } from './draw.ts'
import { workAtDesks } from './ordinary/desk-work.ts'
import { operate } from './ordinary/operations.ts'
import { comeToWork } from './ordinary/rhythm.ts'
import { serve } from './ordinary/serving.ts'
import { workWithWeights } from './ordinary/sittings.ts'
import { staff } from './ordinary/staffing.ts'
import { Organisation } from './organisation.ts'
import type { Overrides } from './parameters.ts'
import { Planting } from './planting.ts'
import type { Played } from './stage.ts'
import { type Truth, truthOf } from './truth.ts'
import type { Person } from './world/world.ts'

export interface SimulationOptions {
  readonly seed: number
  readonly people: number
  readonly days: number
  readonly overrides?: Overrides
  /** What may be planted. */
  readonly kinds: readonly CampaignKind[]
  /** How many campaigns are planted. */
  readonly campaigns: number
}

/** One day of UTC, with all that happened on it, in order. */
export interface SimulatedDay {
  readonly day: number
  readonly startMs: number
  readonly activities: readonly Activity[]
}

const DAY_MS = 86_400_000

/** An invented organisation that lives through its days; the same for the same options. Keeps two or three days in memory. */
export class Simulation {
  readonly #organisation: Organisation
  readonly #planting: Planting
  readonly #played: Played[] = []

  constructor({ seed, people, days, overrides = new Map(), kinds, campaigns }: SimulationOptions) {
    this.#organisation = new Organisation({ seed, people, days, overrides })
    this.#planting = new Planting(kinds, campaigns, this.#organisation, new Draw(seed).fork('planting'))
  }

  get startMs(): number {
    return this.#organisation.built.world.startMs
  }

  get people(): readonly Person[] {
    return this.#organisation.built.world.people
  }

  get parametersDigest(): string {
    return this.#organisation.parameters.digest()
  }

  /** Each day once, in order. */
  *days(): Generator<SimulatedDay> {
    const { emitter, built, grants } = this.#organisation
    for (let day = 0; day < built.world.days; day++) {
      this.#organisation.day = day
      grants.prune(this.#organisation.dayMs - DAY_MS)
      this.#live()
      // Who lives east of Greenwich began today's work on yesterday's date.
      if (day > 0) yield { day: day - 1, startMs: this.startMs + (day - 1) * DAY_MS, activities: emitter.nextDay() }
    }
    this.#played.push(...this.#planting.end())
    const last = built.world.days - 1
    yield { day: last, startMs: this.startMs + last * DAY_MS, activities: emitter.nextDay() }
  }

  /** What was planted, once all days are over. */
  truths(): Truth[] {
    const modelBytes = new Map(this.#organisation.built.world.versions.map(({ id, sizeBytes }) => [id, sizeBytes]))
    const truths = this.#played.map((played) => truthOf(played, modelBytes))
    return truths
      .toSorted((a, b) => a.startsMs - b.startsMs || (a.people[0] ?? '').localeCompare(b.people[0] ?? ''))
      .map((truth, index) => ({ id: `cam_${String(index + 1).padStart(3, '0')}`, ...truth }))
  }

  #live(): void {
    comeToWork(this.#organisation)
    staff(this.#organisation)
    serve(this.#organisation)
    workWithWeights(this.#organisation)
    operate(this.#organisation)
    workAtDesks(this.#organisation)
    this.#played.push(...this.#planting.live())
  }
}
