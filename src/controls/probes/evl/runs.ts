import type { Finding, Probe } from '../../probe.ts'
import { count, day, entryOf, fails, holds, listed, record, unknown } from '../findings.ts'
import type { World } from '../world.ts'
import { NO_LINES, type Programme } from './programme.ts'

type RunsWorld = Pick<World, 'registry' | 'evaluations' | 'training' | 'entries'>

/** A forecast of the next level's chance stands before a run is trained (EVL-11). */
export function runProbes(world: RunsWorld, programme: Programme): Probe[] {
  return [{ control: 'EVL-11', look: () => forecast(world, programme) }]
}

async function forecast(world: RunsWorld, programme: Programme): Promise<Finding> {
  const lines = await programme.lines()
  if (lines.length === 0) return NO_LINES
  return programme.each(
    ({ model }) => ofLine(world, model),
    unknown('no training run is under way', 'safelevel train gate --model MODEL --run NAME --flops FLOPS'),
  )
}

async function ofLine({ registry, evaluations, training, entries }: RunsWorld, model: string): Promise<Finding | null> {
  const open = (await registry.runs.list(model)).filter(({ endedAt }) => endedAt === null)
  if (open.length === 0) return null
  const forecasts = await evaluations.suites.forecasts(model)
  const missing = open.filter(({ run }) => !forecasts.some((one) => one.run === run))
  const evidence = entryOf(await entries.last('evaluations.forecast'))
  if (missing.length === 0) {
    const [newest] = forecasts
    const when = newest === undefined ? '' : `, the last on ${day(newest.madeAt)}`
    return holds(`${model}: ${count(open.length, 'open run')}, each with a forecast${when}`, evidence)
  }
  const begun = []
  for (const { id, run } of missing) {
    const [lease] = await training.leases(model, run, 1)
    if (lease !== undefined) begun.push(id)
  }
  const about = missing.map(({ id }) => record('run', id))
  const next = 'console: /scaling'
  if (begun.length > 0) return fails(`${listed(begun)} began without a forecast`, next, about)
  return unknown(`${listed(missing.map(({ id }) => id))} has no forecast yet, and has not begun`, next, about)
}
