import type { Activity } from '../../src/weights/insider/activity/index.ts'
import { OWN_CAMPAIGNS } from '../../src/weights/insider/simulation/campaigns/registry.ts'
import { Simulation } from '../../src/weights/insider/simulation/simulate.ts'
import type { EarlierClock } from './models-world.ts'
import type { ConsoleWorld } from './world.ts'

const DAY_MS = 86_400_000
const BATCH = 2_000
const BY = { type: 'operator', id: 'operator' } as const

export interface HistoryOptions {
  readonly people: number
  readonly days: number
  readonly campaigns: number
}

/**
 * An invented organisation has worked here for some weeks: what its people did comes in day by day, as from another system, up to now. Its world
 * must have begun with a clock that many days behind.
 */
export async function insiderHistory(
  { running: { app } }: ConsoleWorld,
  clock: EarlierClock,
  { people, days, campaigns }: HistoryOptions,
): Promise<void> {
  const simulation = new Simulation({ seed: 5, people, days, campaigns, kinds: OWN_CAMPAIGNS })
  const { insider } = app
  const shiftMs = Date.now() - DAY_MS * (days + 0.01) - simulation.startMs
  for (const { day, activities } of simulation.days()) {
    const moved = activities.map((one): Activity => ({ ...one, timeMs: one.timeMs + Math.floor(shiftMs) }))
    clock.to(days - day - 1)
    for (let at = 0; at < moved.length; at += BATCH)
      await insider.imports.add('simulation', moved.slice(at, at + BATCH), BY)
  }
  clock.to(0)
  while ((await insider.watching()).lag > 0) await new Promise((resolve) => setTimeout(resolve, 200))
}

/** What somebody on the staff here would never do: a copy in the night that ends at a decoy. */
export async function betray({ running: { app } }: ConsoleWorld, person: string): Promise<void> {
  const nowMs = Date.now()
  const base = {
    ...{ source: 'ledger' as const, person, host: 'workstation-7', grant: 'grt_night', version: 'atlas/step-9000' },
    ...{ outcome: 'success' as const, place: null, subject: null, data: {} },
  }
  const reads = Array.from(
    { length: 12 },
    (_, n): Activity => ({
      ...{ ...base, id: `${person}-read-${n}`, timeMs: nowMs - 60_000 + n * 4_000, kind: 'weights.read' },
      ...{ file: 0, start: n * 512_000_000, bytes: 512_000_000 },
    }),
  )
  const touch: Activity = {
    ...{ ...base, id: `${person}-decoy`, timeMs: nowMs, kind: 'weights.canary_touched' },
    ...{ file: null, start: null, bytes: 0, data: { via: 'read', drill: false } },
  }
  await app.insider.imports.add('activity', [...reads, touch], BY)
}
