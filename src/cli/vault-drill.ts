import { existsSync, readFileSync, realpathSync } from 'node:fs'
import { copyFile, mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join, resolve, sep } from 'node:path'
import { Command, Option } from 'commander'
import { parseDocument } from 'yaml'
import { z } from 'zod'
import {
  DRILL_PARTS,
  DrillChallenge,
  type DrillPart,
  type DrillPiece,
  DrillReport,
  type Keys,
  ROOT_KEY_FILE,
  solveDrill,
} from '../backup/index.ts'
import { systemClock } from '../base/clock.ts'
import { loadConfig } from '../base/config.ts'
import { Egress } from '../base/egress.ts'
import { AppError } from '../base/errors.ts'
import { createIds } from '../base/ids.ts'
import { keysDirOf } from '../db/index.ts'
import {
  type KeyProvider,
  KeyProviderConfig,
  LocalKeyProvider,
  openKeyProvider,
  readPassphrase,
} from '../weights/vault/index.ts'
import { askPassphrase } from './ask-passphrase.ts'
import { keysAt, type SecretOptions, secretOptions } from './backup-keys.ts'
import { connectServer } from './connect-server.ts'
import { print } from './ledger-words.ts'
import { json } from './vault-versions.ts'

interface Given extends SecretOptions {
  readonly keys?: string
  readonly rootKey?: string
  readonly rootPassphraseFile?: string
  readonly second?: string
  readonly key?: DrillPart[]
  readonly files: number
  readonly json?: true
}

/** In memory where there is such a place: what was recovered need not lie on a disk. */
const MEMORY = '/dev/shm'
const clock = systemClock
const ids = createIds()

const WHY: Readonly<Record<string, string>> = {
  NOT_FOUND: 'not in what was brought',
  VERIFICATION_FAILED: 'what was brought does not open it',
  CONFIG_INVALID: 'what was brought is no such key',
  FORBIDDEN: 'the second place refuses us',
  UPSTREAM_UNAVAILABLE: 'the second place does not answer',
}

/** `safelevel vault drill …` */
export function drillCommand(env: NodeJS.ProcessEnv): Command {
  const lostKey = new Command('lost-key')
    .description(
      'try whether the copies of the keys, and they alone, open what is sealed; on record either way; exits 1 unless all is recovered',
    )
    .option('--keys <path>', 'the copy of the key files: as `backup keys` sealed it, or a folder')
  for (const option of secretOptions()) lostKey.addOption(option)
  return new Command('drill').description('rehearse what must not happen').addCommand(
    lostKey
      .option(
        '--root-key <file>',
        `the copy of the root key of weights, where it is not ${ROOT_KEY_FILE} among the keys`,
      )
      .option('--root-passphrase-file <file>', 'its first line opens the root key; asked for otherwise')
      .addOption(
        new Option('--second <file>', 'a second place of the root key: YAML, in the form of weights.key').conflicts(
          'rootKey',
        ),
      )
      .addOption(new Option('--key <part...>', 'only these').choices(DRILL_PARTS))
      .addOption(
        new Option('--files <n>', 'of how many files in the vault the wrapped keys are tried')
          .argParser(Number)
          .default(5),
      )
      .addOption(json())
      .action((given: Given) => lost(given, env)),
  )
}

async function lost(given: Given, env: NodeJS.ProcessEnv): Promise<void> {
  const parts = given.key ?? [...DRILL_PARTS]
  for (const path of [given.keys, given.rootKey]) if (path !== undefined) refuseOnesInUse(path, env)
  const client = await connectServer(env)
  const request = { files: given.files }
  const challenge = await client.request('POST', '/api/v1/system/key-drills', DrillChallenge, request)
  const say = (line: string) => (given.json ? undefined : print(line))
  say(
    `drill      ${challenge.id}: what is sealed under ${challenge.weights.provider} and the key files, without any of them`,
  )
  const keys: Keys = given.keys === undefined ? new Map() : await keysAt(given.keys, given)
  say(given.keys === undefined ? 'keys       none were brought (--keys)' : `keys       ${keys.size} from ${given.keys}`)
  const place = await mkdtemp(join(existsSync(MEMORY) ? MEMORY : tmpdir(), 'safelevel-drill-'))
  say(`place      ${place}, removed at the end`)
  try {
    const rootKey = parts.includes('weights') ? await rootKeyOf(keys, place, given, env) : null
    say(`root key   ${rootKey === null ? 'none was brought (--keys, --root-key, --second)' : rootKey.id}`)
    const answer = await solveDrill(challenge, { keys, rootKey }, { place, parts, clock, ids })
    rootKey?.close?.()
    const report = await client.request('POST', '/api/v1/system/key-drills/answer', DrillReport, answer)
    if (!report.passed) process.exitCode = 1
    if (given.json) return print(JSON.stringify(report))
    for (const line of reportLines(report, rootKey !== null)) print(line)
  } finally {
    await rm(place, { recursive: true, force: true })
  }
}

