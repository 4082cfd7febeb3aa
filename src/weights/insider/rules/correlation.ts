import type { Activity } from '../activity/index.ts'
import type { Json } from '../signals/signal.ts'
import { type Getter, getter } from './fields.ts'
import { AtPath } from './rule-fault.ts'
import { type CorrelationDocument, timespanMs } from './rule-schema.ts'
import { type Counter, eventCount, temporal, temporalOrdered, valueCount, type Window, windowOf } from './windows.ts'

/** Groups that are kept of one correlation; the one that was silent longest goes first. */
const MAX_GROUPS = 20_000
/** What goes on is told of once a day, or once in the time of its rule where that is shorter. */
const MAX_QUIET_MS = 86_400_000

/** What a correlation is, once its references are resolved. */
export interface CorrelationPlan {
  /** Names of the rules, in its order. */
  readonly rules: readonly string[]
  readonly spanMs: number
  readonly counter: Counter
  /** Per rule, what its events are grouped by. */
  readonly groupBy: readonly (readonly Getter[])[]
  readonly valueOf: Getter | null
}

interface Group {
  readonly window: Window
  readonly lastMs: number
  /** It was told of: nothing more is counted before then. */
  readonly quietMs: number
}

const NEW: Group = { window: [], lastMs: 0, quietMs: 0 }

/** Counts what comes, group by group, in time of the activities. */
export class Correlation {
  readonly #plan: CorrelationPlan
  /** The one that was silent longest first. */
  #groups = new Map<string, Group>()

  constructor(plan: CorrelationPlan) {
    this.#plan = plan
  }

  get groups(): number {
    return this.#groups.size
  }

  /**
   * @param fired names of what this activity fits
   * @returns how many were counted, when that is enough; 0 otherwise
   */
  observe(activity: Activity, fired: ReadonlySet<string>): number {
    let most = 0
    for (const [key, rules] of this.#arrivals(activity, fired)) {
      const { window, quietMs } = this.#groups.get(key) ?? NEW
      if (activity.timeMs < quietMs) continue
      const value = this.#plan.valueOf?.(activity) ?? null
      const arrival = { rules, value: value === null ? null : String(value), timeMs: activity.timeMs }
      const added = this.#plan.counter.add(window, arrival)
      this.#groups.delete(key)
      this.#groups.set(
        key,
        added.met ? this.#told(activity.timeMs) : { window: added.window, lastMs: activity.timeMs, quietMs: 0 },
      )
      if (added.met) most = Math.max(most, added.count)
    }
    this.#forget(activity.timeMs)
    return most
  }

  #told(timeMs: number): Group {
    return { window: [], lastMs: timeMs, quietMs: timeMs + Math.min(this.#plan.spanMs, MAX_QUIET_MS) }
  }

  /** By aliases, the same activity may be in one group for one rule and in another for the next. */
  #arrivals(activity: Activity, fired: ReadonlySet<string>): Map<string, number[]> {
    const arrivals = new Map<string, number[]>()
    this.#plan.rules.forEach((rule, position) => {
      if (!fired.has(rule)) return
      const values = (this.#plan.groupBy[position] ?? []).map((of) => of(activity))
      if (values.includes(null)) return
      const key = JSON.stringify(values)
      const at = arrivals.get(key)
      if (at === undefined) arrivals.set(key, [position])
      else at.push(position)
    })
    return arrivals
  }

  #forget(nowMs: number): void {
    for (const [key, { lastMs }] of this.#groups) {
      if (lastMs > nowMs - this.#plan.spanMs && this.#groups.size <= MAX_GROUPS) return
      this.#groups.delete(key)
    }
  }

  snapshot(): Json {
    return [...this.#groups].map(([key, { window, lastMs, quietMs }]) => [key, lastMs, quietMs, window])
  }

  /** @returns whether it is a snapshot of a correlation; if not, nothing has changed */
  restore(snapshot: Json): boolean {
    if (!Array.isArray(snapshot)) return false
    const groups = new Map<string, Group>()
    for (const entry of snapshot) {
      if (!Array.isArray(entry) || entry.length !== 4) return false
      const [key, lastMs, quietMs, stored] = entry
      const window = windowOf(stored ?? null)
      if (typeof key !== 'string' || typeof lastMs !== 'number' || typeof quietMs !== 'number' || window === null)
        return false
      groups.set(key, { window, lastMs, quietMs })
    }
    this.#groups = groups
    return true
  }

  clear(): void {
    this.#groups = new Map()
  }
}

/**
 * @param names of the rules that it refers to, in its order
 * @throws {AtPath} where its condition does not go with its type
 */
export function planOf({ correlation }: CorrelationDocument, names: readonly string[]): CorrelationPlan {
  const { type, aliases, timespan, condition } = correlation
  const spanMs = timespanMs(timespan)
  for (const [alias, fields] of Object.entries(aliases)) {
    const missing = names.find((name) => !Object.hasOwn(fields, name))
    if (missing !== undefined) throw new AtPath(['correlation', 'aliases', alias], `no field for the rule ${missing}`)
  }
  if ((type === 'value_count') !== (condition?.field !== undefined))
    throw new AtPath(['correlation', 'condition'], 'a field is owed for value_count, and for nothing else')
  const fieldOf = (name: string, rule: string) => aliases[name]?.[rule] ?? name
  return {
    rules: names,
    spanMs,
    counter: counterOf(correlation, names.length, spanMs),
    groupBy: names.map((rule) => correlation['group-by'].map((name) => getter(fieldOf(name, rule)))),
    valueOf: condition?.field === undefined ? null : getter(condition.field),
  }
}

function counterOf({ type, condition }: CorrelationDocument['correlation'], rules: number, spanMs: number): Counter {
  const bounds = [condition?.gte, condition?.eq, condition?.gt === undefined ? undefined : condition.gt + 1]
  const [needed, ...more] = bounds.filter((bound) => bound !== undefined)
  const path = ['correlation', 'condition']
  if (more.length > 0) throw new AtPath(path, 'one of gte, gt and eq is owed: counting ends when it is reached')
  switch (type) {
    case 'event_count':
    case 'value_count':
      if (needed === undefined) throw new AtPath(path, 'how many?')
      return type === 'event_count' ? eventCount(needed, spanMs) : valueCount(needed, spanMs)
    case 'temporal':
      if ((needed ?? rules) > rules) throw new AtPath(path, 'more than there are rules')
      return temporal(needed ?? rules, spanMs)
    case 'temporal_ordered':
      if (rules < 2 || (needed ?? rules) !== rules)
        throw new AtPath(path, 'an order takes all of its rules, two at least')
      return temporalOrdered(rules, spanMs)
  }
}
