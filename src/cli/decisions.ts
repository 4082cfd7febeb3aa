import { Command, Option } from 'commander'
import { z } from 'zod'
import { AppError } from '../base/errors.ts'
import { RecordedDecision } from '../decisions/index.ts'
import { connectServer } from './connect-server.ts'
import type { OperatorClient } from './operator-client.ts'

const Page = z.object({ items: z.array(RecordedDecision), next: z.string().nullable() })
const Shown = RecordedDecision.extend({ proof: z.string(), content: z.object({ expiresAt: z.string() }).nullable() })
const PAGE = 200

/** Options of `ls` and `tail`, by the name of the filter that they set. */
const FILTERS = [
  ['outcome', 'allow, refuse, cut, reject, error or cancel'],
  ['label', 'what it was refused or flagged for'],
  ['clause', 'clause of the policy'],
  ['organisation', 'id of the customer'],
  ['project', 'id of the project'],
  ['key', 'id of the API key'],
  ['end-user', 'eu_…'],
  ['model', 'as the customer names it'],
  ['surface', 'as the configuration names it'],
  ['policy-version', 'version of the policy'],
] as const

type Options = Readonly<Record<string, string | boolean | undefined>>

export interface DecisionsCommandDeps {
  readonly env?: NodeJS.ProcessEnv
}

/** `safelevel decisions ls|show|tail`: asks the running server. */
export function decisionsCommand({ env = process.env }: DecisionsCommandDeps = {}): Command {
  const ls = withFilters(new Command('ls').description('list decisions, newest first'))
    .option('--since <time>', 'requests that came in at or after: 2027-01-31T00:00:00Z')
    .option('--until <time>', 'requests that came in before')
    .option('--limit <n>', 'how many', '50')
    .action(async (options: Options) => {
      const client = await connectServer(env)
      let shown = 0
      for await (const decision of list(client, options)) {
        shown++
        print(options.json === true ? JSON.stringify(decision) : line(decision))
      }
      if (shown === 0 && options.json !== true) process.stderr.write('no such decisions\n')
    })

  const show = new Command('show')
    .description('one decision: what was found, by which policy, and where its proof is')
    .argument('<id>', 'dec_…, as x-safelevel-decision of an answer says it')
    .addOption(new Option('--json', 'print JSON'))
    .action(async (id: string, options: Options) => {
      const client = await connectServer(env)
      const decision = await client.request('GET', `/api/v1/decisions/${encodeURIComponent(id)}`, Shown)
      print(options.json === true ? JSON.stringify(decision) : describe(decision))
    })

  const tail = withFilters(new Command('tail').description('decisions as they are made, until interrupted')).action(
    async (options: Options) => {
      const client = await connectServer(env)
      const path = `/api/v1/decisions/live?${queryOf(options)}`
      for await (const { event, data } of client.events(path)) {
        if (event === 'gap') process.stderr.write('some were left out: this reader was too slow or away\n')
        if (event !== 'decision') continue
        const decision = RecordedDecision.parse(JSON.parse(data))
        print(options.json === true ? JSON.stringify(decision) : line(decision))
      }
    },
  )
  return new Command('decisions')
    .description('what the gateway decided')
    .addCommand(ls)
    .addCommand(show)
    .addCommand(tail)
}

function withFilters(command: Command): Command {
  for (const [name, description] of FILTERS) command.option(`--${name} <value>`, description)
  return command
    .option('--unenforced', 'only what was released although the policy refuses it')
    .addOption(new Option('--json', 'print JSON, one object a line'))
}

function queryOf(options: Options): URLSearchParams {
  const query = new URLSearchParams()
  const names = [
    ...FILTERS.map(([name]) => name.replace(/-./g, (dash) => dash.charAt(1).toUpperCase())),
    'since',
    'until',
  ]
  for (const name of names) {
    const value = options[name]
    if (typeof value === 'string') query.set(name, value)
  }
  if (options.unenforced === true) query.set('enforced', 'false')
  return query
}

async function* list(client: OperatorClient, options: Options): AsyncGenerator<RecordedDecision> {
  let left = Number(options.limit)
  if (!Number.isSafeInteger(left) || left < 1) throw new AppError('REQUEST_INVALID', '--limit: a number from 1')
  const query = queryOf(options)
  for (;;) {
    query.set('limit', String(Math.min(left, PAGE)))
    const { items, next } = await client.request('GET', `/api/v1/decisions?${query}`, Page)
    yield* items
    left -= items.length
    if (next === null || left <= 0) return
    query.set('after', next)
  }
}

function line(decision: RecordedDecision): string {
  const { at, id, outcome, enforced, label, clause, model, organisation, canary } = decision
  const found = label === null ? '' : `  ${label}${clause === null ? '' : ` (${clause})`}`
  const marks = `${enforced ? '' : '  NOT ENFORCED'}${canary ? '  canary' : ''}`
  return `${at}  ${id}  ${outcome.padEnd(6)}  ${model ?? '-'}  ${organisation ?? '-'}${found}${marks}`
}

function describe(decision: z.infer<typeof Shown>): string {
  const { prompt, completion } = decision
  const rows: [string, string | null][] = [
    ['decision', decision.id],
    ['at', decision.at],
    ['outcome', `${decision.outcome}${decision.enforced ? '' : ', not enforced'}`],
    ['found', decision.label === null ? null : `${decision.label}, in the ${decision.side}`],
    ['clause', decision.clause === null ? null : `${decision.clause} of policy ${decision.policyVersion}`],
    ['severity', decision.severity],
    ['prompt', prompt === null ? null : scoresOf(prompt.scores)],
    ['completion', completion === null ? null : scoresOf(completion.scores)],
    [
      'customer',
      decision.organisation === null ? null : `${decision.organisation}, ${decision.project}, ${decision.key}`,
    ],
    ['end user', decision.endUser],
    ['model', decision.model === null ? null : `${decision.model} on ${decision.surface} (${decision.dialect})`],
    ['error', decision.code],
    ['said', decision.content === null ? 'not kept' : `kept until ${decision.content.expiresAt}`],
    ['ledger', `position ${decision.position}: safelevel ledger prove --entry ${decision.position}`],
  ]
  return rows.flatMap(([name, value]) => (value === null ? [] : [`${name.padEnd(11)}${value}`])).join('\n')
}

function scoresOf(scores: Readonly<Record<string, number>>): string {
  const sorted = Object.entries(scores).sort(([, a], [, b]) => b - a)
  return sorted.length === 0 ? 'every score below 0.05' : sorted.map(([label, score]) => `${label} ${score}`).join(', ')
}

function print(text: string): void {
  process.stdout.write(`${text}\n`)
}
