import { z } from 'zod'
import { parsed, Table } from '../behaviour/table.ts'
import type { Json, Signal } from '../signals/signal.ts'
import { addTo, countsOf } from './sums.ts'
import { SHIPPED, type Weights, weightsOf } from './weights.ts'

/** What comes to less counts for nothing and is let go of, so that nobody's list grows with the years. */
const LEAST_NATS = 0.05
const MOST = 100_000
/** What is certain counts in full, above everything else together, and for days: nobody needs a second reason. */
const CERTAIN = [0, 1, 0]
const MOST_CERTAIN = 40

const Part = z.object({
  cause: z.string(),
  sums: z.array(z.number()),
  atMs: z.number(),
  says: z.string(),
  activity: z.string(),
  isCertain: z.boolean(),
})
type Part = z.infer<typeof Part>
const Parts = z.array(Part)

/** Of whom or what risk adds up. */
export const RISK_KINDS = ['person', 'host', 'grant'] as const
export type RiskKind = (typeof RISK_KINDS)[number]

/** One cause, with what it comes to now. */
export interface Reason {
  readonly cause: string
  readonly nats: number
  readonly says: string
  /** The activity that gave it last. */
  readonly activity: string
  readonly timeMs: number
}

/**
 * What speaks against each person, host and grant. Each cause counts by what was said of it lately, in days and in weeks, each by a weight that was
 * found by training and is never negative: more of anything never lowers a risk, and time only lowers it.
 */
export class Risk {
  readonly #weights: Weights
  readonly #tables = {
    person: new Table(Parts, MOST),
    host: new Table(Parts, MOST),
    grant: new Table(Parts, MOST),
  } as const satisfies Record<RiskKind, Table<Part[]>>

  constructor(weights: Weights = SHIPPED) {
    this.#weights = weights
  }

  /** Takes in a signal. Weights that are no number count for nothing. */
  add(signal: Signal): void {
    const { person, host, grant } = signal
    this.#add('person', person, signal)
    if (host !== null) this.#add('host', host, signal)
    if (grant !== null) this.#add('grant', grant, signal)
  }

  /** In nats, at a moment not before the last signal. */
  of(kind: RiskKind, id: string, timeMs: number): number {
    let sum = 0
    for (const part of this.#tables[kind].get(id) ?? []) sum += this.#nats(part, timeMs)
    return sum
  }

  /** What it is made of, the heaviest first. */
  reasons(kind: RiskKind, id: string, timeMs: number): Reason[] {
    return (this.#tables[kind].get(id) ?? [])
      .map((part) => {
        const { cause, says, activity, atMs } = part
        return { cause, nats: this.#nats(part, timeMs), says, activity, timeMs: atMs }
      })
      .filter(({ nats }) => nats > 0)
      .sort((a, b) => b.nats - a.nats || (a.cause < b.cause ? -1 : 1))
  }

  /** Those of whom anything speaks, the riskiest first. */
  ranked(kind: RiskKind, timeMs: number): { readonly id: string; readonly nats: number }[] {
    return [...this.#tables[kind].entries()]
      .map(([id]) => ({ id, nats: this.of(kind, id, timeMs) }))
      .filter(({ nats }) => nats > 0)
      .sort((a, b) => b.nats - a.nats || (a.id < b.id ? -1 : 1))
  }

  snapshot(): Json {
    const { person, host, grant } = this.#tables
    return { person: person.snapshot(), host: host.snapshot(), grant: grant.snapshot() }
  }

  /** @throws {AppError} VERIFICATION_FAILED */
  restore(snapshot: Json): void {
    const parts = parsed(z.record(z.enum(RISK_KINDS), z.json()), snapshot)
    for (const kind of RISK_KINDS) this.#tables[kind].restore(parts[kind])
  }

  #nats({ cause, sums, atMs, isCertain }: Part, timeMs: number): number {
    const counts = countsOf(sums, timeMs - atMs)
    const nats = isCertain
      ? Math.min(MOST_CERTAIN, Math.expm1(weighed(CERTAIN, counts)))
      : weighed(weightsOf(this.#weights, cause), counts)
    return nats < LEAST_NATS ? 0 : nats
  }

  #add(kind: RiskKind, id: string, { cause, weight, timeMs, says, activity, isCertain }: Signal): void {
    if (!(weight > 0) || (!isCertain && !counts(weightsOf(this.#weights, cause)))) return
    const table = this.#tables[kind]
    const parts = table.get(id) ?? table.set(id, [])
    // Whether something is let go of must not hang on what else there is, or more evidence could make less of it.
    for (let at = parts.length - 1; at >= 0; at--) {
      const part = parts[at]
      if (part !== undefined && this.#nats(part, timeMs) === 0) parts.splice(at, 1)
    }
    const known = parts.find((one) => one.cause === cause && one.isCertain === isCertain)
    const part = known ?? { cause, sums: [], atMs: timeMs, says, activity, isCertain }
    addTo(part.sums, timeMs - part.atMs, weight)
    Object.assign(part, { atMs: Math.max(timeMs, part.atMs), says, activity })
    if (known === undefined) parts.push(part)
  }
}

/** Causes that training found to say nothing are not kept. */
function counts(weights: readonly number[]): boolean {
  return weights.some((one) => one > 0)
}

function weighed(weights: readonly number[], counts: readonly number[]): number {
  let sum = 0
  for (let at = 0; at < counts.length; at++) sum += (weights[at] ?? 0) * (counts[at] ?? 0)
  return sum
}
