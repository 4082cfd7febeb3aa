/**
 * How fast recorded decisions are replayed under a draft: `node bench/policy-replay.ts [--json] [--rows 200000]`. One core, rows in
 * memory, so that the reading of the store is not in it. Scores and changes are those of busy traffic: every row has both sides, one
 * in ten is near a threshold.
 */
import { parseArgs } from 'node:util'
import { Policy, type ReplayRow, type ReplaySide, readPolicyFile, replay } from '../src/policy/index.ts'
import { LABELS, loadScreen } from '../src/screening/index.ts'

const { values } = parseArgs({
  options: { json: { type: 'boolean', default: false }, rows: { type: 'string', default: '200000' } },
})
const count = Number(values.rows)
const FLOOR = 0.05

let state = 1
/** A fixed linear congruential generator, so that every run measures the same rows. */
function random(): number {
  state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0
  return state / 2 ** 32
}

function side(): ReplaySide {
  const scores: Record<string, number> = {}
  const loud = random() < 0.1
  for (const label of LABELS) {
    const score = random() ** (loud ? 1 : 6)
    if (score >= FLOOR) scores[label] = Math.round(score * 1e4) / 1e4
  }
  return { scores, unevaluated: [], testString: false, reason: null }
}

async function* stream(rows: readonly ReplayRow[]): AsyncGenerator<ReplayRow> {
  yield* rows
}

const rows = Array.from(
  { length: count },
  (_, i): ReplayRow => ({
    id: `dec_${i}`,
    organisation: `org_${i % 500}`,
    surface: 'api',
    prompt: side(),
    completion: side(),
  }),
)
const calibratedThresholds = loadScreen().thresholds
const text = readPolicyFile()
const current = Policy.load(text, { calibratedThresholds })
const draft = Policy.load(text.replaceAll('threshold: calibrated', 'threshold: 0.5'), { calibratedThresholds })
await replay(rows.slice(0, 20_000), { current, draft, floor: FLOOR })
const started = performance.now()
const report = await replay(stream(rows), { current, draft, floor: FLOOR })
const perSecond = Math.round((1_000 * count) / (performance.now() - started))
const result = {
  rows: count,
  perSecond,
  newlyRefused: report.totals.newlyRefused,
  newlyAllowed: report.totals.newlyAllowed,
}
if (values.json) console.log(JSON.stringify(result))
else {
  const { newlyRefused, newlyAllowed } = result
  console.log(`${count.toLocaleString('en')} decisions at ${perSecond.toLocaleString('en')}/s`)
  console.log(`${newlyRefused.toLocaleString('en')} newly refused, ${newlyAllowed.toLocaleString('en')} newly allowed`)
}
