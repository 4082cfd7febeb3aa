import { Command } from 'commander'
import colors from 'picocolors'
import { z } from 'zod'
import { ControlBoard } from '../controls/index.ts'
import { connectServer } from './connect-server.ts'
import { boardLines, listLine } from './controls-view.ts'

const Status = z.looseObject({
  name: z.string(),
  version: z.string(),
  health: z.object({
    state: z.enum(['ready', 'degraded', 'unready']),
    conditions: z.array(z.object({ code: z.string(), severity: z.string(), words: z.string(), since: z.string() })),
  }),
  policy: z.object({ version: z.string() }),
  ledger: z.object({
    size: z.int(),
    provenSize: z.int(),
    witnessed: z.boolean(),
    witnesses: z.object({ by: z.array(z.string()) }),
  }),
  models: z.array(z.object({ name: z.string(), surface: z.string(), enforced: z.boolean() })),
  canaries: z.object({ holding: z.int(), total: z.int() }),
  weights: z.object({ locks: z.int(), copiesOverdue: z.int(), reviewOwed: z.boolean() }),
  insider: z.object({ watched: z.boolean(), fault: z.string().nullable() }),
})
type Status = z.infer<typeof Status>

interface Options {
  readonly json?: true
  readonly all?: true
  readonly profile?: string
  readonly overlay?: string
}

/** What is said of each area on one screen. */
const WORST_OF_AREA = 2

/** `safelevel status`: whether the commitments hold. Exit 0 while the server serves and nothing is known to fail, else 1. */
export function statusCommand({ env = process.env }: { readonly env?: NodeJS.ProcessEnv } = {}): Command {
  return new Command('status')
    .description(
      'which commitments hold, what fails, and what to do next; exit 1 while one fails or requests are refused',
    )
    .option('--all', 'every control of the profile, one by one')
    .option('--profile <name>', 'count for this profile instead of the one in force')
    .option('--overlay <name>', 'on top of it: asl3-stretch')
    .option('--json', 'print one line of JSON: { controls: [{ id, state, evidence, … }], counts, server }')
    .action(async (options: Options) => {
      const client = await connectServer(env)
      const query = new URLSearchParams()
      if (options.profile !== undefined) query.set('profile', options.profile)
      if (options.overlay !== undefined) query.set('overlay', options.overlay)
      const [server, board] = await Promise.all([
        client.request('GET', '/api/v1/status', Status),
        client.request('GET', `/api/v1/controls?${query}`, ControlBoard),
      ])
      console.log(options.json ? JSON.stringify(asJson(server, board)) : describe(server, board, options))
      if (server.health.state === 'unready' || board.counts.fails > 0) process.exitCode = 1
    })
}

/** The controls of the profile come first; what is not asked for is left out. */
function asJson(server: Status, { controls, profile, overlays, lookedAt, problem, counts }: ControlBoard) {
  const asked = controls.filter(({ inProfile }) => inProfile)
  return {
    controls: asked.map(({ id, state, evidence, says, next, since, exception }) => ({
      ...{ id, state, evidence, says, next, since, exception },
    })),
    ...{ profile, overlays, lookedAt, problem, counts, server },
  }
}

const HEALTH = {
  ready: colors.green('✓ ready'),
  degraded: colors.yellow('◐ degraded'),
  unready: colors.red('■ not ready'),
}

function describe(server: Status, board: ControlBoard, { all }: Options): string {
  const { profile, overlays, counts, lookedAt, problem } = board
  const named = [profile, ...overlays].join(' + ')
  const { ledger } = server
  const witness = ledger.witnessed ? `witnessed by ${ledger.witnesses.by.join(', ')}` : 'unwitnessed'
  const held = `${counts.holds} of ${counts.total} commitments hold`
  const rows = all ? board.controls.filter(({ inProfile }) => inProfile).map((row) => `  ${listLine(row)}`) : []
  return [
    '',
    `  ${colors.bold(`Safelevel ${server.version}`)}   ${server.name}   profile ${named} · ${held} · ${witness}`,
    ...(problem === null ? [] : [colors.yellow(`  ◐ ${problem}`)]),
    `  ${'Server'.padEnd(13)} ${HEALTH[server.health.state]}   ${serverWords(server)}`,
    ...server.health.conditions.map(({ severity, words, code, since }) => {
      const sign = severity === 'unready' ? colors.red('■') : colors.yellow('◐')
      return `     ${sign} ${words} ${colors.dim(`(${code}, since ${since})`)}`
    }),
    ...containmentProblems(server).map((words) => `     ${colors.red('■')} ${words}`),
    '',
    ...(all ? rows : boardLines(board, WORST_OF_AREA)),
    '',
    colors.dim(`  looked at ${lookedAt ?? 'never'}; each of them: safelevel status --all, safelevel controls show ID`),
    '',
  ].join('\n')
}

function serverWords({ policy, models, canaries, ledger }: Status): string {
  const observed = models.filter(({ enforced }) => !enforced).map(({ name }) => name)
  return [
    `policy ${policy.version}`,
    `${models.length} ${models.length === 1 ? 'model' : 'models'}`,
    ...(observed.length === 0 ? [] : [colors.yellow(`only observed: ${observed.join(', ')}`)]),
    `canaries ${canaries.holding} of ${canaries.total}`,
    `ledger ${ledger.size} recorded, ${ledger.provenSize} proven`,
  ].join(' · ')
}

function containmentProblems({ weights: { locks, copiesOverdue, reviewOwed }, insider }: Status): string[] {
  return [
    ...(locks === 0 ? [] : [`${locks} ${locks === 1 ? 'lock stands' : 'locks stand'} on weights`]),
    ...(copiesOverdue === 0 ? [] : [`${copiesOverdue} copies of weights should be gone`]),
    ...(reviewOwed ? ['a breaking of the glass waits for its review'] : []),
    ...(insider.fault === null ? [] : [insider.fault]),
  ]
}
