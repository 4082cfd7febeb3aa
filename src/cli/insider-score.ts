import { mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { Command, InvalidArgumentError } from 'commander'
import { systemClock } from '../base/clock.ts'
import { AppError } from '../base/errors.ts'
import { openFolder, plotsOf, runDetector, score, shippedDetector } from '../weights/insider/simulation/index.ts'
import { describeBytes } from './bytes.ts'
import { renderScore } from './insider-view.ts'
import { progressBar } from './progress.ts'

const EXIT_INTERRUPTED = 130
const RESAMPLES = 2_000
const MOST_RESAMPLES = 100_000

interface Options {
  readonly data: string
  readonly plots?: string
  readonly resamples: number
  readonly seed: number
  readonly json?: true
}

/** `safelevel insider score`: what detection finds of what was planted, at how many false alerts, and how much was lost until then. */
export function insiderScoreCommand(): Command {
  return new Command('score')
    .description('measure detection on a folder of `insider simulate`, or one like it')
    .requiredOption('--data <dir>', 'manifest.json, truth.jsonl and activity-YYYY-MM-DD.jsonl')
    .option('--plots <dir>', 'write plots (SVG) and a page there')
    .option('--resamples <n>', 'of the bootstrap', whole, RESAMPLES)
    .option('--seed <n>', 'of the bootstrap', whole, 1)
    .option('--json', 'print one line of JSON')
    .action(measure)
}

async function measure({ data, plots, resamples, seed, json }: Options): Promise<void> {
  if (resamples < 1 || resamples > MOST_RESAMPLES)
    throw new AppError('REQUEST_INVALID', `--resamples: 1 to ${MOST_RESAMPLES}`)
  const folder = openFolder(data)
  const bar = progressBar('detecting', process.stderr, { clock: systemClock, amount: describeBytes })
  const stop = new AbortController()
  const onSignal = () => stop.abort()
  process.once('SIGINT', onSignal)
  try {
    const onBytes = (done: number) => bar.show(done, folder.sizeBytes)
    const run = await runDetector(folder, shippedDetector, { onBytes, signal: stop.signal })
    const measured = score(run, folder.manifest, { resamples, seed })
    bar.clear()
    if (plots !== undefined) save(plots, plotsOf(measured))
    process.stdout.write(json ? `${JSON.stringify(measured)}\n` : renderScore(measured, process.stdout.isTTY ?? false))
  } catch (error) {
    if (!stop.signal.aborted) throw error
    bar.clear()
    process.stderr.write('interrupted: nothing is measured before the whole folder was looked at\n')
    process.exitCode = EXIT_INTERRUPTED
  } finally {
    bar.clear()
    process.off('SIGINT', onSignal)
  }
}

function save(dir: string, files: Record<string, string>): void {
  try {
    mkdirSync(dir, { recursive: true })
    for (const [name, text] of Object.entries(files)) writeFileSync(join(dir, name), text)
  } catch (cause) {
    throw new AppError('CONFIG_INVALID', `nothing can be written to ${dir}`, { cause })
  }
  process.stderr.write(`${join(dir, 'index.html')}\n`)
}

function whole(value: string): number {
  if (!/^\d{1,9}$/.test(value)) throw new InvalidArgumentError('A whole number.')
  return Number(value)
}
