import type { Spent } from '../asking/index.ts'
import type {
  CheckedRate,
  DatasetManifest,
  DatasetReport,
  Estimate,
  Measured,
  Projection,
} from '../refusal/constitution/index.ts'
import { integer, percent, percents } from '../screening/evaluation/index.ts'

/** What was made, for a terminal. */
export function describeDataset(
  { records, isSandbox }: DatasetManifest,
  report: DatasetReport,
  spent: Spent & { readonly money: number | null },
  out: string,
): string {
  const { stages, helpful, labels, openings, critiques, warnings, spotChecks } = report
  const money = spent.money === null ? '' : `, $${spent.money.toFixed(4)}`
  return [
    `${integer(records.count)} records: ${integer(records.sft)} for supervised tuning, ${integer(records.preference)} pairs, ${integer(records.failed)} failed`,
    ...(isSandbox ? ['  a fixture: the sandbox is no model, and these figures are nobody’s'] : []),
    ...stages.map(
      ({ stage, harmful, refused, medianWords }) =>
        `  ${stage.padEnd(13)} harmful ${figures(harmful)}, refuses ${figures(refused)}, median ${medianWords ?? 0} words`,
    ),
    `  harmless      refused ${figures(helpful.overRefusal)}`,
    `  pairs         revision preferred ${figures(labels.secondPreferred)}; orders agree ${figures(labels.ordersAgree)}`,
    `  critiques     point at nothing ${figures(critiques.pointless)}`,
    `  openings      ${openings.distinct} of ${openings.answers} answers; the commonest ${percent(openings.topShare)}`,
    `  flags         ${tally(records.flags)}`,
    `  kept out      of supervised tuning: ${tally(records.dropped.sft)}; of pairs: ${tally(records.dropped.preference)}`,
    `  spot checks   ${spotChecks.drawn} drawn for people`,
    ...warnings.map((one) => `  warning       ${one}`),
    `  cost          ${integer(spent.requests)} requests, ${integer(spent.input)} tokens in, ${integer(spent.output)} out${money}`,
    `  report        ${out}/report.html`,
  ].join('\n')
}

function figures({ rate, count, of, interval }: CheckedRate): string {
  return rate === null ? '–' : `${percent(rate)} (${count} of ${of}; ${percents(interval)})`
}

function tally(counts: Readonly<Record<string, number>>): string {
  const parts = Object.entries(counts).map(([name, count]) => `${name} ${integer(count)}`)
  return parts.length === 0 ? 'none' : parts.join(', ')
}

/** What it would take, for a terminal. @param from what a few real records took; null = nobody measured */
export function describeEstimate(
  { prompts, calls, callsByStep, mostOutput }: Estimate,
  from: { readonly measured: Measured; readonly projection: Projection | null } | null,
): string {
  const { answers, critiques, revisions, judgements } = callsByStep
  const lines = [
    `${integer(prompts)} prompts, at most ${integer(calls)} questions: ${integer(answers)} answers, ${integer(critiques)} critiques, ${integer(revisions)} revisions, ${integer(judgements)} judgements`,
    `  at most ${integer(mostOutput)} tokens of answers`,
  ]
  if (from === null) return [...lines, '  tokens, cost and time: measured on real records by --probe 3'].join('\n')
  const { measured, projection } = from
  if (projection === null)
    return [...lines, '  the probe’s answers stood there already: nothing was measured'].join('\n')
  const seconds = projection.ms / 1_000
  const time = seconds < 120 ? `${seconds.toFixed(0)} s` : `${(seconds / 60).toFixed(0)} min`
  return [
    ...lines,
    `  measured on ${measured.prompts} prompts: ${measured.calls} questions, ${integer(measured.input)} tokens in, ${integer(measured.output)} out, ${(measured.ms / 1_000).toFixed(1)} s`,
    `  so about ${integer(projection.input)} tokens in, ${integer(projection.output)} out, ${time}${projection.money === null ? '' : `, $${projection.money.toFixed(2)}`}`,
  ].join('\n')
}
