import { setTimeout as sleep } from 'node:timers/promises'
import { Command, InvalidArgumentError, Option } from 'commander'
import { loadConfig } from '../base/config.ts'
import { AppError } from '../base/errors.ts'
import { type DraftProgress, type Grant, type NewDraft, USES } from '../weights/access/index.ts'
import { describeBytes, parseBytes } from './bytes.ts'
import { openVaultClient, type VaultClient } from './vault-client/index.ts'
import { consoleLink, json, type Output } from './vault-versions.ts'

const POLL_MS = 2_000
/** A request for which nothing more will happen. */
const ENDED: ReadonlySet<string> = new Set(['denied', 'withdrawn', 'expired', 'failed'])

interface Asked extends Output {
  readonly purpose: string
  readonly use: Grant['use']
  readonly file: readonly string[]
  readonly budget: number
  readonly minutes: number
  readonly reach?: { readonly host: string; readonly port: number }
  readonly copyTo?: string
  readonly copyDays?: number
  readonly wait?: true
}

/** `safelevel vault request`: this host asks by its own key; its person sends it on in the console, and others agree there. */
export function requestCommand(env: NodeJS.ProcessEnv): Command {
  return new Command('request')
    .description('ask to open weights on this host; its person confirms that in the console, and others agree')
    .argument('<version>', 'model/version')
    .requiredOption('--purpose <words>', 'what for; part of what others sign')
    .addOption(
      new Option('--use <use>', 'run: in the sandbox; program: read by a program').choices(USES).default('run'),
    )
    .option('--file <paths...>', 'which files; a * at the end stands for whatever follows', ['*'])
    .requiredOption('--budget <bytes>', 'at most so much is given out: 500MB', parseBytes)
    .option('--minutes <n>', 'for how long, from the last agreement on', minutes, 60)
    .option('--reach <host:port>', 'the one place that the sandbox may talk to; with --use run', destination)
    .option('--copy-to <place>', 'where the copy will lie: HOST:/PATH; with --use export')
    .option('--copy-days <n>', 'for how many days it lies there', minutes)
    .option('--wait', 'wait until others have agreed, then print the grant')
    .addOption(json())
    .action(async (version: string, asked: Asked) => {
      const client = await openVaultClient(env, loadConfig(env).config.dataDir)
      const draft = await client.draft(draftOf(version, asked))
      const link = consoleLink(client, `/weights/drafts/${draft.id}`)
      process.stderr.write(`confirm it, with your key: ${link}\n`)
      if (asked.wait !== true) return console.log(asked.json ? JSON.stringify(draft) : draft.id)
      const grant = await untilGiven(client, draft.id)
      console.log(asked.json ? JSON.stringify(grant) : grant.id)
      if (asked.json) return
      const verb = grant.use === 'run' ? `run --grant ${grant.id} -- COMMAND` : `get --grant ${grant.id}`
      process.stderr.write(
        `open until ${grant.expiresAt}, ${describeBytes(grant.budgetBytes)}: safelevel vault ${verb}\n`,
      )
    })
}

function draftOf(version: string, asked: Asked): NewDraft {
  const { purpose, use, file, budget, minutes: windowMinutes, reach = null, copyTo, copyDays } = asked
  if ((copyTo === undefined) !== (copyDays === undefined))
    throw new AppError('REQUEST_INVALID', 'a copy says where it goes and for how long: --copy-to and --copy-days')
  const copy = copyTo === undefined || copyDays === undefined ? null : { place: copyTo, days: copyDays }
  return { version, files: [...file], purpose, use, budgetBytes: budget, windowMinutes, destination: reach, copy }
}

/** Says what it waits for as that changes. @throws {AppError} FORBIDDEN when others said no; CONFLICT when it came to nothing */
async function untilGiven(client: VaultClient, id: string): Promise<Grant> {
  let said = ''
  for (;;) {
    const progress = await client.progress(id)
    if (progress.grant !== null) return progress.grant
    const words = wordsOf(progress)
    if (words !== said) process.stderr.write(`${words}\n`)
    said = words
    await sleep(POLL_MS)
  }
}

function wordsOf({ draft, approval }: DraftProgress): string {
  if (draft.state === 'withdrawn' || draft.state === 'expired')
    throw new AppError('CONFLICT', `the request was ${draft.state === 'withdrawn' ? 'thrown away' : 'never confirmed'}`)
  if (approval === null) return 'waits for you to confirm it'
  if (approval.state === 'denied')
    throw new AppError('FORBIDDEN', `others said no: ${approval.reason ?? 'no reason was given'}`)
  if (ENDED.has(approval.state))
    throw new AppError(
      'CONFLICT',
      `the request ${approval.state}${approval.reason === null ? '' : `: ${approval.reason}`}`,
    )
  return `waits for others to agree (${approval.id})`
}

function minutes(text: string): number {
  const n = Number(text)
  if (Number.isInteger(n) && n >= 1) return n
  throw new InvalidArgumentError('a whole number from 1 up')
}

function destination(text: string): { host: string; port: number } {
  const [, host, port] = /^([^\s:]+):(\d{1,5})$/.exec(text) ?? []
  if (host === undefined) throw new InvalidArgumentError('a host and a port: registry.internal:443')
  return { host, port: Number(port) }
}
