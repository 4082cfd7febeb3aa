import { Command, InvalidArgumentError } from 'commander'
import { loadConfig } from '../base/config.ts'
import { AppError } from '../base/errors.ts'
import { LabelledPage } from '../review/index.ts'
import { connectOperator } from './operator-client.ts'

const PAGE = 1_000

export interface ReviewCommandDeps {
  readonly env?: NodeJS.ProcessEnv
  readonly now?: () => number
}

/** `safelevel review export` */
export function reviewCommand({ env = process.env, now = Date.now }: ReviewCommandDeps = {}): Command {
  const exportCommand = new Command('export')
    .description(
      'print decided cases as labelled data, one JSON object a line, without what was said: text is for people, in the console',
    )
    .requiredOption('--since <time>', 'from when on: 2026-01-31, 2026-01-31T12:00:00Z, or 30d', (text) =>
      readSince(text, now()),
    )
    .action(({ since }: { since: string }) => exportLabels(env, since))
  return new Command('review').description('what people decided').addCommand(exportCommand)
}

async function exportLabels(env: NodeJS.ProcessEnv, since: string): Promise<void> {
  const client = await connectOperator(env, loadConfig(env).config.dataDir)
  if (client === null) {
    throw new AppError('UPSTREAM_UNAVAILABLE', 'no server runs on this data folder: start one with `safelevel serve`')
  }
  let cursor: string | undefined
  let printed = 0
  do {
    const page = await client.request('POST', '/api/v1/review/exports', LabelledPage, { since, limit: PAGE, cursor })
    for (const item of page.items) process.stdout.write(`${JSON.stringify(item)}\n`)
    printed += page.items.length
    cursor = page.next ?? undefined
  } while (cursor !== undefined)
  process.stderr.write(`${printed} decided cases, without text\n`)
}

const DAYS = /^(\d{1,4})d$/
const ISO = /^\d{4}-\d{2}-\d{2}(T.+)?$/
const DAY_MS = 86_400_000

/** @throws {InvalidArgumentError} for what is no time */
export function readSince(text: string, nowMs: number): string {
  const days = DAYS.exec(text)?.[1]
  const ms = days === undefined ? (ISO.test(text) ? Date.parse(text) : Number.NaN) : nowMs - Number(days) * DAY_MS
  if (Number.isNaN(ms)) throw new InvalidArgumentError('a date, a time, or days such as 30d')
  return new Date(ms).toISOString()
}
