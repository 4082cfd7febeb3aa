import { stat } from 'node:fs/promises'
import { basename, dirname, resolve } from 'node:path'
import { setTimeout as wait } from 'node:timers/promises'
import { Command, Option } from 'commander'
import { z } from 'zod'
import { systemClock } from '../base/clock.ts'
import { AppError } from '../base/errors.ts'
import { describeModelFile, findModelFiles, type ModelFile, Upload } from '../weights/vault/index.ts'
import { describeBytes } from './bytes.ts'
import { connectServer } from './connect-server.ts'
import type { OperatorClient } from './operator-client.ts'
import { progressBar } from './progress.ts'
import { sendParts, uploadPath } from './vault-send.ts'
import { ShownVersion } from './vault-versions.ts'
import { versionLine } from './vault-view.ts'

const Nothing = z.null()

interface PutOptions {
  readonly model: string
  readonly version: string
  readonly receipt?: string
  readonly anew?: true
  readonly json?: true
}

/** `safelevel vault put`: plaintext goes to the server, which encrypts it as it comes and stores nothing else. */
export function putCommand(env: NodeJS.ProcessEnv): Command {
  return new Command('put')
    .description('put a version of a model into the vault; the same command again goes on where it was interrupted')
    .argument('<path>', 'a folder or a file')
    .requiredOption('--model <name>', 'the model line')
    .requiredOption('--version <name>', 'what it is called in that line: of a checkpoint, its name there')
    .option('--receipt <id>', 'the receipt of the training gate that it was trained under')
    .option('--anew', 'throw away what was sent of it before')
    .addOption(new Option('--json', 'print the version as JSON'))
    .action(async (path: string, options: PutOptions) => {
      const { root, files } = await findFiles(path)
      const client = await connectServer(env)
      const upload = await begin(client, files, options)
      await sendAll(client, root, files, upload)
      const version = await client.request('POST', `${uploadPath(upload.id)}/seal`, ShownVersion)
      if (options.json) return console.log(JSON.stringify(version))
      console.log(versionLine(version))
      process.stderr.write(
        `manifest ${version.manifestDigest}\nThe files at ${path} lie there in the clear: delete them when nobody needs them.\n`,
      )
    })
}

async function findFiles(path: string): Promise<{ root: string; files: readonly ModelFile[] }> {
  const whole = resolve(path)
  const stats = await stat(whole).catch((cause: unknown) => {
    throw new AppError('NOT_FOUND', `there is nothing at ${path}`, { cause })
  })
  const isFolder = stats.isDirectory()
  const root = isFolder ? whole : dirname(whole)
  const files = isFolder ? await findModelFiles(root) : [await describeModelFile(root, basename(whole))]
  if (files.length === 0) throw new AppError('REQUEST_INVALID', `there is no file in ${path}`)
  return { root, files }
}

async function begin(client: OperatorClient, files: readonly ModelFile[], options: PutOptions): Promise<Upload> {
  const { model, version, receipt = null, anew } = options
  const body = { model, version, receipt, files: files.map(({ path, sizeBytes }) => ({ path, sizeBytes })) }
  const ask = () => client.request('POST', '/api/v1/weights/uploads', Upload, body)
  const upload = await ask()
  if (anew !== true || upload.files.every(({ stored }) => stored.length === 0)) return upload
  await client.request('DELETE', uploadPath(upload.id), Nothing)
  return await ask()
}

/** A bar while it runs; an interruption says what is kept and how to go on. */
async function sendAll(
  client: OperatorClient,
  root: string,
  files: readonly ModelFile[],
  upload: Upload,
): Promise<void> {
  const total = files.reduce((sum, { sizeBytes }) => sum + sizeBytes, 0)
  const bar = progressBar('sealing', process.stderr, { minTotal: 1, clock: systemClock, amount: describeBytes })
  const interrupted = new AbortController()
  const onInterrupt = () => interrupted.abort()
  process.once('SIGINT', onInterrupt)
  let sent = 0
  const onProgress = (done: number) => {
    sent = done
    bar.show(done, total)
  }
  try {
    await sendParts({ client, root, upload, files, onProgress, wait, signal: interrupted.signal })
  } catch (error) {
    if (!interrupted.signal.aborted) throw error
    const kept = `${describeBytes(sent)} of ${describeBytes(total)} are in`
    throw new AppError(
      'CONFLICT',
      `interrupted; ${kept}, and stay until ${upload.endsAt}: the same command again goes on`,
    )
  } finally {
    process.off('SIGINT', onInterrupt)
    bar.clear()
  }
}
