/**
 * How many activities detection takes a second of processor time: `node bench/insider.ts [--people 200] [--days 30] [--json]`. The activities are those of
 * a simulated organisation (synthetic), as lines in memory, so that no disk is measured. The bar is 50,000 a
 * second for reading and the whole detector together, on two cores.
 */
import { parseArgs } from 'node:util'
import {
  type Activity,
  Fault,
  readActivityLine,
  Timeline,
  writeActivityLine,
} from '../src/weights/insider/activity/index.ts'
import { Detector } from '../src/weights/insider/detector.ts'
import { RuleEngine, RuleSet } from '../src/weights/insider/rules/index.ts'
import { Simulation } from '../src/weights/insider/simulation/simulate.ts'

const { values } = parseArgs({
  options: {
    people: { type: 'string', default: '200' },
    days: { type: 'string', default: '30' },
    json: { type: 'boolean', default: false },
  },
})
const RUNS = 3
const RULES = RuleSet.load(new URL('../rules/insider', import.meta.url).pathname)

const simulation = new Simulation({
  seed: 1,
  people: Number(values.people),
  days: Number(values.days),
  kinds: [],
  campaigns: 0,
})
const lines = [...simulation.days()].flatMap(({ activities }) => activities.map(writeActivityLine))
const activities = lines.map(readActivityLine).filter((read): read is Activity => !(read instanceof Fault))

/** Activities a second of processor time, all threads counted, the best of several runs: what else the machine does is left out. */
function rate(run: () => void): number {
  let best = 0
  for (let i = 0; i < RUNS; i++) {
    const before = process.cpuUsage()
    run()
    const { user, system } = process.cpuUsage(before)
    best = Math.max(best, lines.length / ((user + system) / 1_000_000))
  }
  return Math.round(best)
}

const detector = () => new Detector({ observers: { rules: new RuleEngine(RULES) } })
const figures = {
  synthetic: true,
  activities: lines.length,
  bytesPerLine: Math.round(lines.reduce((sum, line) => sum + line.length, 0) / lines.length),
  rules: RULES.rules.length + RULES.correlations.length,
  read: rate(() => lines.map(readActivityLine)),
  rulesAlone: rate(() => {
    const engine = new RuleEngine(RULES)
    for (const activity of activities) engine.observe(activity)
  }),
  readAndDetect: rate(() => {
    const all = detector()
    for (const line of lines) {
      const activity = readActivityLine(line)
      if (!(activity instanceof Fault)) all.observe(activity)
    }
  }),
  timelineInOrder: rate(() => {
    const timeline = new Timeline(detector())
    for (let i = 0; i < activities.length; i += 1_000) timeline.add(activities.slice(i, i + 1_000), null)
  }),
}

if (values.json) process.stdout.write(`${JSON.stringify(figures)}\n`)
else
  for (const [name, value] of Object.entries(figures))
    process.stdout.write(`${name.padEnd(18)} ${value.toLocaleString('en')}\n`)
