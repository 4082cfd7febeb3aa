import { existsSync, statSync } from 'node:fs'
import { open, readFile, rename, rm } from 'node:fs/promises'
import { dirname, join, resolve } from 'node:path'
import { Command } from 'commander'
import colors from 'picocolors'
import { z } from 'zod'
import { type BackupReport, type Manifest, restoreBackup, verifyBackup } from '../backup/index.ts'
import { systemClock } from '../base/clock.ts'
import { loadConfig } from '../base/config.ts'
import { syncFolder } from '../base/durable-file.ts'
import { AppError } from '../base/errors.ts'
import { systemIds } from '../base/ids.ts'
import { createLog } from '../base/log.ts'
import { keysDirOf } from '../db/index.ts'
import { keysAt, keysCommand, type SecretOptions, secretOptions } from './backup-keys.ts'
import { connectServer } from './connect-server.ts'
import { count, notVerified, print, readText } from './ledger-words.ts'
import { connectOperator } from './operator-client.ts'

interface CommandDeps {
  readonly env?: NodeJS.ProcessEnv
}

const OPERATOR = { type: 'operator', id: 'operator' } as const

/** `safelevel backup create|verify|keys|restore|settle` */
export function backupCommand({ env = process.env }: CommandDeps = {}): Command {
  return new Command('backup')
    .description('copies of everything that is kept, and the way back from one')
    .addCommand(createCommand(env))
    .addCommand(keysCommand(env))
    .addCommand(verifyCommand())
    .addCommand(restoreCommand(env))
    .addCommand(settleCommand(env))
}

function createCommand(env: NodeJS.ProcessEnv): Command {
  return new Command('create')
    .description(
      'write the database and the ledger, as they are at one instant, into one file; the server goes on meanwhile',
    )
    .argument('<target>', 'a file that is not there yet, or a folder in which it gets a name')
    .option('--json', 'print one line of JSON')
    .action(async (target: string, { json = false }: { json?: boolean }) => {
      const path = fileFor(target)
      const draft = `${path}.partial`
      await writeAll(draft, await source(env))
      // What can't be read back is no backup.
      const report = await verifyBackup(draft, dirname(draft), await digestKeyOf(env)).catch(async (error: unknown) => {
        await rm(draft, { force: true })
        throw error
      })
      await rename(draft, path)
      await syncFolder(dirname(path))
      const { manifest } = report
      print(json ? JSON.stringify({ path, ...facts(report) }) : created(path, manifest, env))
    })
}

function verifyCommand(): Command {
  return withSecrets(
    new Command('verify')
      .description(
        'read a whole backup: digests, the ledger up to its signed root, and with the keys that it is this installation’s',
      )
      .argument('<file>', 'what `backup create` wrote')
      .option('--keys <path>', 'the folder of keys, or what `backup keys` wrote'),
  )
    .option('--json', 'print one line of JSON')
    .action(async (file: string, { json, keys, ...secret }: SecretOptions & { keys?: string; json?: boolean }) => {
      const digestKey = keys === undefined ? null : ((await keysAt(keys, secret)).get('digest.key') ?? null)
      try {
        const report = await verifyBackup(resolve(file), dirname(resolve(file)), digestKey)
        print(json ? JSON.stringify({ verified: true, ...facts(report) }) : verifiedWords(report))
      } catch (error) {
        notVerified(error, json)
      }
    })
}

function restoreCommand(env: NodeJS.ProcessEnv): Command {
  return withSecrets(
    new Command('restore')
      .description('put an installation back into an empty data folder and, with DATABASE_URL, an empty database')
      .argument('<file>', 'what `backup create` wrote')
      .requiredOption('--keys <path>', 'the folder of keys, or what `backup keys` wrote'),
  )
    .option(
      '--checkpoint <file>',
      'the newest checkpoint of the log that anybody has kept (a witness, a follower, a cache): shows whether entries are lost',
    )
    .option('--accept-loss', 'go on although it shows that entries are lost')
    .option('--json', 'print one line of JSON')
    .action(restore)

  async function restore(
    file: string,
    options: SecretOptions & { keys: string; checkpoint?: string; acceptLoss?: boolean; json?: boolean },
  ): Promise<void> {
    const { keys, checkpoint, acceptLoss = false, json, ...secret } = options
    const { config, secrets } = loadConfig(env)
    const report = await restoreBackup({
      path: resolve(file),
      config,
      secrets,
      keys: await keysAt(keys, secret),
      newest: checkpoint === undefined ? null : await readText(checkpoint),
      acceptLoss,
      clock: systemClock,
      ids: systemIds,
      log: createLog('error'),
    })
    const { dataDir, keysDir, knownSize, manifest } = report
    if (json) return print(JSON.stringify({ dataDir, keysDir, knownSize, ...facts(report) }))
    print(
      [
        `restored    ${dataDir}, with the keys in ${keysDir}`,
        `as of       ${manifest.takenAt}: ${count(manifest.ledger.size)} on the ledger`,
        `lost        ${lossWords(manifest.ledger.size, knownSize)}`,
        '',
        'The first start records that this is a restoration, and says so until "safelevel backup settle".',
        'Weights are not in a backup: put their folder or bucket back by itself. Then:  safelevel doctor && safelevel serve',
      ].join('\n'),
    )
  }
}

