import { z } from 'zod'
import type { Activity } from './activity/activity.ts'
import { Behaviour } from './behaviour/index.ts'
import { parsed } from './behaviour/table.ts'
import { type Alert, severityOf } from './risk/alert.ts'
import type { Episode } from './risk/episodes.ts'
import { type Peak, type Reason, type RiskKind, Tally } from './risk/index.ts'
import type { Json, Observer, Signal } from './signals/signal.ts'

const DAY_MS = 86_400_000
const MOST_REASONS = 8

export const DetectorSettings = z.object({
  threshold: z.number().positive().default(10.5).meta({ description: 'risk from which on there is an alert, in nats' }),
  alertsPerDay: z
    .int()
    .positive()
    .default(10)
    .meta({ description: 'that are to be looked at; certain ones always are' }),
})
export type DetectorSettings = z.infer<typeof DetectorSettings>

export interface DetectorOptions {
  /** Whatever looks at activities besides the models of behaviour, by name: the rules. */
  readonly observers?: Readonly<Record<string, Observer>>
  readonly settings?: Partial<DetectorSettings>
  /** Told of each new height of somebody's risk: for measuring at every threshold. */
  readonly onPeak?: (peak: Peak) => void
  /** Told of each signal: for tuning. */
  readonly onSignal?: (signal: Signal) => void
  /** Causes that count for nothing: to see what would be without them. */
  readonly off?: ReadonlySet<string>
}

/** One of whom something speaks. */
export interface Standing {
  readonly kind: RiskKind
  readonly id: string
  readonly risk: number
  readonly reasons: readonly Reason[]
}

const Snapshot = z.object({
  observers: z.record(z.string(), z.json()),
  tally: z.json(),
  day: z.int(),
  alertsToday: z.int(),
})

/**
 * From activities to alerts: rules and models of behaviour give signals, signals add up to risk, risk that gets high enough is told once. The same
 * activities in the same order give the same alerts: it reads no clock, draws nothing and asks nobody.
 */
export class Detector {
  readonly #observers: ReadonlyMap<string, Observer>
  readonly #tally = new Tally()
  readonly #settings: DetectorSettings
  readonly #options: DetectorOptions
  #day = 0
  #alertsToday = 0

  constructor(options: DetectorOptions = {}) {
    this.#options = options
    this.#settings = DetectorSettings.parse(options.settings ?? {})
    this.#observers = new Map([...Object.entries(options.observers ?? {}), ['behaviour', new Behaviour()]])
  }

  /** @param activity not before the last one by `(timeMs, id)` */
  observe(activity: Activity): readonly Alert[] {
    let alerts: Alert[] | null = null
    let signals: Signal[] | null = null
    for (const observer of this.#observers.values()) {
      const given = this.#counted(observer.observe(activity))
      if (given.length > 0) signals = signals === null ? [...given] : signals.concat(given)
    }
    if (signals === null) return []
    for (const person of new Set(signals.map((signal) => signal.person))) {
      const alert = this.#weigh(
        person,
        activity.timeMs,
        signals.filter((signal) => signal.person === person),
      )
      if (alert !== null) alerts = [...(alerts ?? []), alert]
    }
    return alerts ?? []
  }

  /** How somebody or something stands at a moment that is not before the last activity. */
  standing(kind: RiskKind, id: string, timeMs: number): Standing {
    const reasons = this.#tally.risk.reasons(kind, id, timeMs).slice(0, MOST_REASONS)
    return { kind, id, risk: this.#tally.risk.of(kind, id, timeMs), reasons }
  }

  /** The riskiest of a kind, first. */
  board(kind: RiskKind, timeMs: number, most: number): Standing[] {
    return this.#tally.risk
      .ranked(kind, timeMs)
      .slice(0, most)
      .map(({ id }) => this.standing(kind, id, timeMs))
  }

  /** All that later answers depend on; to be written down before the next activity. */
  snapshot(): Json {
    const observers = Object.fromEntries([...this.#observers].map(([name, one]) => [name, one.snapshot()]))
    const { day, alertsToday } = { day: this.#day, alertsToday: this.#alertsToday }
    return { observers, tally: this.#tally.snapshot(), day, alertsToday }
  }

  /** @throws {AppError} VERIFICATION_FAILED when it is no snapshot of a detector with these observers */
  restore(snapshot: Json): void {
    const { observers, tally, day, alertsToday } = parsed(Snapshot, snapshot)
    for (const [name, observer] of this.#observers) observer.restore(observers[name] ?? null)
    this.#tally.restore(tally)
    this.#day = day
    this.#alertsToday = alertsToday
  }

  #counted(signals: readonly Signal[]): readonly Signal[] {
    const { off } = this.#options
    return off === undefined || signals.length === 0 ? signals : signals.filter(({ cause }) => !off.has(cause))
  }

  #weigh(person: string, timeMs: number, signals: readonly Signal[]): Alert | null {
    const [first, ...rest] = signals
    if (first === undefined) return null
    const { onSignal, onPeak } = this.#options
    if (onSignal !== undefined) for (const signal of signals) onSignal(signal)
    const { risk, episode, peak } = this.#tally.weigh(person, timeMs, [first, ...rest])
    if (peak !== null) onPeak?.(peak)
    const isCertain = signals.some((signal) => signal.isCertain)
    if (isCertain ? episode.isCertainTold : episode.isTold || risk < this.#settings.threshold) return null
    episode.isTold = true
    if (isCertain) episode.isCertainTold = true
    return this.#alert(person, timeMs, risk, episode, isCertain)
  }

  #alert(person: string, timeMs: number, risk: number, episode: Episode, isCertain: boolean): Alert {
    const { id, grants, hosts, activities } = episode
    const { threshold, alertsPerDay } = this.#settings
    const day = Math.floor(timeMs / DAY_MS)
    if (day > this.#day) this.#alertsToday = 0
    this.#day = Math.max(day, this.#day)
    if (!isCertain) this.#alertsToday += 1
    return {
      id: isCertain ? `${id}-certain` : id,
      ...{ person, timeMs, risk, severity: severityOf(risk, threshold, isCertain), isCertain },
      isOverBudget: !isCertain && this.#alertsToday > alertsPerDay,
      reasons: this.#tally.risk.reasons('person', person, timeMs).slice(0, MOST_REASONS),
      ...{ grants: [...grants], hosts: [...hosts], activities: [...activities] },
    }
  }
}
