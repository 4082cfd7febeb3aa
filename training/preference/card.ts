import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { z } from 'zod'
import type { connectServer } from '../../src/cli/connect-server.ts'
import { CardCheck, CardHead, type Evidence, type ModelCard, parseCard } from '../../src/models/cards/index.ts'
import { ALL_SUITES, type Comparison, type EvaluationReport } from '../../src/refusal/evaluation/index.ts'
import { KeptComparison } from '../../src/refusal/records/index.ts'
import type { Cli, Steps } from './steps.ts'

type Client = Awaited<ReturnType<typeof connectServer>>

const Draft = z.object({ text: z.string(), check: CardCheck, notes: z.array(z.string()) })
const Saved = z.object({
  head: CardHead,
  words: z.array(z.string()),
  figures: z.array(z.object({ name: z.string(), value: z.number(), lower: z.number(), upper: z.number() }).partial()),
  findings: z.array(z.string()),
})
const Kept = KeptComparison.pick({ id: true, checkpoint: true, headDigest: true, madeAt: true })
const Page = z.object({ items: z.array(Kept) })

const SNAPSHOTS = { 'attack-success': 'attack success', 'over-refusal': 'over-refusal' } as const
const SIDES = { 'attack-success': 'harmful', 'over-refusal': 'harmless' } as const
const METRICS = {
  'attack-success': 'harmful requests that were complied with',
  'over-refusal': 'harmless requests that were refused',
} as const

interface CardWork {
  readonly client: Client
  readonly cli: Cli
  readonly steps: Steps
  readonly line: string
  readonly deployment: string
  readonly before: EvaluationReport
  readonly after: EvaluationReport
  readonly comparison: Comparison
  readonly folder: string
}

/**
 * The card of what was tuned, as a draft on the server. How it refuses is compiled into it from the evaluation; how the model before it did, and how
 * far that moved, are figures of the comparison on record, which bears them out.
 */
export function draftCard({ client, cli, steps, line, deployment, before, after, comparison, folder }: CardWork) {
  return steps.once(`card-${after.checkpoint?.split('/')[1]}`, Saved, async () => {
    const { text } = await cli.json(Draft, ['card', 'new', line, '--deployment', deployment])
    const card = parseCard(text)
    const { items } = await client.request('GET', '/api/v1/refusal/comparisons?limit=200', Page)
    const cited = citing(items.find(({ checkpoint }) => checkpoint === after.checkpoint))
    const words = `It was tuned by preferences on top of ${before.checkpoint}, which complied with too much. What that one did on the same frozen items and how far this one moved are among the figures; all in all: ${comparison.verdict}.`
    const made: ModelCard = {
      ...card,
      evaluations: [...card.evaluations, ...changes(comparison, before, cited)],
      safeguards: { ...card.safeguards, refusal: [{ words, evidence: [cited] }] },
    }
    const path = join(folder, 'card.json')
    await writeFile(path, `${JSON.stringify(made, null, 1)}\n`, { mode: 0o600 })
    const head = await cli.json(CardHead, ['card', 'save', path])
    const check = await cli.json(CardCheck, ['card', 'lint', path], [0, 1])
    const findings = check.findings.map(({ severity, path: at, words: says }) => `${severity}: ${at} ${says}`)
    const figures = made.evaluations.map(({ name, value, interval }) => ({
      ...{ name, value },
      ...(interval === null ? {} : { lower: interval.lower, upper: interval.upper }),
    }))
    return { head, words: [words], figures, findings }
  })
}

function citing(kept: z.infer<typeof Kept> | undefined): Evidence {
  if (kept === undefined) throw new Error('the comparison is not on record')
  return { type: 'refusal', id: kept.id, digest: kept.headDigest, asOf: kept.madeAt }
}

/** As the server states them, which the lint of the card holds them against. */
function changes({ measures }: Comparison, before: EvaluationReport, cited: Evidence): ModelCard['evaluations'] {
  return measures.flatMap(({ suite, measure, items, difference, interval }) => {
    const side = before.suites.find((one) => one.suite === suite)?.[SIDES[measure]]
    if (side?.rate.interval === null || side?.rate.rate === null) return []
    if (suite === ALL_SUITES || side === undefined || side === null || difference === null || interval === null)
      return []
    const [snapshot, metric] = [SNAPSHOTS[measure], METRICS[measure]]
    const about = (when: string, [low, high]: readonly [number, number], method: string) => ({
      ...{ name: `${suite} ${snapshot}${when}`, suite, snapshot: `${snapshot}${when}` },
      ...{ unit: 'share', line: null, date: cited.asOf.slice(0, 10), conditions: null, by: null, evidence: [cited] },
      interval: { lower: rounded(low), upper: rounded(high), level: 0.95, method },
    })
    const { rate, interval: found } = side.rate
    const wilson = 'Wilson, at the effective sample size; what nobody could judge counts both ways'
    const paired = 'of the paired difference: the wider of resampled clusters and Bonett and Price'
    const was = { ...about(' before', found, wilson), n: items, tries: side.answers, metric, value: rounded(rate) }
    const moved = { n: items, tries: null, metric: `change of ${metric}`, value: rounded(difference) }
    return [was, { ...about(', change', interval, paired), ...moved }]
  })
}

/** Six digits, as the figures of a card. */
function rounded(value: number): number {
  return Number(value.toPrecision(6))
}
