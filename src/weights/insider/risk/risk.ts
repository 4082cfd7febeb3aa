import { z } from 'zod'
import { parsed, Table } from '../behaviour/table.ts'
import type { Json, Signal } from '../signals/signal.ts'
import { capOf, together } from './caps.ts'

const DAY_MS = 86_400_000
const LEAST_NATS = 0.05
const MOST = 100_000

const Part = z.object({
  cause: z.string(),
  nats: z.number(),
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

/** What speaks against each person, host and grant: it adds up, is forgotten with time, and is capped by cause and by family. */
export class Risk {
  readonly #tables = {
    person: new Table(Parts, MOST),
    host: new Table(Parts, MOST),
    grant: new Table(Parts, MOST),
  } as const satisfies Record<RiskKind, Table<Part[]>>

  /** Takes in a signal; its weight counts for as much as its cause has room. Weights that are no number count for nothing. */
  add(signal: Signal): void {
    const { person, host, grant } = signal
    this.#add('person', person, signal)
    if (host !== null) this.#add('host', host, signal)
    if (grant !== null) this.#add('grant', grant, signal)
  }

  /** In nats, at a moment not before the last signal. */
  of(kind: RiskKind, id: string, timeMs: number): number {
    const parts = this.#tables[kind].get(id) ?? []
    const causes: { family: ReturnType<typeof capOf>['family']; nats: number }[] = []
    let certain = 0
    for (const part of parts) {
      const nats = natsAt(part, timeMs)
      if (part.isCertain) certain += nats
      else causes.push({ family: capOf(part.cause, false).family, nats })
    }
    return together(causes, certain)
  }

  /** What it is made of, the heaviest first. */
  reasons(kind: RiskKind, id: string, timeMs: number): Reason[] {
    return (this.#tables[kind].get(id) ?? [])
      .map((part) => {
        const { cause, says, activity, atMs } = part
        return { cause, nats: natsAt(part, timeMs), says, activity, timeMs: atMs }
      })
      .filter(({ nats }) => nats >= LEAST_NATS)
      .sort((a, b) => b.nats - a.nats || (a.cause < b.cause ? -1 : 1))
  }

  /** Those of whom anything speaks, the riskiest first. */
  ranked(kind: RiskKind, timeMs: number): { readonly id: string; readonly nats: number }[] {
    return [...this.#tables[kind].entries()]
      .map(([id]) => ({ id, nats: this.of(kind, id, timeMs) }))
      .filter(({ nats }) => nats >= LEAST_NATS)
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

  #add(kind: RiskKind, id: string, { cause, weight, timeMs, says, activity, isCertain }: Signal): void {
    if (!(weight > 0)) return
    const table = this.#tables[kind]
    const parts = table.get(id) ?? table.set(id, [])
    forget(parts, timeMs)
    const { mostNats } = capOf(cause, isCertain)
    const known = parts.find((part) => part.cause === cause)
    if (known === undefined) {
      parts.push({ cause, nats: Math.min(mostNats, weight), atMs: timeMs, says, activity, isCertain })
      return
    }
    const before = natsAt(known, timeMs)
    Object.assign(known, { nats: Math.min(mostNats, before + weight), atMs: timeMs, says, activity })
  }
}

function natsAt({ cause, nats, atMs, isCertain }: Part, timeMs: number): number {
  const { halfLifeDays } = capOf(cause, isCertain)
  return nats * 0.5 ** (Math.max(0, timeMs - atMs) / (halfLifeDays * DAY_MS))
}

/** Drops what has faded, so that nobody's list grows with the years. */
function forget(parts: Part[], timeMs: number): void {
  for (let at = parts.length - 1; at >= 0; at--) {
    const part = parts[at]
    if (part !== undefined && natsAt(part, timeMs) < LEAST_NATS) parts.splice(at, 1)
  }
}
