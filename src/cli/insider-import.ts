import { Command, InvalidArgumentError, Option } from 'commander'
import { systemClock } from '../base/clock.ts'
import { DATA_SETS, type Imported, importFolder } from '../weights/insider/simulation/index.ts'
import { progressBar } from './progress.ts'

interface Options {
  readonly format: (typeof DATA_SETS)[number]
  readonly from: string
  readonly out: string
  readonly release?: string
  readonly days?: number
  readonly json?: true
}

/** `safelevel insider import`: a data set of others, which the user has, in the form that `insider score` reads. */
export function insiderImportCommand(): Command {
  return new Command('import')
    .description('bring a public data set that you have into the form that `insider score` reads; none is shipped')
    .addOption(new Option('--format <name>', 'which one').choices(DATA_SETS).makeOptionMandatory())
    .requiredOption(
      '--from <dir>',
      'cert: logon.csv, device.csv, …, answers/insiders.csv; lanl: auth.txt, proc.txt, redteam.txt, also .gz',
    )
    .requiredOption('--out <dir>', 'a folder that does not exist yet')
    .option('--release <number>', 'of CERT: 4.2; left out, from the name of the folder')
    .option('--days <n>', 'only the first n days', positive)
    .option('--json', 'print one line of JSON')
    .action(async ({ json, ...options }: Options) => {
      const bar = progressBar('reading', process.stderr, { clock: systemClock })
      try {
        // How much there is, is known at the end only: the bar says how fast it goes.
        const done = await importFolder({ ...options, progress: (count) => bar.show(count, Math.max(count * 2, 1)) })
        bar.clear()
        process.stdout.write(json ? `${JSON.stringify(done)}\n` : render(done, options.out))
      } finally {
        bar.clear()
      }
    })
}

function render({ origin, activities, days, people, campaigns, faults }: Imported, out: string): string {
  return `${[
    `  Data set     ${origin}`,
    `  Activities   ${activities.toLocaleString('en')} on ${days} days, by ${people.toLocaleString('en')} people`,
    `  Campaigns    ${campaigns}`,
    ...(faults === 0 ? [] : [`  Left out     ${faults.toLocaleString('en')} rows that tell of no activity`]),
    `  Folder       ${out}`,
  ].join('\n')}\n`
}

function positive(value: string): number {
  if (!/^[1-9]\d{0,4}$/.test(value)) throw new InvalidArgumentError('A whole number from 1.')
  return Number(value)
}
