import { z } from 'zod'
import type { Activity } from '../activity/activity.ts'
import type { Json, Observer, Signal } from '../signals/signal.ts'
import { Approving } from './approving.ts'
import { Circumstances } from './circumstances.ts'
import { Days, type Surprise } from './days.ts'
import { Facts } from './facts.ts'
import { Firsts } from './firsts.ts'
import { GrantUse } from './grant-use.ts'
import { Guarding } from './guarding.ts'
import { Hours } from './hours.ts'
import { said } from './levels.ts'
import { MEASURES, type Measure, type MeasureId } from './measures.ts'
import type { Model, Seen, Told } from './model.ts'
import { Outside } from './outside.ts'
import { Reading } from './reading.ts'
import { parsed, restoreInto, snapshotOf } from './table.ts'
import { Travel } from './travel.ts'

const DAY_MS = 86_400_000
/** Somebody about to leave, who takes more than usual: how much more that says. */
const LEAVING = 1.5
/** A version that is being launched is read by many, in unusual ways. */
const LAUNCHING = 0.6
/** A person's first days are all firsts. */
const JOINING = 0.4
const JOINING_DAYS = 5

const BY_ID = new Map<string, Measure>(MEASURES.map((measure) => [measure.id, measure]))
const Snapshot = z.object({ facts: z.json(), days: z.json(), models: z.json() })

/** All models of behaviour as one observer. What they have in common (who does what job, what is usual) is kept once. */
export class Behaviour implements Observer {
  readonly #facts = new Facts()
  readonly #days = new Days()
  readonly #models = {
    reading: new Reading(),
    firsts: new Firsts(),
    hours: new Hours(),
    travel: new Travel(),
    grantUse: new GrantUse(),
    approving: new Approving(),
    outside: new Outside(),
    guarding: new Guarding(),
    // After all others: it looks at what they have found of the day.
    circumstances: new Circumstances(),
  } as const satisfies Record<string, Model>
  readonly #list: readonly Model[] = Object.values(this.#models)

  /** What is known from the stream of people, grants and versions: to be read, not changed. */
  get facts(): Facts {
    return this.#facts
  }

  observe(activity: Activity): readonly Signal[] {
    const { person } = activity
    this.#facts.learn(activity)
    if (person === null) return []
    const look = new Look(activity, person, this.#facts, this.#days)
    for (const model of this.#list) model.look(look)
    return look.signals
  }

  snapshot(): Json {
    const models = snapshotOf(this.#models)
    return { facts: this.#facts.snapshot(), days: this.#days.snapshot(), models }
  }

  restore(snapshot: Json): void {
    const { facts, days, models } = parsed(Snapshot, snapshot)
    this.#facts.restore(facts)
    this.#days.restore(days)
    restoreInto(this.#models, models)
  }
}

const NONE: Signal[] = []

/** One activity while the models look at it. */
class Look implements Seen {
  readonly activity: Activity
  readonly person: string
  readonly timeMs: number
  readonly day: number
  readonly facts: Facts
  readonly daysKnown: number
  readonly #days: Days
  #signals: Signal[] = NONE

  constructor(activity: Activity, person: string, facts: Facts, days: Days) {
    this.activity = activity
    this.person = person
    this.timeMs = activity.timeMs
    this.day = Math.floor(activity.timeMs / DAY_MS)
    this.facts = facts
    this.#days = days
    this.daysKnown = days.begin(person, activity.timeMs, facts.groupOf(person))
  }

  get signals(): readonly Signal[] {
    return this.#signals
  }

  add(measure: MeasureId, amount: number): void {
    const surprise = this.#days.add(this.person, measure, amount)
    if (surprise !== null) this.#surprised(this.person, surprise)
  }

  raise(measure: MeasureId, to: number): void {
    const surprise = this.#days.raise(this.person, measure, to)
    if (surprise !== null) this.#surprised(this.person, surprise)
  }

  addOf(person: string, measure: MeasureId, amount: number): void {
    this.#days.begin(person, this.timeMs, this.facts.groupOf(person))
    const surprise = this.#days.add(person, measure, amount)
    if (surprise !== null) this.#surprised(person, surprise)
  }

  raiseOf(person: string, measure: MeasureId, to: number): void {
    this.#days.begin(person, this.timeMs, this.facts.groupOf(person))
    const surprise = this.#days.raise(person, measure, to)
    if (surprise !== null) this.#surprised(person, surprise)
  }

  value(measure: MeasureId): number {
    return this.#days.value(this.person, measure)
  }

  tell({ measure, nats, says, isCertain = false }: Told): void {
    const about = BY_ID.get(measure)
    const factor = about === undefined ? 1 : this.#factor(this.person, about)
    this.#push(this.person, measure, nats * factor, says, isCertain)
  }

  #surprised(person: string, { measure, value, added, own, peers }: Surprise): void {
    const done = said(measure, value)
    const says = `${done}: so it was on ${some(own.atLeast)} of ${Math.round(own.days)} days of their own, and on ${some(peers.atLeast)} of ${Math.round(peers.days)} of people with the same roles`
    this.#push(person, measure.id, added * this.#factor(person, measure), says, false)
  }

  #factor(person: string, { isTaking, family, scale }: Measure): number {
    let factor = 1
    if (isTaking && this.facts.isLeaving(person, this.timeMs)) factor *= LEAVING
    if (this.facts.isLaunching(this.activity.version, this.timeMs)) factor *= LAUNCHING
    if (this.daysKnown < JOINING_DAYS && scale === 'step' && family !== 'guarding') factor *= JOINING
    return factor
  }

  #push(person: string, measure: string, weight: number, says: string, isCertain: boolean): void {
    if (!(weight > 0.05)) return
    if (this.#signals === NONE) this.#signals = []
    const { id, timeMs, host, grant } = this.activity
    const signal = { cause: `behaviour.${measure}`, activity: id, timeMs, person, host, grant, weight, says, isCertain }
    this.#signals.push(signal)
  }
}

/** Days are forgotten little by little, so there are halves of them. */
function some(days: number): string {
  return days < 0.5 ? 'none' : String(Math.round(days))
}
