import type { CampaignKind } from './campaign.ts'
import type { Draw } from './draw.ts'
import type { Organisation } from './organisation.ts'
import { LiveStage, type Played } from './stage.ts'

/** Who watches learns for so long what is ordinary: nothing is planted before. */
export const WARM_UP_DAYS = 30
/** After its last day a campaign can still be found. */
const TAIL_DAYS = 7
/** A campaign for which nobody is fit is tried again on so many days, and then gives its place to another kind. */
const PATIENCE_DAYS = 10

interface Planned {
  readonly day: number
  readonly kind: CampaignKind
  readonly number: number
  readonly tries: number
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
  /** Those for which nobody was fit today. */
  #again: Planned[] = []

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
    const due = [...this.#again, ...(this.#byDay.get(this.#organisation.day) ?? [])]
    this.#again = []
    for (const planned of due) this.#begin(planned, over)
    return over
  }

  /** The last day is over: so is what still runs. */
  end(): Played[] {
    return this.#running.map(({ stage }) => stage).filter(({ activities }) => activities.length > 0)
  }

  #begin(planned: Planned, over: Played[]): void {
    const { kind, number, tries } = planned
    const draw = this.#draw.fork(`campaign ${number}`)
    if (this.#plays(kind, draw.fork(`day ${tries}`), over)) return
    if (tries < PATIENCE_DAYS && this.#fits(kind)) this.#again.push({ ...planned, tries: tries + 1 })
    else {
      const others = draw.shuffled(this.#kinds.filter((one) => one !== kind && this.#fits(one)))
      others.some((one) => this.#plays(one, draw.fork(one.id), over))
    }
  }

  /** @returns whether it found somebody to be played by */
  #plays(kind: CampaignKind, draw: Draw, over: Played[]): boolean {
    const stage = new LiveStage(kind, this.#organisation, this.#taken, draw)
    const play = kind.play(stage)
    const isOver = play.next().done === true
    if (isOver && stage.activities.length === 0) {
      for (const person of stage.people) this.#taken.delete(person)
      return false
    }
    if (isOver) over.push(stage)
    else this.#running.push({ stage, play })
    return true
  }

  /** Whether it has time to end, from tomorrow on. */
  #fits({ longestDays }: CampaignKind): boolean {
    return this.#organisation.day + longestDays < this.#organisation.built.world.days
  }
}

/** Each kind as often as the others, on days from which it has time to end. */
function plan(kinds: readonly CampaignKind[], count: number, days: number, draw: Draw): Planned[] {
  const first = Math.min(WARM_UP_DAYS, Math.floor(days / 3))
  const order: CampaignKind[] = []
  while (order.length < count && kinds.length > 0) order.push(...draw.shuffled(kinds))
  return order.slice(0, count).map((kind, number) => {
    const last = Math.max(first, days - Math.min(kind.longestDays, days) - TAIL_DAYS)
    return { kind, number, tries: 0, day: draw.int(first, last) }
  })
}