function settleCommand(env: NodeJS.ProcessEnv): Command {
  return new Command('settle')
    .description('those whom it concerns know of the restoration: the server no longer says so; the ledger always does')
    .action(async () => {
      const client = await connectServer(env)
      await client.request('POST', '/api/v1/system/restoration/settle', z.null())
      print('settled; on the ledger as system.restoration_settled')
    })
}

function withSecrets(command: Command): Command {
  for (const option of secretOptions()) command.addOption(option)
  return command
}

function fileFor(target: string): string {
  const path = resolve(target)
  const name = `safelevel-${new Date(systemClock.now()).toISOString().replace(/[:.]/g, '-')}.tgz`
  const file = existsSync(path) && statSync(path).isDirectory() ? join(path, name) : path
  if (existsSync(file)) throw new AppError('CONFLICT', `${file} is there already: a backup is never written over`)
  return file
}

/** From the server that runs, or by this process where none does. */
async function source(env: NodeJS.ProcessEnv): Promise<AsyncIterable<Uint8Array>> {
  const { config, secrets } = loadConfig(env)
  const client = await connectOperator(env, config.dataDir)
  if (client !== null) return client.download('POST', '/api/v1/system/backup')
  return (async function* () {
    const { App } = await import('../app.ts')
    await using app = await App.open({ config, secrets, log: createLog('error') })
    await using made = await app.backups.make(OPERATOR)
    yield* made.bytes()
  })()
}

async function writeAll(path: string, chunks: AsyncIterable<Uint8Array>): Promise<void> {
  const file = await open(path, 'wx', 0o600)
  try {
    for await (const chunk of chunks) await file.writeFile(chunk)
    await file.sync()
  } catch (error) {
    await rm(path, { force: true })
    throw error
  } finally {
    await file.close()
  }
}

/** The installation's, where it lies on this machine. */
async function digestKeyOf(env: NodeJS.ProcessEnv): Promise<Buffer | null> {
  if (env.SAFELEVEL_URL) return null
  return await readFile(join(keysDirOf(loadConfig(env).config), 'digest.key')).catch(() => null)
}

function facts({ manifest, authentic }: BackupReport) {
  const { id, takenAt, version, store, ledger, tables } = manifest
  const rows = tables.reduce((sum, table) => sum + table.rows, 0)
  return { id, takenAt, version, store, origin: ledger.origin, entries: ledger.size, rows, authentic }
}

function created(path: string, manifest: Manifest, env: NodeJS.ProcessEnv): string {
  const { keys, ledger } = manifest
  return [
    `written     ${path}, and read back`,
    `holds       ${count(ledger.size)} of ${ledger.origin}, as of ${manifest.takenAt}`,
    '',
    colors.bold(`THE ${keys.length} KEYS ARE NOT IN IT.`),
    `Without them nothing that is sealed in it can be opened, and the ledger can't go on. Keep them apart from it:`,
    `  safelevel backup keys <file>         (they lie in ${env.SAFELEVEL_URL ? 'the server’s folder of keys' : keysDirOf(loadConfig(env).config)})`,
    'Weights are not in it either: their folder or bucket is copied by itself.',
  ].join('\n')
}

function verifiedWords(report: BackupReport): string {
  const { id, takenAt, version, origin, entries, rows, authentic } = facts(report)
  return [
    `verified    ${id} of ${takenAt}, by Safelevel ${version}: ${report.manifest.files.length} files as they were written`,
    `database    ${rows} rows`,
    `ledger      ${origin}: ${count(entries)}; every body is the one that was committed to, and they lead to the signed root`,
    `written by  ${authentic === null ? 'not looked at: give --keys' : 'an installation with these keys'}`,
  ].join('\n')
}

function lossWords(size: number, knownSize: number | null): string {
  if (knownSize === null)
    return 'what was recorded after it, if anything was: nobody said how large the log had become (--checkpoint)'
  return knownSize > size
    ? `${count(knownSize - size)} that were published after it`
    : 'nothing that was known to be published'
}
