import { type PatternName, rehearsePatterns } from '../../../accounts/index.ts'
import { allItems } from '../../../base/page.ts'
import type { Finding, Probe } from '../../probe.ts'
import { type ReportingWorld, waysAnswer } from '../dep/reporting.ts'
import { count, entryOf, fails, holds, listed, record, seen, unknown } from '../findings.ts'
import type { World } from '../world.ts'

export type DetectionWorld = ReportingWorld & Pick<World, 'config' | 'decisions' | 'conditions' | 'noncompliance'>

/** Between two looks of what watches all controls; it is to look three times as often. */
const MOST_MS = 60_000
const BEHIND_MS = 30_000
/** Abuse that shows in numbers alone. */
const SCALED: readonly PatternName[] = ['distillation', 'identifier_rotation']

export function detectionProbes(world: DetectionWorld): Probe[] {
  let lookedMs: number | null = null
  const looks = async (): Promise<Finding> => {
    const [before, now] = [lookedMs, world.clock.monotonic()]
    lookedMs = now
    return automated(world, before === null ? null : now - before)
  }
  return [
    { control: 'SEC-07', look: looks },
    { control: 'SEC-23', look: () => scaledAbuse(world) },
    { control: 'SEC-24', look: () => incidentsReported(world) },
    { control: 'SEC-29', look: () => discovery(world) },
  ]
}

/** That this is asked at all, in time, is what it shows; and that what it rests on keeps up. */
function automated({ decisions, conditions }: DetectionWorld, sinceMs: number | null): Finding {
  if (sinceMs === null) return unknown('controls are looked at for the first time since the start', 'safelevel status')
  const seconds = Math.round(sinceMs / 1_000)
  if (sinceMs > MOST_MS)
    return unknown(`this process did not look for ${seconds} s: whether another did, it can’t say`, 'safelevel doctor')
  const { failing, ms } = decisions.lag()
  if (failing || ms > BEHIND_MS)
    return fails(`what is watched is ${Math.round(ms / 1_000)} s behind the ledger`, 'safelevel doctor')
  const grave = conditions.readiness().conditions.filter(({ severity }) => severity === 'unready')
  if (grave.length > 0) return fails(`not ready: ${listed(grave.map(({ code }) => code))}`, 'safelevel doctor')
  return holds(`controls are looked at by the clock, the last time ${seconds} s before this`, [
    seen(`${seconds} s between two looks`),
  ])
}

/** The detectors, fed with what they are to find under the limits in force. */
async function scaledAbuse({ config, decisions, entries }: DetectionWorld): Promise<Finding> {
  const { failing, ms } = decisions.lag()
  if (failing || ms > BEHIND_MS)
    return fails(
      `patterns are looked for ${Math.round(ms / 1_000)} s late: the view over decisions is behind`,
      'safelevel doctor',
    )
  const noticed = rehearsePatterns(config().enforcement.patterns)
  const missed = SCALED.filter((name) => !noticed.has(name))
  const last = entryOf(await entries.last('enforcement.pattern_found'))
  if (missed.length > 0) {
    const says = `a rehearsed run of ${listed(missed.map(words))} was not noticed under the limits in force`
    return fails(says, 'enforcement.patterns in safelevel.yaml', last)
  }
  const shown = [...noticed].map(([name, n]) => seen(`${words(name)} was noticed after ${n} rehearsed requests`))
  return holds(`rehearsed ${listed(SCALED.map(words))} were noticed under the limits in force`, [...shown, ...last])
}

function words(pattern: PatternName): string {
  return pattern.replaceAll('_', ' ')
}

/** From outside by every way there is, and from staff to somebody who is there to hear it. */
async function incidentsReported(world: DetectionWorld): Promise<Finding> {
  const ways = await waysAnswer(world)
  if (ways.state !== 'holds') return ways
  const offices = await world.noncompliance.offices()
  const filled = [...offices.values()].filter((held) => held > 0).length
  if (filled < 2) {
    const says = `staff could tell of an incident to ${filled} of ${offices.size} offices: nobody holds the others, so there is no way round who it is about`
    return fails(says, 'console: /people', ways.evidence)
  }
  return holds(`${ways.says}; staff may turn to ${filled} of ${offices.size} offices`, ways.evidence)
}

/** Whoever finds a weakness is heard, and in time. */
async function discovery(world: DetectionWorld): Promise<Finding> {
  const ways = await waysAnswer(world)
  if (ways.state !== 'holds') return ways
  const items = await allItems((page) => world.intake.triage.queue({ ...page, state: 'open' }))
  const late = items.filter(({ clock }) => clock?.state === 'overdue')
  if (late.length > 0) {
    const says = `${count(late.length, 'report')} overdue: ${listed(late.map(({ id }) => id))}`
    return fails(says, 'console: /reports', [...late.map(({ id }) => record('report', id)), ...ways.evidence])
  }
  return holds(`${ways.says}; ${count(items.length, 'report')} open, none overdue`, ways.evidence)
}
