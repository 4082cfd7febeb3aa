import { createHash } from 'node:crypto'
import { mkdir, open, rename, rm } from 'node:fs/promises'
import { dirname, join, resolve } from 'node:path'
import { Command, Option } from 'commander'
import { systemClock } from '../base/clock.ts'
import { loadConfig } from '../base/config.ts'
import { AppError } from '../base/errors.ts'
import type { Grant } from '../weights/access/index.ts'
import { checkPaths, requireFreshFolder, type WeightFile } from '../weights/sandbox/index.ts'
import { describeBytes } from './bytes.ts'
import { progressBar } from './progress.ts'
import { openVaultClient } from './vault-client/index.ts'
import { weightFiles } from './vault-client/weight-files.ts'

interface GetOptions {
  readonly grant: string
  readonly to: string
  readonly file: readonly string[]
  readonly json?: true
}

/** `safelevel vault get`: an export, in the clear, as the registered copy that its grant makes. */
export function getCommand(env: NodeJS.ProcessEnv = process.env): Command {
  return new Command('get')
    .description('export weights, in the clear, to where their copy is registered; by a grant for it (`export`)')
    .requiredOption('--grant <id>', 'for this host, to export')
    .requiredOption('--to <folder>', 'new or empty')
    .option('--file <path>', 'only this file of those that the grant covers; again for more', collect, [])
    .addOption(new Option('--json', 'print what was exported as JSON'))
    .action(async (options: GetOptions) => {
      const client = await openVaultClient(env, loadConfig(env).config.dataDir)
      const { grant } = await client.grant(options.grant)
      requireCopy(grant)
      const to = resolve(options.to)
      await requireFreshFolder(to)
      const session = await client.session(grant.id)
      const files = await weightFiles(session, options.file)
      await exportFiles(files, to)
      const copied = files.map(({ path, sizeBytes, sha256 }) => ({ path, sizeBytes, sha256 }))
      if (options.json) {
        console.log(JSON.stringify({ grant: grant.id, version: grant.version, copy: grant.copy, to, files: copied }))
        return
      }
      for (const { path, sizeBytes, sha256 } of copied)
        console.log(`${sha256?.slice(0, 16)}…  ${describeBytes(sizeBytes)}  ${path}`)
      process.stderr.write(`${copyWords(grant, to)}\n`)
    })
}

/** An export without a registered copy is none. */
function requireCopy({ use, copy }: Grant): void {
  if (use === 'export' && copy !== null) return
  throw new AppError('FORBIDDEN', 'this grant makes no copy: request one to export, which says where and for how long')
}

function copyWords({ version, copy }: Grant, to: string): string {
  return `${version} lies in the clear at ${to}, as copy ${copy}: when it is no longer needed, destroy it and say so (safelevel vault copies)`
}

/** All of the files, or none: a folder beside the last one takes them until they are whole. */
async function exportFiles(files: readonly WeightFile[], to: string): Promise<void> {
  checkPaths(files)
  const total = files.reduce((sum, { sizeBytes }) => sum + sizeBytes, 0)
  const bar = progressBar('exporting', process.stderr, { minTotal: 1, clock: systemClock, amount: describeBytes })
  const interrupted = new AbortController()
  const onInterrupt = () => interrupted.abort(new AppError('CONFLICT', 'interrupted: nothing was kept'))
  for (const name of ['SIGINT', 'SIGTERM'] as const) process.once(name, onInterrupt)
  const draft = `${to}.part`
  let done = 0
  await mkdir(draft, { mode: 0o700 }).catch((cause: unknown) => {
    throw new AppError('CONFLICT', `${draft} is in the way: an export was cut off there, or runs`, { cause })
  })
  try {
    const onBytes = (count: number) => {
      done += count
      bar.show(done, total)
    }
    for (const file of files) await exportFile(file, draft, interrupted.signal, onBytes)
    await rename(draft, to)
  } catch (error) {
    await rm(draft, { recursive: true, force: true })
    throw interrupted.signal.aborted ? interrupted.signal.reason : error
  } finally {
    bar.clear()
    for (const name of ['SIGINT', 'SIGTERM'] as const) process.off(name, onInterrupt)
  }
}

async function exportFile(
  file: WeightFile,
  folder: string,
  signal: AbortSignal,
  onBytes: (count: number) => void,
): Promise<void> {
  const target = join(folder, file.path)
  await mkdir(dirname(target), { recursive: true, mode: 0o700 })
  await using handle = await open(target, 'wx', 0o600)
  const hash = createHash('sha256')
  for await (const chunk of file.open(signal)) {
    hash.update(chunk)
    await handle.writeFile(chunk)
    onBytes(chunk.length)
  }
  await handle.sync()
  if (hash.digest('hex') !== file.sha256)
    throw new AppError('VERIFICATION_FAILED', 'a file of weights did not come as it was sealed: nothing was kept')
}

function collect(value: string, before: readonly string[]): readonly string[] {
  return [...before, value]
}
