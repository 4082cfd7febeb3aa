import { mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { Command, InvalidArgumentError, Option } from 'commander'
import { systemClock } from '../base/clock.ts'
import { AppError } from '../base/errors.ts'
import { seededRandom } from '../base/random.ts'
import {
  CLASSIFIER_IDS,
  type ClassifierReport,
  classifierPage,
  curvesOf,
  environment,
  filesOf,
  integer,
  isPrompt,
  judgeRows,
  misjudged,
  openClassifier,
  RESAMPLES,
  type RobustnessReport,
  type Row,
  robustness,
  robustnessPage,
  SIDE_CHOICES,
  type SideChoice,
  type Survey,
  summarise,
  survey,
  TRANSFORMS,
} from '../screening/evaluation/index.ts'
import { renderClassifierReport, renderMisjudged, renderRobustnessReport } from './bench-view.ts'
import { progressBar } from './progress.ts'

/** As shells report a program that Ctrl-C ended. */
const EXIT_INTERRUPTED = 130
const MIN_PROGRESS = 200
/** Prompts of each truth per file: every one is judged once per transform. */
const ROBUSTNESS_LIMIT = 200

interface RunOptions {
  readonly data: readonly string[]
  readonly classifier: string
  readonly limit?: number
  readonly seed: number
  readonly out?: string
  readonly json?: true
}

interface Options extends RunOptions {
  readonly side: SideChoice
  readonly showErrors?: number
}

/** `safelevel bench`: what the safeguards are worth on labelled data, as figures that anybody can repeat. */
export function benchCommand(): Command {
  return new Command('bench')
    .description('measure the safeguards on labelled data')
    .addCommand(classifierCommand())
    .addCommand(robustnessCommand())
}

function classifierCommand(): Command {
  return new Command('classifier')
    .description('measure a classifier on labelled texts: rankings, decisions, over-refusal, calibration, speed')
    .addOption(dataOption())
    .addOption(classifierOption())
    .addOption(
      new Option('--side <side>', 'judge every text as this; auto: each row by its role')
        .choices(SIDE_CHOICES)
        .default('auto'),
    )
    .option('--limit <n>', 'judge a sample of at most n rows of each file', positive)
    .option('--seed <n>', 'of the sample and of the bootstrap', whole, 1)
    .option('--out <dir>', 'write classifier.html and classifier.json there')
    .addOption(
      new Option('--show-errors <n>', 'also print the text of the n rows misjudged worst, of each sort')
        .argParser(positive)
        .conflicts('json'),
    )
    .option('--json', 'print one line of JSON')
    .action(benchClassifier)
}

async function benchClassifier(options: Options): Promise<void> {
  const random = seededRandom(options.seed)
  const surveys: Survey[] = []
  for (const path of options.data) surveys.push(await survey(path, { random, limit: options.limit }))
  const total = surveys.reduce((sum, { rows }) => sum + rows, 0)
  if (total === 0) throw new AppError('REQUEST_INVALID', 'the data holds no labelled row')
  const opened = await openClassifier(options.classifier)
  try {
    const judged = await withProgress('judging', total, (onRow, signal) =>
      judgeRows(opened, surveys, { side: options.side, clock: systemClock, onRow, signal }),
    )
    const { classifier, thresholds } = opened
    const summary = summarise({
      classifier: classifier.id,
      thresholds,
      side: options.side,
      surveys,
      judged,
      resamples: RESAMPLES,
      random,
    })
    const report: ClassifierReport = { ...summary, ...circumstances('classifier', options) }
    if (options.out !== undefined)
      save(options.out, 'classifier', report, classifierPage(report, curvesOf(judged.outcomes)))
    if (options.json) print(JSON.stringify(report))
    else {
      const colour = process.stdout.isTTY ?? false
      print(renderClassifierReport(report, colour))
      if (options.showErrors !== undefined) {
        const { missed, overRefused } = await misjudged(judged.outcomes, surveys, options.showErrors)
        print(renderMisjudged('Harmful, not flagged', missed, colour))
        print(renderMisjudged('Harmless, flagged', overRefused, colour))
      }
    }
    if (judged.interrupted) process.exitCode = EXIT_INTERRUPTED
  } finally {
    await opened.close()
  }
}

function robustnessCommand(): Command {
  return new Command('robustness')
    .description('measure what disguises, jailbreak wrappers and splitting do to recall and false positives')
    .addOption(dataOption())
    .addOption(classifierOption())
    .option('--limit <n>', 'draw at most n harmful and n harmless prompts from each file', positive, ROBUSTNESS_LIMIT)
    .option('--seed <n>', 'of the sample', whole, 1)
    .option('--out <dir>', 'write robustness.html and robustness.json there')
    .option('--json', 'print one line of JSON')
    .action(benchRobustness)
}

async function benchRobustness(options: RunOptions): Promise<void> {
  const random = seededRandom(options.seed)
  const surveys: Survey[] = []
  for (const path of options.data) {
    for (const harmful of [1, 0]) {
      const filter = (row: Row) => isPrompt(row) && row.harmful === harmful
      surveys.push(await survey(path, { random, limit: options.limit ?? ROBUSTNESS_LIMIT, filter }))
    }
  }
  const rows = surveys.reduce((sum, found) => sum + found.rows, 0)
  if (rows === 0) throw new AppError('REQUEST_INVALID', 'the data holds no labelled prompt')
  const opened = await openClassifier(options.classifier)
  try {
    const summary = await withProgress('judging', rows * TRANSFORMS.length, (onQuestion, signal) =>
      robustness(opened, surveys, { clock: systemClock, onQuestion, signal }),
    )
    const { resamples: _, ...repeat } = circumstances('robustness', options)
    const report: RobustnessReport = { ...summary, ...repeat, perFile: filesOf(surveys) }
    if (options.out !== undefined) save(options.out, 'robustness', report, robustnessPage(report))
    print(options.json ? JSON.stringify(report) : renderRobustnessReport(report, process.stdout.isTTY ?? false))
    if (report.interrupted) process.exitCode = EXIT_INTERRUPTED
  } finally {
    await opened.close()
  }
}

function dataOption(): Option {
  return new Option('--data <file>', 'JSON Lines with text, role and harmful; may be given several times')
    .argParser((path: string, before: readonly string[] | undefined) => [...new Set([...(before ?? []), path])])
    .makeOptionMandatory()
}

function classifierOption(): Option {
  return new Option('--classifier <id>', `what judges: ${CLASSIFIER_IDS.join(', ')}`).default('cascade')
}

function positive(value: string): number {
  const number = whole(value)
  if (number === 0) throw new InvalidArgumentError('At least 1.')
  return number
}

function whole(value: string): number {
  if (!/^\d{1,9}$/.test(value)) throw new InvalidArgumentError('A whole number.')
  return Number(value)
}

/** Shows how far the work is; the first Ctrl-C ends it early with what is done, the second ends the program. */
async function withProgress<T>(
  label: string,
  total: number,
  work: (onRow: (done: number) => void, signal: AbortSignal) => Promise<T>,
): Promise<T> {
  const progress = progressBar(label, process.stderr, { minTotal: MIN_PROGRESS, clock: systemClock })
  const stop = new AbortController()
  let done = 0
  const onSignal = () => {
    progress.clear()
    process.stderr.write(`interrupted: ${integer(done)} of ${integer(total)} judged\n`)
    stop.abort()
  }
  process.once('SIGINT', onSignal)
  try {
    return await work((count) => {
      done = count
      progress.show(count, total)
    }, stop.signal)
  } finally {
    process.off('SIGINT', onSignal)
    progress.clear()
  }
}

/** What is needed to repeat a run. */
function circumstances(
  name: string,
  { data, classifier, limit, seed, ...rest }: RunOptions & { readonly side?: SideChoice },
) {
  const side = rest.side ?? 'auto'
  const command = [
    `safelevel bench ${name}`,
    ...data.map((path) => `--data ${JSON.stringify(path)}`),
    `--classifier ${classifier}`,
    ...(side === 'auto' ? [] : [`--side ${side}`]),
    ...(limit === undefined ? [] : [`--limit ${limit}`]),
    `--seed ${seed}`,
  ].join(' ')
  const time = new Date(systemClock.now()).toISOString()
  return { command, time, seed, resamples: RESAMPLES, environment: environment() }
}

function save(dir: string, name: string, report: object, html: string): void {
  try {
    mkdirSync(dir, { recursive: true })
    writeFileSync(join(dir, `${name}.json`), `${JSON.stringify(report, null, 2)}\n`)
    writeFileSync(join(dir, `${name}.html`), html)
  } catch (cause) {
    throw new AppError('CONFIG_INVALID', `nothing can be written to ${dir}`, { cause })
  }
  process.stderr.write(`${join(dir, `${name}.html`)}\n${join(dir, `${name}.json`)}\n`)
}

function print(text: string): void {
  process.stdout.write(`${text}\n`)
}
