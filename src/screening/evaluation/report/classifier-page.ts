import type { Interval, Rate } from '../metrics/rates.ts'
import type { Scorecard, Split, Summary } from '../summary.ts'
import { curveChart, histogramChart, rateBar, reliabilityChart } from './charts.ts'
import type { Curves } from './curves.ts'
import type { Environment } from './environment.ts'
import { duration, escapeHtml, figure, figures, integer, percent, percents, share } from './format.ts'
import { page, table } from './page.ts'
import { foldSmall } from './small-categories.ts'

/** A run with what is needed to repeat it. */
export interface ClassifierReport extends Summary {
  readonly command: string
  readonly time: string
  readonly seed: number
  readonly resamples: number
  readonly environment: Environment
}

/** The report as one self-contained page: no row's text, no script, no network. */
export function classifierPage(report: ClassifierReport, curves: Curves): string {
  const main = [
    `<h1>Classifier report</h1>`,
    `<p><code>${escapeHtml(report.classifier)}</code> on ${integer(report.rows)} labelled texts from ${files(report)}: `,
    `${integer(report.harmful)} harmful, ${integer(report.counts.harmless)} harmless.</p>`,
    warnings(report),
    keyFigures(report),
    charts(report, curves),
    operatingPoints(report),
    section('By kind', perKind(report)),
    section('By file', perFile(report)),
    section(
      'By category of the source',
      `<p class="note">Each data set names its own categories. The dot is the rate, the band its 95 % Wilson interval.</p>${perCategory(report)}`,
    ),
    section('Thresholds', perLabel(report)),
    section('Speed', speed(report) + stages(report)),
    section('How this was measured', method(report)),
  ]
  return page(`Classifier report: ${report.classifier}`, main.join('\n'))
}

function files({ perFile }: Summary): string {
  return perFile.length === 1 ? '1 file' : `${perFile.length} files`
}

function warnings({ interrupted, counts }: Summary): string {
  const failed = Object.entries(counts.failed).map(([code, count]) => `${integer(count)} (${code})`)
  return [
    interrupted ? 'Interrupted: the figures stand for the rows judged until then.' : '',
    failed.length > 0 ? `Not judged, and in no figure: ${failed.join(', ')}.` : '',
    counts.malformed > 0 ? `${integer(counts.malformed)} lines could not be read; see “How this was measured”.` : '',
  ]
    .filter((text) => text !== '')
    .map((text) => `<p class="warning">${escapeHtml(text)}</p>`)
    .join('')
}

function keyFigures(report: ClassifierReport): string {
  const { overRefusal } = report
  const items: [name: string, value: string, detail: string][] = [
    ['AUPRC (average precision)', figure(report.auprc), figures(report.auprcInterval)],
    ['AUROC', figure(report.auroc), figures(report.aurocInterval)],
    ['F1 at the thresholds', figure(report.f1), figures(report.f1Interval)],
    ['Recall at the thresholds', percent(report.recall), percents(report.recallInterval)],
    ['Precision at the thresholds', percent(report.precision), percents(report.precisionInterval)],
    ['False positives at the thresholds', percent(report.fpr, 2), percents(report.fprInterval)],
    [
      'Recall at 1 % false positives',
      percent(report.recallAt1PercentFpr),
      percents(report.recallAt1PercentFprInterval),
    ],
    ['Over-refusal: harmless, looks harmful', ...rateOf(overRefusal.borderlineBenign)],
    ['Over-refusal: plainly harmless', ...rateOf(overRefusal.benign)],
  ]
  const entries = items.map(
    ([name, value, detail]) =>
      `<div><dt>${name}</dt><dd class="value">${value}</dd><dd class="of">${detail === '–' ? '' : detail}</dd></div>`,
  )
  return `<dl class="figures">${entries.join('')}</dl><p class="note">95 % intervals: stratified bootstrap for rankings and F1, Wilson for rates.</p>`
}

function rateOf(rate: Rate): [string, string] {
  return [percent(rate.rate), rate.of === 0 ? 'no such rows' : `${percents(rate.interval)} (${share(rate)})`]
}

