import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { z } from 'zod'
import { type Clock, iso } from '../base/clock.ts'
import { replaceDurably } from '../base/durable-file.ts'
import { codeOf } from '../base/error-code.ts'
import { AppError } from '../base/errors.ts'
import { FiledFind, type Recorded } from '../refusal/records/index.ts'
import {
  digestOf,
  type Find,
  findsFile,
  RedTeamReport,
  redTeamPage,
  type Try,
  triesFile,
  unique,
} from '../refusal/redteam/index.ts'
import { connectServer } from './connect-server.ts'
import { describeRecorded, recordResult } from './refusal-record.ts'

const RUN_FORMAT = 'safelevel-red-team-run/1'
const PRIVATE = 0o600
/** One person reads them all. */
const MOST_REPORTS = 20

/** What makes a run one run: with anything here changed it is another. A larger budget goes on with the same one. */
export const RunSettings = z.strictObject({
  target: z.string(),
  model: z.string(),
  server: z.string(),
  suites: z.array(z.string()),
  sample: z.int().nullable(),
  secrets: z.int(),
  finds: z.array(z.string()),
  grader: z.string(),
  attacker: z.string().nullable(),
  safeguards: z.enum(['gateway', 'screen']).nullable(),
  seed: z.int(),
  maxTokens: z.int(),
  temperature: z.number().nullable(),
})
export type RunSettings = z.infer<typeof RunSettings>
const RunFile = z.strictObject({ format: z.literal(RUN_FORMAT), began: z.iso.datetime(), settings: RunSettings })

/**
 * Begins a run in its folder, or goes on with the one that stands there.
 *
 * @returns when it began
 * @throws {AppError} CONFLICT when the folder is another run's; REQUEST_INVALID for a file that is no run's
 */
export async function beginRun(folder: string, settings: RunSettings, clock: Clock): Promise<string> {
  const path = join(folder, 'run.json')
  const before = await readRun(path)
  if (before === null) {
    const began = iso(clock.now())
    await replaceDurably(path, `${JSON.stringify({ format: RUN_FORMAT, began, settings })}\n`, PRIVATE)
    return began
  }
  const known = new Map<string, unknown>(Object.entries(before.settings))
  const changed = Object.entries(settings).filter(
    ([key, value]) => JSON.stringify(known.get(key)) !== JSON.stringify(value),
  )
  if (changed.length === 0) return before.began
  const names = changed.map(([key]) => key).join(', ')
  throw new AppError('CONFLICT', `${folder} holds another run (${names}): name another --out`)
}

async function readRun(path: string): Promise<z.infer<typeof RunFile> | null> {
  let text: string
  try {
    text = await readFile(path, 'utf8')
  } catch (error) {
    if (codeOf(error) === 'ENOENT') return null
    throw new AppError('REQUEST_INVALID', `${path} can't be read`, { cause: error })
  }
  try {
    return RunFile.parse(JSON.parse(text))
  } catch (cause) {
    throw new AppError('REQUEST_INVALID', `${path} is none of a red-team run: name another --out`, { cause })
  }
}

interface Kept {
  readonly tries: readonly Try[]
  readonly finds: readonly Find[]
  readonly head: Omit<RedTeamReport, 'format' | 'digest' | 'finds'>
}

/** Writes tries, finds, report and page; only their owner may read the folder. */
export async function keepRun(folder: string, { tries, finds, head }: Kept): Promise<RedTeamReport> {
  const [triesText, findsText] = [triesFile(tries), findsFile(head.target, finds)]
  const own = unique(finds)
  const report = RedTeamReport.parse({
    ...head,
    format: 'safelevel-red-team/1',
    digest: digestOf(triesText),
    finds: {
      bare: own.filter(({ side }) => side === 'bare').length,
      guarded: own.filter(({ side }) => side === 'guarded').length,
      digest: digestOf(findsText),
    },
  })
  for (const [name, text] of [
    ['tries.jsonl', triesText],
    ['finds.jsonl', findsText],
    ['report.json', `${JSON.stringify(report, null, 2)}\n`],
    ['report.html', redTeamPage(report)],
  ] as const)
    await replaceDurably(join(folder, name), text, PRIVATE)
  return report
}

const Filed = z.object({ items: z.array(FiledFind) })

interface Sent {
  readonly recorded: Recorded
  readonly reports: readonly string[]
  readonly words: string
}

/** Keeps it on the running server, and makes reports of the best finds where that is wanted. */
export async function sendRun(
  folder: string,
  report: RedTeamReport,
  finds: readonly Find[],
  { env, files }: { readonly env: NodeJS.ProcessEnv; readonly files: boolean },
): Promise<Sent> {
  const recorded = await recordResult(env, 'red_team_run', report, join(folder, 'finds.jsonl'))
  const words = `  server      ${describeRecorded(recorded)}`
  if (!files) return { recorded, reports: [], words }
  const positions = bestOf(unique(finds), report.guarded !== null)
  if (positions.length === 0)
    return { recorded, reports: [], words: `${words}\n  reports     nothing was found to report` }
  const client = await connectServer(env)
  const path = `/api/v1/refusal/red-team-runs/${encodeURIComponent(recorded.id)}/reports`
  const { items } = await client.request('POST', path, Filed, { positions })
  const reports = items.map(({ report: id }) => id)
  return { recorded, reports, words: `${words}\n  reports     ${reports.join(', ')}` }
}

/** One find of each category and attack, of the side that counts: what gets past the safeguards, where there are any. */
function bestOf(finds: readonly Find[], isGuarded: boolean): number[] {
  const side = isGuarded ? 'guarded' : 'bare'
  const seen = new Set<string>()
  const positions: number[] = []
  for (const [position, find] of finds.entries()) {
    const key = `${find.category}\n${find.attack}`
    if (find.side !== side || seen.has(key)) continue
    seen.add(key)
    positions.push(position)
  }
  return positions.slice(0, MOST_REPORTS)
}
