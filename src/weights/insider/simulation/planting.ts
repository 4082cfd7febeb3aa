import type { CampaignKind } from './campaign.ts'
import type { Draw } from './draw.ts'
import type { Organisation } from './organisation.ts'
import { LiveStage, type Played } from './stage.ts'

/** Who watches learns for so long what is ordinary: nothing is planted before. */
export const WARM_UP_DAYS = 30
/** After its last day a campaign can still be found. */
const TAIL_DAYS = 7
/** A campaign for which nobody is fit gives its place to another kind, so often. */
const MOST_TRIES = 12

interface Planned {
  readonly day: number
  readonly kind: CampaignKind
  readonly number: number
}

interface Running {
  readonly stage: LiveStage
  readonly play: Generator<void, void, void>
}

/** Plants campaigns in an organisation, and plays each while its days go by. */
export class Planting {
  readonly #kinds: readonly CampaignKind[]
  readonly #organisation: Organisation
  readonly #draw: Draw
  readonly #byDay: ReadonlyMap<number, readonly Planned[]>
  readonly #taken = new Set<string>()
  #running: Running[] = []

  constructor(kinds: readonly CampaignKind[], count: number, organisation: Organisation, draw: Draw) {
    this.#kinds = kinds
    this.#organisation = organisation
    this.#draw = draw
    this.#byDay = Map.groupBy(plan(kinds, count, organisation.built.world.days, draw), ({ day }) => day)
  }

  /** Goes on with all that run, and begins those whose day it is. @returns those that are over by that, with something done */
  live(): Played[] {
    const over: Played[] = []
    const stay: Running[] = []
    for (const running of this.#running) {
      if (running.play.next().done !== true) stay.push(running)
      else if (running.stage.activities.length > 0) over.push(running.stage)
    }
    this.#running = stay
    for (const planned of this.#byDay.get(this.#organisation.day) ?? []) this.#begin(planned, over)
    return over
  }

  /** The last day is over: so is what still runs. */
  end(): Played[] {
    return this.#running.map(({ stage }) => stage).filter(({ activities }) => activities.length > 0)
  }

  #begin({ kind, number }: Planned, over: Played[]): void {
    const draw = this.#draw.fork(`campaign ${number}`)
    const others = draw.shuffled(this.#kinds.filter((one) => one !== kind && this.#fits(one)))
    for (const [index, one] of [kind, ...others].slice(0, MOST_TRIES).entries()) {
      const stage = new LiveStage(one, this.#organisation, this.#taken, draw.fork(`try ${index}`))
      const play = one.play(stage)
      const isOver = play.next().done === true
      if (isOver && stage.activities.length === 0) {
        for (const person of stage.people) this.#taken.delete(person)
        continue
      }
      if (isOver) over.push(stage)
      else this.#running.push({ stage, play })
      return
    }
  }

  #fits({ longestDays }: CampaignKind): boolean {
    return this.#organisation.day + longestDays <= this.#organisation.built.world.days
  }
}

/** Each kind as often as the others, on days from which it has time to end. */
function plan(kinds: readonly CampaignKind[], count: number, days: number, draw: Draw): Planned[] {
  const first = Math.min(WARM_UP_DAYS, Math.floor(days / 3))
  const order: CampaignKind[] = []
  while (order.length < count && kinds.length > 0) order.push(...draw.shuffled(kinds))
  return order.slice(0, count).map((kind, number) => {
    const last = Math.max(first, days - Math.min(kind.longestDays, days) - TAIL_DAYS)
    return { kind, number, day: draw.int(first, last) }
  })
}