function charts(report: ClassifierReport, curves: Curves): string {
  const at = (px: number | null, py: number | null) => (px === null || py === null ? undefined : ([px, py] as const))
  const { calibration } = report
  const base = report.rows === 0 ? null : report.harmful / report.rows
  const precisionRecall = curveChart(
    curves.precisionRecall,
    { title: 'Precision and recall', x: 'recall', y: 'precision' },
    at(report.recall, report.precision),
    false,
  )
  const roc = curveChart(
    curves.roc,
    { title: 'ROC', x: 'false positives', y: 'recall' },
    at(report.fpr, report.recall),
    true,
  )
  return [
    '<div class="charts">',
    chart('Precision and recall', precisionRecall, `Circle: the calibrated thresholds. Chance is ${percent(base)}.`),
    chart('ROC', roc, 'Circle: the calibrated thresholds. Dashed: chance.'),
    chart(
      'Reliability of general_harm',
      reliabilityChart(calibration.bins),
      `Brier ${figure(calibration.brier)}, expected calibration error ${figure(calibration.ece)}, on ${integer(calibration.rows)} rows without injections and jailbreaks. Larger dots hold more rows. Above the line: more harmful than said; the share of harm in this data moves all dots.`,
    ),
    chart(
      'Scores',
      histogramChart(curves.histogram),
      'Harm score of <span class="key harmful">harmful</span> and <span class="key harmless">harmless</span> texts, each as shares of its class on a square-root scale. Dashed: from here on flagged.',
    ),
    '</div>',
  ].join('')
}

function chart(title: string, svg: string, caption: string): string {
  return `<figure><h3>${title}</h3>${svg}<figcaption>${caption}</figcaption></figure>`
}

function section(title: string, content: string): string {
  return `<section><h2>${title}</h2>${content}</section>`
}

function operatingPoints({
  operatingPoints: rows,
  recall,
  recallInterval,
  fpr,
  fprInterval,
  rows: of,
  harmful,
}: Summary): string {
  const harmless = of - harmful
  const cells = rows.map(({ budget, score, recall: found, falsePositives }) => [
    `at most ${percent(budget)} false positives`,
    figure(score),
    withInterval(found),
    withInterval(falsePositives),
  ])
  const calibrated = [
    '<strong>the calibrated thresholds</strong>',
    '0.500',
    valueWithInterval(recall, recallInterval),
    harmless === 0 ? '–' : valueWithInterval(fpr, fprInterval),
  ]
  const columns = [
    { title: 'If flagged were' },
    { title: 'harm score from', numeric: true },
    { title: 'recall', numeric: true },
    { title: 'false positives', numeric: true },
  ]
  return section(
    'Operating points',
    `<p class="note">What moving all thresholds together would give on this data. For comparing classifiers: a threshold chosen on the rows that it is reported on is not a result.</p>${table(columns, [calibrated, ...cells])}`,
  )
}

function perKind({ perKind: rows }: Summary): string {
  return splitTable(
    'kind',
    rows.map((row) => ({ name: row.kind, ...row })),
  )
}

function perCategory({ perCategory: rows, perFile }: Summary): string {
  return perFile
    .map(({ file }) => {
      const own = foldSmall(rows.filter((row) => row.file === file))
      return own.length === 0 ? '' : splitTable(escapeHtml(file), own)
    })
    .join('')
}

function splitTable(title: string, rows: readonly ({ readonly name: string } & Split)[]): string {
  const columns = [
    { title },
    { title: 'harmful rows', numeric: true },
    { title: 'recall', numeric: true },
    { title: '' },
    { title: 'harmless rows', numeric: true },
    { title: 'flagged', numeric: true },
    { title: '' },
  ]
  const cells = rows.map(({ name, recall, falsePositives }) => [
    escapeHtml(name),
    countOf(recall),
    percent(recall.rate),
    rateBar(recall),
    countOf(falsePositives),
    percent(falsePositives.rate),
    rateBar(falsePositives),
  ])
  return table(columns, cells)
}

function countOf({ of }: Rate): string {
  return of === 0 ? '–' : integer(of)
}

