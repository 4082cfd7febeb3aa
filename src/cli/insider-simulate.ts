import { readFileSync } from 'node:fs'
import { Command, InvalidArgumentError } from 'commander'
import { systemClock } from '../base/clock.ts'
import { AppError } from '../base/errors.ts'
import {
  CAMPAIGNS_HELP,
  campaignsNamed,
  parseOverrides,
  type Simulated,
  simulateFolder,
} from '../weights/insider/simulation/index.ts'
import { progressBar } from './progress.ts'

/** As shells report a program that Ctrl-C ended. */
const EXIT_INTERRUPTED = 130
const MOST_PEOPLE = 50_000
const MOST_DAYS = 3_660

interface Options {
  readonly people: number
  readonly days: number
  readonly seed: number
  readonly out: string
  readonly campaigns?: number
  readonly kinds: string
  readonly parameters?: string
  readonly json?: true
}

/** `safelevel insider simulate`: an invented organisation, its days and its insiders, as a folder. */
export function insiderSimulateCommand(): Command {
  return new Command('simulate')
    .description('invent an organisation with insiders in it and write down what it does (synthetic data)')
    .option('--people <n>', 'who work there on the first day', wholeUpTo(MOST_PEOPLE, 20), 1_000)
    .option('--days <n>', 'that it lives through', wholeUpTo(MOST_DAYS, 2), 120)
    .option('--seed <n>', 'the same seed gives the same organisation, byte for byte', wholeUpTo(999_999_999, 0), 1)
    .requiredOption('--out <dir>', 'a folder that does not exist yet')
    .option(
      '--campaigns <n>',
      'campaigns that are planted; left out, one for nine people in 120 days',
      wholeUpTo(10_000, 0),
    )
    .option('--kinds <names>', CAMPAIGNS_HELP, 'own')
    .option(
      '--parameters <file>',
      'JSON: names of figures with a number, [from, to] or {from, to, log}, instead of the defaults',
    )
    .option('--json', 'print one line of JSON')
    .action(simulate)
}

async function simulate({ json, parameters, kinds, campaigns, ...options }: Options): Promise<void> {
  const overrides = parameters === undefined ? undefined : readParameters(parameters)
  const bar = progressBar('simulating', process.stderr, {
    minTotal: 1,
    clock: systemClock,
    amount: (days) => `${days.toFixed(1)} days`,
  })
  let isStopped = false
  const stop = () => {
    isStopped = true
  }
  process.once('SIGINT', stop)
  try {
    const done = await simulateFolder({
      ...options,
      ...(overrides === undefined ? {} : { overrides }),
      ...(campaigns === undefined ? {} : { campaigns }),
      ...{ kinds: campaignsNamed(kinds), progress: bar.show, isStopped: () => isStopped },
    })
    bar.clear()
    if (done === null) {
      process.stderr.write('interrupted: nothing was kept; the same command begins again and gives the same days\n')
      process.exitCode = EXIT_INTERRUPTED
    } else process.stdout.write(json ? `${JSON.stringify(done)}\n` : render(done, options.out))
  } finally {
    bar.clear()
    process.off('SIGINT', stop)
  }
}

function readParameters(path: string) {
  let parsed: unknown
  try {
    parsed = JSON.parse(readFileSync(path, 'utf8'))
  } catch (cause) {
    throw new AppError('REQUEST_INVALID', `${path} is no JSON file that can be read`, { cause })
  }
  return parseOverrides(parsed)
}

function render({ people, days, seed, activities, campaigns, byKind, digest }: Simulated, out: string): string {
  const width = Math.max(0, ...Object.keys(byKind).map(({ length }) => length))
  const kinds = Object.entries(byKind).map(([kind, count]) => `    ${kind.padEnd(width)}  ${count}`)
  return `${[
    `  Synthetic organisation   ${people.toLocaleString('en')} people, ${days} days, seed ${seed}`,
    `  Activities               ${activities.toLocaleString('en')}`,
    `  Campaigns planted        ${campaigns}`,
    ...kinds,
    `  Folder                   ${out}`,
    `  SHA-256                  ${digest}`,
    '',
    `  Measure detection on it: safelevel insider score --data ${out}`,
  ].join('\n')}\n`
}

function wholeUpTo(most: number, least: number): (value: string) => number {
  return (value) => {
    const number = /^\d{1,9}$/.test(value) ? Number(value) : Number.NaN
    if (number >= least && number <= most) return number
    throw new InvalidArgumentError(`A whole number from ${least} to ${most}.`)
  }
}
