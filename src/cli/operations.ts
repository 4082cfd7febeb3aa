import { Command, InvalidArgumentError } from 'commander'
import { z } from 'zod'
import { connectServer } from './connect-server.ts'

const LEVELS = ['silent', 'error', 'warn', 'info', 'debug'] as const
const LevelAnswer = z.object({ level: z.string(), configured: z.string(), until: z.string().nullable() })
const ReloadAnswer = z.object({
  changed: z.array(z.string()),
  restartNeeded: z.array(z.string()),
  digest: z.string(),
})

interface CommandDeps {
  readonly env?: NodeJS.ProcessEnv
}

/** `safelevel log-level [LEVEL] [--for 10m]` */
export function logLevelCommand({ env = process.env }: CommandDeps = {}): Command {
  return new Command('log-level')
    .description('show or set how much the running server logs; on record, and never content')
    .argument('[level]', LEVELS.join(', '), readLevel)
    .option('--for <time>', 'after which it goes back by itself: 90s, 10m, 2h, 1d', readSeconds)
    .option('--json', 'print the answer as JSON')
    .action(async (level: string | undefined, { for: forSeconds, json = false }: { for?: number; json?: boolean }) => {
      const client = await connectServer(env)
      const path = '/api/v1/system/log-level'
      if (level === undefined && forSeconds !== undefined)
        throw new InvalidArgumentError('--for needs a level: safelevel log-level debug --for 10m')
      const state =
        level === undefined
          ? await client.request('GET', path, LevelAnswer)
          : await client.request('PUT', path, LevelAnswer, { level, forSeconds: forSeconds ?? null })
      if (json) return console.log(JSON.stringify(state))
      const back = state.until === null ? '' : `, until ${state.until}, then ${state.configured} again`
      console.log(`${state.level}${back}`)
    })
}

/** `safelevel reload` */
export function reloadCommand({ env = process.env }: CommandDeps = {}): Command {
  return new Command('reload')
    .description('have the running server read its configuration anew; one that is not valid changes nothing')
    .option('--json', 'print the answer as JSON')
    .action(async ({ json = false }: { json?: boolean }) => {
      const client = await connectServer(env)
      const report = await client.request('POST', '/api/v1/system/reload', ReloadAnswer)
      if (json) return console.log(JSON.stringify(report))
      const { changed, restartNeeded } = report
      if (changed.length === 0 && restartNeeded.length === 0) console.log('nothing has changed')
      for (const key of changed) console.log(`in effect       ${key}`)
      for (const key of restartNeeded) console.log(`restart needed  ${key}`)
    })
}

function readLevel(text: string): string {
  if (LEVELS.some((level) => level === text)) return text
  throw new InvalidArgumentError(`one of ${LEVELS.join(', ')}`)
}

const UNITS: Readonly<Record<string, number>> = { s: 1, m: 60, h: 3_600, d: 86_400 }

/** @throws {InvalidArgumentError} for what is no time */
export function readSeconds(text: string): number {
  const [, count = '', unit = ''] = /^(\d{1,6})([smhd])$/.exec(text) ?? []
  const seconds = Number(count) * (UNITS[unit] ?? Number.NaN)
  if (!(seconds >= 1)) throw new InvalidArgumentError('a time such as 90s, 10m, 2h or 1d')
  return seconds
}