function perFile({ perFile: rows }: Summary): string {
  const columns = ['rows', 'harmful', 'AUPRC', 'AUROC', 'F1', 'recall', 'false positives', 'recall at 1 % FP']
  const cells = rows.map((row: Scorecard & { file: string }) => [
    escapeHtml(row.file),
    integer(row.rows),
    integer(row.harmful),
    figureWithInterval(row.auprc, row.auprcInterval),
    figureWithInterval(row.auroc, row.aurocInterval),
    figureWithInterval(row.f1, row.f1Interval),
    valueWithInterval(row.recall, row.recallInterval),
    valueWithInterval(row.fpr, row.fprInterval),
    valueWithInterval(row.recallAt1PercentFpr, row.recallAt1PercentFprInterval),
  ])
  return table([{ title: 'file' }, ...columns.map((title) => ({ title, numeric: true }))], cells)
}

function perLabel({ perLabel: rows }: Summary): string {
  const columns = [
    { title: 'label' },
    { title: 'threshold, prompt', numeric: true },
    { title: 'threshold, completion', numeric: true },
    { title: 'found on harmful rows', numeric: true },
    { title: 'found on harmless rows', numeric: true },
  ]
  const cells = rows.map((row) => [
    `<code>${row.label}</code>`,
    figure(row.promptThreshold),
    figure(row.completionThreshold),
    integer(row.harmful),
    integer(row.harmless),
  ])
  return `<p class="note">Calibrated before, on other data; a row is flagged when any label reaches its own.</p>${table(columns, cells)}`
}

function speed({ latency, environment: machine }: ClassifierReport): string {
  return `<p>One text after the other: median ${duration(latency.p50Ms)}, 99th percentile ${duration(latency.p99Ms)}, longest ${duration(latency.maxMs)}; ${integer(latency.rowsPerSecond)} texts per second of judging. ${escapeHtml(machine.processor)}, ${machine.cores} cores, ${machine.memoryGiB} GiB, ${escapeHtml(machine.platform)}, Node ${escapeHtml(machine.node)}.</p>`
}

function stages({ answeredBy }: Summary): string {
  if (answeredBy.length < 2) return ''
  const columns = [
    { title: 'answered by' },
    { title: 'harmful rows', numeric: true },
    { title: 'harmless rows', numeric: true },
  ]
  const cells = answeredBy.map(({ classifier, harmful, harmless }) => [
    `<code>${escapeHtml(classifier)}</code>`,
    integer(harmful),
    integer(harmless),
  ])
  return table(columns, cells)
}

function method(report: ClassifierReport): string {
  const data = report.perFile.map((file) => [
    escapeHtml(file.file),
    integer(file.bytes),
    integer(file.labelled),
    integer(file.unlabelled),
    file.malformed === 0
      ? '0'
      : `${integer(file.malformed)} (lines ${file.malformedLines.join(', ')}${file.malformed > file.malformedLines.length ? ', …' : ''})`,
    `<code>${file.sha256}</code>`,
  ])
  const columns = [
    { title: 'file' },
    { title: 'bytes', numeric: true },
    { title: 'labelled', numeric: true },
    { title: 'unlabelled', numeric: true },
    { title: 'unreadable', numeric: true },
    { title: 'SHA-256' },
  ]
  return [
    '<p>A row is <em>flagged</em> when any label, hazard or attack method, reaches its calibrated threshold. The <em>harm score</em> by which rows are ranked is the label furthest above its threshold in log odds, so that 0.5 is where the policy begins to act and sweeping it moves all thresholds together. It is the same for every row, whatever its kind: rows of kind injection and jailbreak are found through the attack methods too. Prompts are judged as one user turn, completions without a prompt, pairs as a completion that answers its prompt. Unlabelled rows are left out.</p>',
    `<pre><code>${escapeHtml(report.command)}</code></pre>`,
    `<p class="note">Safelevel ${escapeHtml(report.environment.safelevel)}, ${escapeHtml(report.time)}; ${integer(report.resamples)} resamples from seed ${report.seed}.</p>`,
    table(columns, data),
  ].join('')
}

function withInterval({ rate, interval }: Rate): string {
  return valueWithInterval(rate, interval)
}

function valueWithInterval(value: number | null, interval: Interval | null): string {
  return value === null ? '–' : `${percent(value)}<br>${intervalText(percents(interval, '–'))}`
}

function figureWithInterval(value: number | null, interval: Interval | null): string {
  return value === null ? '–' : `${figure(value)}<br>${intervalText(figures(interval, '–'))}`
}

function intervalText(text: string): string {
  return `<span class="interval-text">${text}</span>`
}
