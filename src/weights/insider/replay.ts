import { z } from 'zod'
import { iso } from '../../base/clock.ts'
import { AppError } from '../../base/errors.ts'
import { type Activity, fromLedger } from './activity/index.ts'
import { type InsiderConfig, LEVELS, type Level } from './config.ts'
import { DAY_MS, type InsiderContext } from './context.ts'
import { thresholdOf } from './detection.ts'
import { IMPORTED, type Imports } from './imports.ts'
import type { Viewer } from './ports.ts'
import type { EnginePort } from './watch/engine-thread.ts'

const BATCH = 1_000
/** What is looked at takes some seconds of a thread; more than this is for `insider replay` on the command line. */
const MOST_ACTIVITIES = 200_000
const MOST_ENTRIES = 2_000_000
/** Models of behaviour know nobody at first: they look at so much before anything counts. */
const WARM_UP_DAYS = 30

export const NewReplay = z
  .strictObject({
    threshold: z.number().min(1).max(1_000).optional().meta({ description: 'nats; left out, the one in force' }),
    days: z.int().min(1).max(90).default(30),
    off: z
      .array(z.string().max(100))
      .max(200)
      .default([])
      .meta({ description: 'causes, of rules or models of behaviour, that count for nothing' }),
  })
  .meta({ id: 'NewInsiderReplay' })
export type NewReplay = z.infer<typeof NewReplay>

export const ReplayReport = z
  .object({
    threshold: z.number(),
    days: z.int(),
    off: z.array(z.string()),
    activities: z
      .int()
      .meta({ description: 'that were looked at, with those of 30 days before, which only teach what is usual' }),
    truncated: z.boolean().meta({ description: 'there was more than a replay here looks at: the newest is missing' }),
    alerts: z.int().meta({ description: 'beginnings of an alarm; that one got graver counts no further' }),
    people: z.int(),
    alertsPerDay: z.number(),
    perDay: z
      .array(z.object({ day: z.iso.date(), alerts: z.int() }))
      .meta({ description: 'by day (UTC) of the activity that raised it, oldest first; days without one too' }),
    byLevel: z.array(z.object({ level: z.string(), alerts: z.int() })),
    byCause: z.array(z.object({ cause: z.string(), alerts: z.int() })),
  })
  .meta({ id: 'InsiderReplay' })
export type ReplayReport = z.infer<typeof ReplayReport>

interface Begun {
  readonly person: string
  readonly timeMs: number
  readonly level: Level
  readonly causes: ReadonlySet<string>
}

/** What another threshold, or fewer rules, would have raised on what is recorded: numbers alone, since each alert would be about somebody. */
export class Replays {
  readonly #context: InsiderContext
  readonly #imports: Pick<Imports, 'activitiesOf'>
  readonly #engine: (config: InsiderConfig, off: readonly string[]) => EnginePort
  #isRunning = false

  constructor(
    context: InsiderContext,
    imports: Pick<Imports, 'activitiesOf'>,
    engine: (config: InsiderConfig, off: readonly string[]) => EnginePort,
  ) {
    this.#context = context
    this.#imports = imports
    this.#engine = engine
  }

  /** One at a time, and without whoever asks. @throws {AppError} OVERLOADED */
  async run({ threshold: wanted, days, off }: NewReplay, { personId, principals }: Viewer): Promise<ReplayReport> {
    if (this.#isRunning) throw new AppError('OVERLOADED', 'another replay runs: try again in a minute')
    this.#isRunning = true
    try {
      const { config } = this.#context
      const threshold = wanted ?? thresholdOf(config)
      await using engine = this.#engine({ ...config, threshold }, off)
      return await this.#replay(engine, { threshold, days, off }, new Set([personId, ...principals]))
    } finally {
      this.#isRunning = false
    }
  }

  async #replay(
    engine: EnginePort,
    { threshold, days, off }: NewReplay & { threshold: number },
    without: ReadonlySet<string>,
  ): Promise<ReplayReport> {
    const nowMs = this.#context.clock.now()
    const sinceMs = nowMs - days * DAY_MS
    const begun = new Map<string, Begun>()
    let activities = 0
    let truncated = false
    for await (const batch of this.#batches(sinceMs - WARM_UP_DAYS * DAY_MS)) {
      activities += batch.length
      truncated = activities > MOST_ACTIVITIES
      if (truncated) break
      const { fed } = await engine.feed(batch, Number.MAX_SAFE_INTEGER)
      for (const { id, person, timeMs, level, reasons } of fed.stood) {
        if (without.has(person) || timeMs < sinceMs) continue
        const episode = id.replace(/-(medium|high|critical|certain)$/, '')
        const known = begun.get(episode)
        const gravest = known === undefined || LEVELS.indexOf(level) > LEVELS.indexOf(known.level) ? level : known.level
        const causes = new Set([...(known?.causes ?? []), ...reasons.map(({ cause }) => cause)])
        begun.set(episode, { person, timeMs: known?.timeMs ?? timeMs, level: gravest, causes })
      }
    }
    const alerts = [...begun.values()]
    const causes = alerts.flatMap((alert) => [...alert.causes])
    return {
      ...{ threshold, days, off, activities, truncated, alerts: alerts.length },
      people: new Set(alerts.map(({ person }) => person)).size,
      alertsPerDay: Math.round((alerts.length / days) * 100) / 100,
      perDay: perDay(alerts, sinceMs, nowMs),
      byLevel: LEVELS.map((level) => ({ level, alerts: alerts.filter((one) => one.level === level).length })),
      byCause: [...Map.groupBy(causes, (cause) => cause)]
        .map(([cause, list]) => ({ cause, alerts: list.length }))
        .sort((a, b) => b.alerts - a.alerts)
        .slice(0, 50),
    }
  }

  async *#batches(sinceMs: number): AsyncGenerator<Activity[]> {
    const { ledger } = this.#context
    const first = Math.max(0, ledger.size - MOST_ENTRIES)
    for (let from = first; ; ) {
      const recorded = await ledger.recorded(from, BATCH)
      if (recorded.length === 0) return
      from += recorded.length
      const batch: Activity[] = []
      for (const entry of recorded) {
        if (entry.event === null || Date.parse(entry.event.time) < sinceMs) continue
        const activity = fromLedger(entry)
        if (activity !== null) batch.push(activity)
        if (entry.event.kind === IMPORTED) batch.push(...(await this.#imports.activitiesOf(entry.event.subject.id)))
      }
      if (batch.length > 0) yield batch
    }
  }
}

function perDay(alerts: readonly Begun[], sinceMs: number, nowMs: number): ReplayReport['perDay'] {
  const first = Math.floor(sinceMs / DAY_MS)
  const counts = Array.from({ length: Math.floor(nowMs / DAY_MS) - first + 1 }, () => 0)
  for (const { timeMs } of alerts) {
    const at = Math.floor(timeMs / DAY_MS) - first
    if (at in counts) counts[at] = (counts[at] ?? 0) + 1
  }
  return counts.map((count, i) => ({ day: iso((first + i) * DAY_MS).slice(0, 10), alerts: count }))
}