/** A drill by the keys in use would show nothing. */
function refuseOnesInUse(path: string, env: NodeJS.ProcessEnv): void {
  const { config } = loadConfig(env)
  const { key } = z.object({ key: z.object({ file: z.string().optional() }).optional() }).parse(config.weights ?? {})
  const inUse = [keysDirOf(config), ...(key?.file === undefined ? [] : [key.file])].map(realOf)
  const given = realOf(path)
  if (inUse.some((one) => given === one || given.startsWith(one + sep)))
    throw new AppError('REQUEST_INVALID', `${path} is a key in use: a drill tries the copies, without it`)
}

function realOf(path: string): string {
  const at = resolve(path)
  return existsSync(at) ? realpathSync(at) : at
}

async function rootKeyOf(keys: Keys, place: string, given: Given, env: NodeJS.ProcessEnv): Promise<KeyProvider | null> {
  if (given.second !== undefined) return await secondPlace(given.second, env)
  const file = join(place, 'root-key.json')
  if (given.rootKey !== undefined) await copyFile(given.rootKey, file)
  else {
    const bytes = keys.get(ROOT_KEY_FILE)
    if (bytes === undefined) return null
    await writeFile(file, bytes, { flag: 'wx', mode: 0o600 })
  }
  const source = { passphraseFile: given.rootPassphraseFile }
  const passphrase =
    readPassphrase(source, env) ?? (isProtected(file) ? await askPassphrase('Passphrase of the root key: ') : null)
  return await LocalKeyProvider.open(file, passphrase, { clock, ids })
}

function isProtected(file: string): boolean {
  const Content = z.object({ content: z.object({ protection: z.string() }) })
  const parsed = Content.safeParse(JSON.parse(readFileSync(file, 'utf8')))
  return parsed.success && parsed.data.content.protection === 'passphrase'
}

async function secondPlace(file: string, env: NodeJS.ProcessEnv): Promise<KeyProvider> {
  const { config, secrets } = loadConfig(env)
  const parsed = KeyProviderConfig.safeParse(parseDocument(readFileSync(file, 'utf8')).toJS({ maxAliasCount: 0 }))
  if (!parsed.success) throw new AppError('CONFIG_INVALID', `${file}: ${z.prettifyError(parsed.error)}`)
  return await openKeyProvider(parsed.data, { egress: new Egress(config.egress, secrets.proxies), clock, ids, env })
}

function reportLines({ id, passed, parts, pieces, tookMs }: DrillReport, broughtRoot: boolean): string[] {
  const lines = pieces.map((one) => {
    const mark = one.outcome === 'recovered' ? '✓' : '■'
    return `  ${mark} ${one.piece.padEnd(20)} ${saysOf(one, broughtRoot)}  ${one.ms.toFixed(1)} ms`
  })
  const bad = pieces.filter(({ outcome }) => outcome !== 'recovered').length
  const whole =
    parts.length === DRILL_PARTS.length ? '' : `; only ${parts.join(', ')} ${parts.length === 1 ? 'was' : 'were'} tried`
  const end = passed
    ? `recovered  all ${pieces.length} in ${Math.round(tookMs)} ms${whole}; on the ledger as ${id}`
    : `LOST       ${bad} of ${pieces.length} not recovered by what was brought${whole}; on the ledger as ${id}`
  return [...lines, end, ...(passed ? [] : nextLines(pieces))]
}

function saysOf({ piece, outcome, why }: DrillPiece, broughtRoot: boolean): string {
  if (outcome === 'recovered') return 'recovered'
  if (outcome === 'other') return 'OTHER: what was brought is not what is in use'
  if (piece.startsWith('weights') && !piece.includes('.') && !broughtRoot) return 'LOST: no root key was brought'
  return `LOST: ${WHY[why ?? ''] ?? why}`
}

function nextLines(pieces: readonly DrillPiece[]): string[] {
  const weights = pieces.some(({ piece, outcome }) => piece.startsWith('weights') && outcome !== 'recovered')
  const others = pieces.some(({ piece, outcome }) => !piece.startsWith('weights') && outcome !== 'recovered')
  return [
    ...(others
      ? ['  Make the copy of the keys anew, apart from the backups: safelevel backup keys FILE --recipient age1…']
      : []),
    ...(weights
      ? [
          '  A root key outside of the folder of keys is in no copy of it: copy its file, or have a second place (docs/guide/vault-keys.md).',
        ]
      : []),
    '  Then try again.',
  ]
}
