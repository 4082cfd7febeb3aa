import { Command } from 'commander'
import { iso, systemClock } from '../base/clock.ts'
import { AppError } from '../base/errors.ts'
import { MAX_PAGE } from '../ledger/index.ts'
import { type Activity, fromLedger, type InsiderAlert, Reorder } from '../weights/insider/index.ts'
import { activitiesOf, openFolder, type Reading, shippedDetector } from '../weights/insider/simulation/index.ts'
import { describeBytes } from './bytes.ts'
import { openReader } from './ledger-place.ts'
import { progressBar } from './progress.ts'

interface Options {
  readonly data?: string
  readonly fromLedger?: string | true
  readonly json?: true
}

/** `safelevel insider replay`: what detection makes of days that are past, with its reasons. */
export function insiderReplayCommand(): Command {
  return new Command('replay')
    .description('the alerts that detection gives for a folder of activities, or for this installation’s ledger')
    .option('--data <dir>', 'a folder of `insider simulate`, or one like it')
    .option('--from-ledger [folder]', 'the ledger of this installation, or of a folder')
    .option('--json', 'print one line of JSON for each alert')
    .action(replay)
}

async function replay({ data, fromLedger: ledger, json }: Options): Promise<void> {
  if ((data === undefined) === (ledger === undefined))
    throw new AppError('REQUEST_INVALID', 'name either --data DIR or --from-ledger')
  const reading: Reading = { malformed: 0, duplicates: 0, late: 0, lines: 0 }
  const bar = progressBar('detecting', process.stderr, {
    clock: systemClock,
    ...(data === undefined ? {} : { amount: describeBytes }),
  })
  const batches =
    data === undefined ? recorded(ledger === true ? undefined : ledger, bar.show) : kept(data, reading, bar.show)
  const detecting = shippedDetector(() => {})
  let alerts = 0
  try {
    for await (const batch of batches) {
      for (const activity of batch) {
        for (const alert of detecting.observe(activity)) {
          alerts++
          bar.clear()
          process.stdout.write(json ? `${JSON.stringify(alert)}\n` : lines(alert))
        }
      }
    }
  } finally {
    bar.clear()
  }
  if (reading.malformed > 0) process.stderr.write(`${reading.malformed} lines were no activities, and left out\n`)
  if (!json && alerts === 0) process.stdout.write('  no alerts\n')
}

async function* kept(dir: string, reading: Reading, show: (done: number, of: number) => void) {
  const folder = openFolder(dir)
  if (folder.manifest.synthetic) process.stderr.write('synthetic evidence: nobody in it exists\n')
  yield* activitiesOf(folder, reading, (done) => show(done, folder.sizeBytes))
}

/** Entries are in the order in which they were recorded, which is not quite that of their times. */
async function* recorded(
  folder: string | undefined,
  show: (done: number, of: number) => void,
): AsyncGenerator<readonly Activity[]> {
  const { reader, size } = await openReader(folder)
  const reorder = new Reorder()
  for (let from = 0; from < size; from += MAX_PAGE) {
    const entries = await reader.entries(from, MAX_PAGE, size)
    const activities = entries.flatMap((entry) => fromLedger(entry) ?? [])
    yield activities.flatMap((activity) => reorder.add(activity))
    show(Math.min(size, from + MAX_PAGE), size)
  }
  yield reorder.end()
}

function lines({ timeMs, person, risk, severity, isCertain, reasons }: InsiderAlert): string {
  const head = `  ${iso(timeMs)}  ${person}  risk ${risk.toFixed(1)}  ${severity}${isCertain ? ', certain' : ''}`
  return `${[head, ...reasons.map(({ nats, says }) => `    ${nats.toFixed(1).padStart(5)}  ${says}`)].join('\n')}\n`
}
