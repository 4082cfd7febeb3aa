import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { z } from 'zod'
import type { connectServer } from '../../src/cli/connect-server.ts'
import { CardCheck, CardHead, type Evidence, parseCard } from '../../src/models/cards/index.ts'
import type { Comparison, EvaluationReport, Rate } from '../../src/refusal/evaluation/index.ts'
import { KeptEvaluation } from '../../src/refusal/records/index.ts'
import type { Cli, Steps } from './steps.ts'

type Client = Awaited<ReturnType<typeof connectServer>>

const Draft = z.object({ text: z.string(), check: CardCheck, notes: z.array(z.string()) })
const Saved = z.object({ head: CardHead, words: z.array(z.string()), findings: z.array(z.string()) })
const Kept = KeptEvaluation.pick({ id: true, checkpoint: true, headDigest: true, madeAt: true })
const Page = z.object({ items: z.array(Kept) })

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

/** The card of what was tuned, as a draft on the server: how it refuses before and after, each sentence with the evaluation that bears it out. */
export function draftCard({ client, cli, steps, line, deployment, before, after, comparison, folder }: CardWork) {
  return steps.once('card', Saved, async () => {
    const { text } = await cli.json(Draft, ['card', 'new', line, '--deployment', deployment])
    const card = parseCard(text)
    const { items } = await client.request('GET', '/api/v1/refusal/evaluations?limit=200', Page)
    const cited = [before, after].map(({ checkpoint }) => citing(items.find((one) => one.checkpoint === checkpoint)))
    const refusal = [
      { words: `Before tuning: ${measured(before)}`, evidence: cited.slice(0, 1) },
      { words: `After tuning: ${measured(after)}`, evidence: cited.slice(1) },
      { words: `The same items of both, paired: ${differences(comparison)}`, evidence: cited },
    ]
    const made = { ...card, safeguards: { ...card.safeguards, refusal } }
    const path = join(folder, 'card.json')
    await writeFile(path, `${JSON.stringify(made, null, 1)}\n`, { mode: 0o600 })
    const head = await cli.json(CardHead, ['card', 'save', path])
    const check = await cli.json(CardCheck, ['card', 'lint', path], [0, 1])
    const findings = check.findings.map(({ severity, path: at, words }) => `${severity}: ${at} ${words}`)
    return { head, words: refusal.map(({ words }) => words), findings }
  })
}

function citing(kept: z.infer<typeof Kept> | undefined): Evidence {
  if (kept === undefined) throw new Error('an evaluation is not on record')
  return { type: 'refusal', id: kept.id, digest: kept.headDigest, asOf: kept.madeAt }
}

function measured({ model, attackSuccess, overRefusal, suites }: EvaluationReport): string {
  const names = suites.map(({ suite }) => suite).join(', ')
  return `${model.name} complied with ${share(attackSuccess)} harmful requests and refused ${share(overRefusal)} harmless ones (${names}).`
}

/** 12 of 122 (9.8 %, 95 % interval 5.7 % to 16.4 %, 3 unclear). */
function share(rate: Rate | null): string {
  if (rate === null || rate.rate === null) return 'none that could be judged of the'
  const [low, high] = rate.interval ?? [0, 1]
  const unknown = rate.unknown === 0 ? '' : `, ${rate.unknown} more unknown`
  return `${rate.count} of ${rate.of} (${percent(rate.rate)}, 95 % interval ${percent(low)} to ${percent(high)}${unknown})`
}

function differences({ measures, verdict }: Comparison): string {
  const each = measures.map(({ suite, measure, difference, interval, holm }) => {
    const within = interval === null ? '' : `, 95 % interval ${points(interval[0])} to ${points(interval[1])}`
    return `${suite} ${measure} ${points(difference ?? 0)}${within}, p ${holm.toPrecision(2)}`
  })
  return `${each.join('; ')}. All in all: ${verdict}.`
}

const percent = (value: number) => `${(100 * value).toFixed(1)} %`
const points = (value: number) => `${value < 0 ? '−' : '+'}${(100 * Math.abs(value)).toFixed(1)} points`
