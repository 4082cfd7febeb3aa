import { renameSync, writeFileSync } from 'node:fs'
import { parseArgs } from 'node:util'
import { gzipSync } from 'node:zlib'
import { isDrill } from '../../src/weights/insider/detection.ts'
import { Detector } from '../../src/weights/insider/detector.ts'
import { RuleEngine, RuleSet } from '../../src/weights/insider/rules/index.ts'
import { campaignsNamed, OWN_CAMPAIGNS } from '../../src/weights/insider/simulation/campaigns/registry.ts'
import { Simulation } from '../../src/weights/insider/simulation/simulate.ts'
import { COMPOSED } from './composed.ts'
import { COMPOSED_OTHER } from './composed-parts.ts'
import type { Gathered } from './gathered.ts'
import { variationOf } from './variation.ts'

/** One organisation of training, or of `held-out.ts`: its signals and campaigns, written to a file. A process of its own: `fit.ts` starts two of them. */
const { values } = parseArgs({
  options: {
    seed: { type: 'string', default: '100' },
    people: { type: 'string', default: '400' },
    days: { type: 'string', default: '90' },
    out: { type: 'string', default: '' },
    kinds: { type: 'string', default: 'training' },
  },
})
const started = performance.now()
const variation = variationOf(Number(values.seed), { people: Number(values.people), days: Number(values.days) })
const { people, days, peoplePerCampaign } = variation
const training = [...OWN_CAMPAIGNS, ...Array.from({ length: 8 }, () => COMPOSED), COMPOSED_OTHER, COMPOSED_OTHER]
const kinds = values.kinds === 'training' ? training : campaignsNamed(values.kinds)
const campaigns = Math.round((people / peoplePerCampaign) * (days / 120))
const simulation = new Simulation({ ...variation, kinds, campaigns })
const persons = new Map<string, number>()
const causes = new Map<string, number>()
const signals: number[][] = []
const told = new Map<string, { timeMs: number; bytes: number; isRead: boolean }>()
let nth = 0
let activities = 0
const detector = new Detector({
  observers: { rules: new RuleEngine(RuleSet.load(new URL('../../rules/insider', import.meta.url).pathname)) },
  onSignal: ({ person, timeMs, cause, weight, isCertain }) =>
    signals.push([
      nth,
      idOf(persons, person),
      timeMs - simulation.startMs,
      idOf(causes, cause),
      Math.round(weight * 1e3),
      isCertain ? 1 : 0,
    ]),
})
for (const { activities: today } of simulation.days())
  for (const activity of today) {
    activities++
    if (activity.kind === 'weights.read' || activity.bytes > 0)
      told.set(activity.id, {
        timeMs: activity.timeMs,
        bytes: activity.bytes,
        isRead: activity.kind === 'weights.read',
      })
    nth++
    if (!isDrill(activity)) detector.observe(activity)
  }
const truths = simulation.truths().map(({ activities: ids, ...truth }) => {
  const steps = ids.flatMap((id) => told.get(id) ?? [])
  const hasReads = steps.some(({ isRead, bytes }) => isRead && bytes > 0)
  const lost = steps
    .filter(({ isRead }) => isRead || !hasReads)
    .map(({ timeMs, bytes }) => [timeMs - simulation.startMs, bytes])
  return {
    ...truth,
    startsMs: truth.startsMs - simulation.startMs,
    endsMs: truth.endsMs - simulation.startMs,
    steps: lost,
  }
})
const { seed } = variation
const gathered: Gathered = {
  ...{ seed, people, days, activities, parameters: simulation.parametersDigest, truths, signals },
  ...{ persons: [...persons.keys()], causes: [...causes.keys()] },
}
writeFileSync(`${values.out}.part`, gzipSync(JSON.stringify(gathered), { level: 3 }))
renameSync(`${values.out}.part`, values.out)
process.stdout.write(
  `seed ${seed}: ${people} people, ${days} days, ${activities} activities, ${truths.length} campaigns, ${signals.length} signals, ${((performance.now() - started) / 1000).toFixed(0)} s\n`,
)

function idOf(ids: Map<string, number>, name: string): number {
  const id = ids.get(name) ?? ids.size
  ids.set(name, id)
  return id
}
