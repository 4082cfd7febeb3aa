import { resolve } from 'node:path'
import { Command, Option } from 'commander'
import { systemClock } from '../base/clock.ts'
import { loadConfig } from '../base/config.ts'
import { AppError } from '../base/errors.ts'
import { systemIds } from '../base/ids.ts'
import type { Grant } from '../weights/access/index.ts'
import { runInSandbox, type SandboxOutcome } from '../weights/sandbox/index.ts'
import { describeBytes, parseBytes } from './bytes.ts'
import { progressBar } from './progress.ts'
import { deviceKeyPath, openVaultClient } from './vault-client/index.ts'
import { watchGrant } from './vault-client/watch-grant.ts'
import { weightFiles } from './vault-client/weight-files.ts'
import { environmentOf, readablePaths } from './vault-run-options.ts'

interface RunOptions {
  readonly grant: string
  readonly out?: string
  readonly outLimit: string
  readonly printLimit: string
  readonly memory?: string
  readonly processes: string
  readonly file: readonly string[]
  readonly with: readonly string[]
  readonly env: readonly string[]
  readonly allowSwap?: true
  readonly json?: true
}

const EXAMPLES = `
Inside, the weights lie in /weights and what is left in /out is let out; there is no network unless the grant names a destination.

Examples:
  safelevel vault run --grant wgrant_… -- sha256sum /weights/model.safetensors
  safelevel vault run --grant wgrant_… --with /opt/eval --out results -- python3 /opt/eval/run.py

Exits as the command does; 128 and more when a signal ended it; as any other command of Safelevel when it could not be run.`

/** `safelevel vault run`: opens weights in a sandbox and nowhere else. */
export function runCommand(env: NodeJS.ProcessEnv = process.env): Command {
  return new Command('run')
    .description('run a command with weights, in a sandbox where they lie in memory alone')
    .argument('<command...>', 'after `--`')
    .requiredOption('--grant <id>', 'for this host, to be used in a sandbox (`run`)')
    .option('--file <path>', 'only this file of those that the grant covers; again for more', collect, [])
    .option('--out <folder>', 'new or empty, for what the command leaves in /out')
    .option('--out-limit <bytes>', 'most that may be left there', '1GB')
    .option('--print-limit <bytes>', 'most that it may print', '16MB')
    .option(
      '--with <path>',
      'a file or folder of this host to be read inside, at the same place; again for more',
      collect,
      [],
    )
    .option('--env <name[=value]>', 'a variable that it gets; again for more', collect, [])
    .option('--memory <bytes>', 'most that it may have in memory besides the weights')
    .option('--processes <count>', 'most processes and threads at once', '4096')
    .addOption(new Option('--allow-swap', 'run even where memory may be swapped to disks that are not encrypted'))
    .addOption(new Option('--json', 'report on standard error as JSON'))
    .addHelpText('after', EXAMPLES)
    .action(async (command: string[], options: RunOptions) => {
      process.exitCode = await run(env, command, options)
    })
}

async function run(env: NodeJS.ProcessEnv, command: string[], options: RunOptions): Promise<number> {
  const { dataDir } = loadConfig(env).config
  const readable = readablePaths(options.with, [dataDir, deviceKeyPath(env)])
  const client = await openVaultClient(env, dataDir)
  const { grant } = await client.grant(options.grant)
  requireUse(grant)
  const files = await weightFiles(await client.session(grant.id), options.file)
  await using ended = stopWhenTold(watchGrant(client, grant.id))
  const bar = progressBar('opening', process.stderr, { minTotal: 1, clock: systemClock, amount: describeBytes })
  const outcome = await runInSandbox({
    command,
    files,
    readable,
    env: environmentOf(options.env, env),
    outDir: options.out === undefined ? null : resolve(options.out),
    outLimitBytes: parseBytes(options.outLimit),
    printLimitBytes: parseBytes(options.printLimit),
    memoryLimitBytes: options.memory === undefined ? null : parseBytes(options.memory),
    processLimit: countOf(options.processes),
    destination: grant.destination && { ...grant.destination, limitBytes: grant.budgetBytes },
    allowSwap: options.allowSwap === true,
    stdin: process.stdin,
    stdout: process.stdout,
    stderr: process.stderr,
    signal: ended.signal,
    ids: systemIds,
    onProgress: (done, of) => (done < of ? bar.show(done, of) : bar.clear()),
  }).finally(() => bar.clear())
  report(outcome, grant, options)
  return outcome.status
}

function requireUse({ use }: Grant): void {
  if (use === 'run') return
  throw new AppError('FORBIDDEN', `this grant is for another use (${use}): request one to be used in a sandbox (run)`)
}

/** Interrupts end the run in order; so does the end of its grant. */
function stopWhenTold(watch: { readonly signal: AbortSignal; close(): void }) {
  const stop = new AbortController()
  const onSignal = (name: NodeJS.Signals) =>
    stop.abort(new AppError('CONFLICT', `ended by ${name}: nothing was let out`))
  for (const name of SIGNALS) process.once(name, onSignal)
  return {
    signal: AbortSignal.any([stop.signal, watch.signal]),
    async [Symbol.asyncDispose]() {
      for (const name of SIGNALS) process.off(name, onSignal)
      watch.close()
    },
  }
}
const SIGNALS = ['SIGINT', 'SIGTERM', 'SIGHUP'] as const

function report(outcome: SandboxOutcome, grant: Grant, options: RunOptions): void {
  const { status, out, left, printedBytes, destination, bounds } = outcome
  if (options.json) {
    const to = options.out ?? null
    process.stderr.write(
      `${JSON.stringify({ status, grant: grant.id, version: grant.version, to, out, left, printedBytes, destination, bounds })}\n`,
    )
    return
  }
  const total = out.reduce((sum, { sizeBytes }) => sum + sizeBytes, 0)
  const where = options.out === undefined ? 'left in /out and not kept (--out keeps it)' : `let out to ${options.out}`
  const lines = [
    `${grant.version}: the command ended with ${status}, printed ${describeBytes(printedBytes)}; its memory was bounded by ${bounds === 'control group' ? 'a control group' : 'process alone'}`,
    ...(out.length === 0 ? [] : [`${out.length} files, ${describeBytes(total)}, ${where}:`]),
    ...out.map(({ path, sizeBytes, sha256 }) => `  ${sha256.slice(0, 16)}…  ${describeBytes(sizeBytes)}  ${path}`),
    ...left.map(({ path, why }) => `  stayed behind: ${path}, ${why}`),
    ...(destination === null
      ? []
      : [
          `to the destination ${describeBytes(destination.upBytes)}, from it ${describeBytes(destination.downBytes)}, in ${destination.connections} connections; ${destination.refused} refused`,
        ]),
  ]
  process.stderr.write(`${lines.map((line) => `safelevel: ${line}\n`).join('')}`)
}

function countOf(text: string): number {
  const count = Number(text)
  if (Number.isInteger(count) && count >= 4 && count <= 1_000_000) return count
  throw new AppError('REQUEST_INVALID', '--processes is a number from 4 to 1000000')
}

function collect(value: string, before: readonly string[]): readonly string[] {
  return [...before, value]
}
