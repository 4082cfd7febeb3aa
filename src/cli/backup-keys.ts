import { existsSync, readFileSync, statSync } from 'node:fs'
import { writeFile } from 'node:fs/promises'
import { resolve } from 'node:path'
import { Command, Option } from 'commander'
import { z } from 'zod'
import { type KeySecret, type Keys, openKeys, readKeys, sealKeys } from '../backup/index.ts'
import { loadConfig } from '../base/config.ts'
import { AppError } from '../base/errors.ts'
import { createLog } from '../base/log.ts'
import { keysDirOf } from '../db/index.ts'
import { askNewPassphrase, askPassphrase } from './ask-passphrase.ts'
import { print } from './ledger-words.ts'
import { connectOperator } from './operator-client.ts'

const OPERATOR = { type: 'operator', id: 'operator' } as const

/** What opens a sealed copy of the keys. */
export interface SecretOptions {
  readonly identity?: string
  readonly passphraseFile?: string
}

const passphraseFile = () =>
  new Option('--passphrase-file <file>', 'its first line is the passphrase; asked for otherwise')

/** For commands that open a sealed copy of the keys. */
export function secretOptions(): Option[] {
  return [
    new Option('--identity <file>', 'a secret key of age (AGE-SECRET-KEY-1…) that opens the keys').conflicts(
      'passphraseFile',
    ),
    passphraseFile(),
  ]
}

/** `safelevel backup keys` */
export function keysCommand(env: NodeJS.ProcessEnv): Command {
  return new Command('keys')
    .description('seal a copy of the installation’s keys, to be kept where backups are not')
    .argument('<file>', 'a file that is not there yet')
    .option('--recipient <age1…>', 'seal it to this public key of age; may be given several times', collect, [])
    .addOption(passphraseFile().conflicts('recipient'))
    .option('--json', 'print one line of JSON')
    .action(async (file: string, options: { recipient: string[]; passphraseFile?: string; json?: boolean }) => {
      const dir = keysDirOf(loadConfig(env).config)
      const keys = readKeys(dir)
      if (keys === null || keys.size === 0) throw new AppError('NOT_FOUND', `there are no keys in ${dir}`)
      const path = resolve(file)
      if (existsSync(path)) throw new AppError('CONFLICT', `${path} is there already: keys are never written over`)
      const { recipient: age, passphraseFile: from } = options
      const secret: KeySecret =
        age.length > 0 ? { age } : { passphrase: from === undefined ? await askNewPassphrase() : firstLine(from) }
      await tell(env, keys.size, age.length > 0 ? 'recipients' : 'passphrase')
      await writeFile(path, await sealKeys(keys, secret), { flag: 'wx', mode: 0o600, flush: true })
      const names = [...keys.keys()].sort()
      if (options.json) return print(JSON.stringify({ path, keys: names }))
      print(
        `${path} holds ${names.length} keys from ${dir}, sealed. Keep it apart from the backups: together they are everything.`,
      )
    })
}

/** On record before it is done, by the server that runs, or by this process where none does. */
async function tell(env: NodeJS.ProcessEnv, keys: number, sealedTo: 'recipients' | 'passphrase'): Promise<void> {
  const { config, secrets } = loadConfig(env)
  const client = await connectOperator(env, config.dataDir)
  if (client !== null) {
    await client.request('POST', '/api/v1/system/backup/keys-copied', z.null(), { keys, sealedTo })
    return
  }
  const { App } = await import('../app.ts')
  await using app = await App.open({ config, secrets, log: createLog('error') })
  await app.backups.keysCopied({ keys, sealedTo }, OPERATOR)
}

/**
 * Keys in a folder, or sealed in a file.
 *
 * @throws {AppError} NOT_FOUND, VERIFICATION_FAILED
 */
export async function keysAt(path: string, { identity, passphraseFile: from }: SecretOptions): Promise<Keys> {
  const at = resolve(path)
  if (!existsSync(at)) throw new AppError('NOT_FOUND', `there is no ${at}`)
  if (statSync(at).isDirectory()) return readKeys(at) ?? new Map()
  if (identity !== undefined) return await openKeys(at, { age: identitiesIn(identity) })
  const passphrase = from === undefined ? await askPassphrase('Passphrase of the keys: ') : firstLine(from)
  return await openKeys(at, { passphrase })
}

function collect(value: string, before: string[]): string[] {
  return [...before, value]
}

function firstLine(file: string): string {
  const line = read(file).split(/\r?\n/, 1)[0] ?? ''
  if (line === '') throw new AppError('REQUEST_INVALID', `${file} holds no passphrase in its first line`)
  return line
}

/** As age-keygen writes them, with comments. */
function identitiesIn(file: string): string[] {
  const lines = read(file).split(/\r?\n/)
  return lines.map((line) => line.trim()).filter((line) => line !== '' && !line.startsWith('#'))
}

function read(file: string): string {
  try {
    return readFileSync(file, 'utf8')
  } catch (cause) {
    throw new AppError('NOT_FOUND', `${file} can't be read`, { cause })
  }
}
