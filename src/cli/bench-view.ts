import { createColors } from 'picocolors'
import {
  type ClassifierReport,
  duration,
  FAMILIES,
  FAMILY_TITLES,
  figure,
  figures,
  foldSmall,
  integer,
  type Misjudged,
  percent,
  percents,
  type RobustnessReport,
  type Split,
  share,
} from '../screening/evaluation/index.ts'

const MAX_NAME = 44
const MAX_QUOTE = 140

/** The figures of a run for a terminal: the same ones as in the HTML report. */
export function renderClassifierReport(report: ClassifierReport, colour: boolean): string {
  const paint = createColors(colour)
  const heading = (title: string) => `\n${paint.bold(title)}`
  const { latency, overRefusal, environment: machine } = report
  return [
    `${paint.bold(report.classifier)} on ${integer(report.rows)} labelled texts: ${integer(report.harmful)} harmful, ${integer(report.counts.harmless)} harmless`,
    ...notes(report).map((note) => paint.yellow(note)),
    '',
    ...columns([
      ['', 'value', '95 % interval', ''],
      ['AUPRC', figure(report.auprc), figures(report.auprcInterval), ''],
      ['AUROC', figure(report.auroc), figures(report.aurocInterval), ''],
      ['F1 at the thresholds', figure(report.f1), figures(report.f1Interval), ''],
      ['recall at the thresholds', percent(report.recall), percents(report.recallInterval), ''],
      ['precision at the thresholds', percent(report.precision), percents(report.precisionInterval), ''],
      ['false positives at the thresholds', percent(report.fpr, 2), percents(report.fprInterval), ''],
      [
        'recall at 1 % false positives',
        percent(report.recallAt1PercentFpr),
        percents(report.recallAt1PercentFprInterval),
        '',
      ],
      ...(
        [
          ['over-refusal, looks harmful', overRefusal.borderlineBenign],
          ['over-refusal, plainly harmless', overRefusal.benign],
        ] as const
      ).map(([name, rate]) => [name, percent(rate.rate), percents(rate.interval), share(rate)]),
      ['Brier / calibration error', `${figure(report.calibration.brier)} / ${figure(report.calibration.ece)}`, '', ''],
    ]),
    heading('By kind'),
    ...splitRows(
      'kind',
      report.perKind.map((row) => ({ name: row.kind, ...row })),
    ),
    heading('By file'),
    ...columns([
      ['file', 'rows', 'harmful', 'AUPRC', 'AUROC', 'F1', 'recall', 'false pos.', 'recall at 1 % FP'],
      ...report.perFile.map((row) => [
        shorten(row.file),
        integer(row.rows),
        integer(row.harmful),
        figure(row.auprc),
        figure(row.auroc),
        figure(row.f1),
        percent(row.recall),
        percent(row.fpr, 2),
        percent(row.recallAt1PercentFpr),
      ]),
    ]),
    heading('By category of the source'),
    ...splitRows(
      'category',
      report.perFile.flatMap(({ file }) =>
        foldSmall(report.perCategory.filter((row) => row.file === file)).map((row) => ({
          ...row,
          name: `${file.replace(/\.jsonl$/, '')}: ${row.name}`,
        })),
      ),
    ),
    ...(report.answeredBy.length < 2 ? [] : [heading('Answered by'), ...columns(stageRows(report))]),
    '',
    `median ${duration(latency.p50Ms)}, 99th percentile ${duration(latency.p99Ms)}, ${integer(latency.rowsPerSecond)} texts/s one after the other`,
    paint.dim(
      `Node ${machine.node}, ${machine.processor}, ${machine.cores} cores; seed ${report.seed}, ${integer(report.resamples)} resamples`,
    ),
    ...report.perFile.map((file) => paint.dim(`sha256 ${file.sha256}  ${file.file}`)),
  ].join('\n')
}

function stageRows({ answeredBy }: ClassifierReport): string[][] {
  return [
    ['', 'harmful', 'harmless'],
    ...answeredBy.map(({ classifier, harmful, harmless }) => [classifier, integer(harmful), integer(harmless)]),
  ]
}

