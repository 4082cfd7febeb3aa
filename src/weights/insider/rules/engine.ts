import { AppError } from '../../../base/errors.ts'
import type { Activity } from '../activity/index.ts'
import type { Json, Observer, Signal } from '../signals/signal.ts'
import { Correlation } from './correlation.ts'
import { couldHold, holds } from './expression.ts'
import { type Getter, getter } from './fields.ts'
import type { CorrelationRule, EventRule, RuleSet } from './rule-set.ts'

/** Whom a signal is about where nobody knows who it was. */
export const UNKNOWN_PERSON = 'unknown'

const FORMAT = 'safelevel-rules/v1'
const MAX_KINDS = 5_000
const NONE: readonly Signal[] = Object.freeze([])

interface Running {
  readonly rule: CorrelationRule
  readonly correlation: Correlation
}

/** Runs rules over a stream of activities. Time is theirs; memory is bounded by what the rules' windows ask for. */
export class RuleEngine implements Observer {
  readonly #rules: readonly EventRule[]
  readonly #running: readonly Running[]
  /** Positions in `#running` of the correlations that a rule is part of; what refers to one stands after it. */
  readonly #partOf = new Map<string, number[]>()
  readonly #about = new Map<string, Getter>()
  /** Which rules an activity of this kind and source could fit. */
  readonly #byKind = new Map<string, readonly EventRule[]>()

  constructor(set: RuleSet) {
    this.#rules = set.rules
    this.#running = set.correlations.map((rule) => ({ rule, correlation: new Correlation(rule.plan) }))
    set.correlations.forEach(({ plan }, position) => {
      for (const name of new Set(plan.rules)) this.#partOf.set(name, [...(this.#partOf.get(name) ?? []), position])
    })
    for (const { view, about } of [...set.rules, ...set.correlations])
      if (about !== null) this.#about.set(view.name, getter(about))
  }

  observe(activity: Activity): readonly Signal[] {
    const candidates = this.#candidates(activity)
    if (candidates.length === 0) return NONE
    const fired = new Set<string>()
    const signals: Signal[] = []
    for (const rule of candidates) {
      if (!holds(rule.expression, activity)) continue
      fired.add(rule.view.name)
      if (rule.view.isTold) signals.push(this.#signal(rule, activity, 1))
    }
    if (fired.size === 0) return NONE
    const due = new Set([...fired].flatMap((name) => this.#partOf.get(name) ?? []))
    while (due.size > 0) {
      const position = Math.min(...due)
      due.delete(position)
      const running = this.#running[position]
      const count = running?.correlation.observe(activity, fired) ?? 0
      if (running === undefined || count === 0) continue
      const { rule } = running
      fired.add(rule.view.name)
      for (const further of this.#partOf.get(rule.view.name) ?? []) due.add(further)
      if (rule.view.isTold) signals.push(this.#signal(rule, activity, count))
    }
    return signals
  }

  snapshot(): Json {
    const correlations = Object.fromEntries(
      this.#running
        .filter(({ correlation }) => correlation.groups > 0)
        .map(({ rule, correlation }) => [rule.view.name, correlation.snapshot()]),
    )
    return { format: FORMAT, correlations }
  }

  /** What a rule that is no longer there had counted is dropped; a new one begins empty. */
  restore(snapshot: Json): void {
    const stored = correlationsIn(snapshot)
    if (stored === null) throw wrong()
    for (const { rule, correlation } of this.#running) {
      const own = Object.hasOwn(stored, rule.view.name) ? stored[rule.view.name] : undefined
      correlation.clear()
      if (own !== undefined && !correlation.restore(own)) throw wrong()
    }
  }

  #candidates(activity: Activity): readonly EventRule[] {
    const key = `${activity.source} ${activity.kind}`
    const known = this.#byKind.get(key)
    if (known !== undefined) return known
    const found = this.#rules.filter(({ expression }) => couldHold(expression, activity))
    if (this.#byKind.size < MAX_KINDS) this.#byKind.set(key, found)
    return found
  }

  #signal({ view, says }: EventRule | CorrelationRule, activity: Activity, count: number): Signal {
    const about = this.#about.get(view.name)?.(activity) ?? null
    return {
      cause: view.cause,
      activity: activity.id,
      timeMs: activity.timeMs,
      person: (about === null ? null : String(about)) ?? activity.person ?? UNKNOWN_PERSON,
      ...{ host: activity.host, grant: activity.grant, weight: view.weight, isCertain: view.isCertain },
      says: says.replace('{count}', String(count)).replace('{bytes}', bytesText(activity.bytes)),
    }
  }
}

function correlationsIn(snapshot: Json): { readonly [key: string]: Json } | null {
  if (!isObject(snapshot) || snapshot.format !== FORMAT) return null
  const { correlations } = snapshot
  return correlations !== undefined && isObject(correlations) ? correlations : null
}

function isObject(value: Json): value is { readonly [key: string]: Json } {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}

function wrong(): AppError {
  return new AppError('VERIFICATION_FAILED', 'this is no state of a rule engine')
}

const UNITS = ['bytes', 'kB', 'MB', 'GB', 'TB', 'PB'] as const

function bytesText(bytes: number): string {
  const step = Math.min(UNITS.length - 1, bytes < 1_000 ? 0 : Math.floor(Math.log10(bytes) / 3))
  return `${Number((bytes / 1_000 ** step).toPrecision(3))} ${UNITS[step]}`
}