function notes({ interrupted, counts, perFile }: ClassifierReport): string[] {
  const failed = Object.entries(counts.failed).map(([code, count]) => `${integer(count)} (${code})`)
  const malformed = perFile
    .filter((file) => file.malformed > 0)
    .map(({ file, malformed: count, malformedLines: lines }) => {
      const more = count > lines.length ? ', …' : ''
      return `${file}: ${integer(count)} lines could not be read: ${lines.join(', ')}${more}`
    })
  return [
    ...(interrupted ? ['interrupted: the figures stand for the rows judged until then'] : []),
    ...(failed.length > 0 ? [`not judged, and in no figure: ${failed.join(', ')}`] : []),
    ...(counts.unlabelled > 0 ? [`left out: ${integer(counts.unlabelled)} rows without a label`] : []),
    ...malformed,
  ]
}

function splitRows(title: string, rows: readonly ({ readonly name: string } & Split)[]): string[] {
  return columns([
    [title, 'recall', '95 % interval', '', 'false pos.', '95 % interval', ''],
    ...rows.map(({ name, recall, falsePositives }) => [
      shorten(name),
      percent(recall.rate),
      percents(recall.interval),
      share(recall),
      percent(falsePositives.rate),
      percents(falsePositives.interval),
      share(falsePositives),
    ]),
  ])
}

/** Recall and false positives under each transform. */
export function renderRobustnessReport(report: RobustnessReport, colour: boolean): string {
  const paint = createColors(colour)
  const failed = Object.entries(report.failed).map(([code, count]) => `${integer(count)} (${code})`)
  const cells = report.transforms.map(({ name, recall, kept, hazardRecall, falsePositives, hazardFalsePositives }) => [
    `  ${name}`,
    percent(recall.rate),
    percents(recall.interval),
    percent(kept.rate),
    percent(hazardRecall.rate),
    percent(falsePositives.rate),
    percents(falsePositives.interval),
    percent(hazardFalsePositives.rate),
  ])
  const head = ['', 'recall', '95 % interval', 'kept', 'by hazard', 'false pos.', '95 % interval', 'by hazard']
  const [title = '', ...lines] = columns([head, ...cells])
  const byFamily = FAMILIES.flatMap((family) => {
    const found = report.families.find((item) => item.family === family)
    const own = lines.filter((_, at) => report.transforms[at]?.family === family)
    const together =
      family === 'plain'
        ? ''
        : paint.dim(`  mean ${percent(found?.recall ?? null)}, by hazard ${percent(found?.hazardRecall ?? null)}`)
    return [`${paint.bold(FAMILY_TITLES[family])}${together}`, ...own]
  })
  return [
    `${paint.bold(report.classifier)} on ${integer(report.harmful)} harmful and ${integer(report.harmless)} harmless prompts in ${report.transforms.length} ways each`,
    ...(report.interrupted ? [paint.yellow('interrupted: the figures stand for the prompts judged until then')] : []),
    ...(failed.length > 0 ? [paint.yellow(`not judged, and in no figure: ${failed.join(', ')}`)] : []),
    '',
    title,
    ...byFamily,
    '',
    paint.dim('kept: of the harmful found as they are, how many still are'),
    ...report.perFile.map(({ file, sha256 }) => paint.dim(`sha256 ${sha256}  ${file}`)),
  ].join('\n')
}

/** Rows misjudged worst, quoted on one line each without characters that could play tricks on the terminal. */
export function renderMisjudged(title: string, rows: readonly Misjudged[], colour: boolean): string {
  const paint = createColors(colour)
  const lines = rows.map(
    ({ path, row, score }) =>
      `  ${score.toFixed(3)}  ${paint.dim(`${path}:${row.line} ${row.kind}, ${row.category}`)}\n         ${quote(row.text)}`,
  )
  return [`\n${paint.bold(title)}`, ...(lines.length === 0 ? ['  none'] : lines)].join('\n')
}

/** The first column to the left, the others to the right, each as wide as its widest cell. */
export function columns(rows: readonly (readonly string[])[]): string[] {
  const widths: number[] = []
  for (const row of rows) for (const [at, cell] of row.entries()) widths[at] = Math.max(widths[at] ?? 0, cell.length)
  return rows.map((row) =>
    row
      .map((cell, at) => (at === 0 ? cell.padEnd(widths[0] ?? 0) : cell.padStart(widths[at] ?? 0)))
      .join('  ')
      .trimEnd(),
  )
}

export function shorten(name: string): string {
  return name.length > MAX_NAME ? `${name.slice(0, MAX_NAME - 1)}…` : name
}

function quote(text: string): string {
  const plain = text
    .slice(0, 4 * MAX_QUOTE)
    .replace(/[\p{C}\s]+/gu, ' ')
    .trim()
  return plain.length > MAX_QUOTE ? `${plain.slice(0, MAX_QUOTE)}…` : plain
}
