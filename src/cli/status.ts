import { Command } from 'commander'
import colors from 'picocolors'
import { z } from 'zod'
import { connectServer } from './connect-server.ts'

const Status = z.looseObject({
  version: z.string(),
  gatewayUrl: z.string(),
  store: z.string(),
  health: z.object({
    state: z.enum(['ready', 'degraded', 'unready']),
    conditions: z.array(z.object({ code: z.string(), severity: z.string(), words: z.string(), since: z.string() })),
  }),
  policy: z.object({ version: z.string() }),
  classifier: z.string(),
  ledger: z.object({
    size: z.int(),
    provenSize: z.int(),
    witnessed: z.boolean(),
    witnesses: z.object({ by: z.array(z.string()) }),
    health: z.string(),
  }),
  models: z.array(z.object({ name: z.string(), surface: z.string(), enforced: z.boolean() })),
  canaries: z.object({ holding: z.int(), total: z.int() }),
  weights: z.object({ grants: z.int(), locks: z.int(), copiesOverdue: z.int(), reviewOwed: z.boolean() }),
  insider: z.object({ watched: z.boolean(), lag: z.int(), fault: z.string().nullable() }),
})
type Status = z.infer<typeof Status>

/** `safelevel status`: how the running server is. Exit 0 while it serves, also degraded; 1 when it does not. */
export function statusCommand({ env = process.env }: { readonly env?: NodeJS.ProcessEnv } = {}): Command {
  return new Command('status')
    .description('how the running server is, and what is wrong; exit 1 while it refuses requests')
    .option('--json', 'print the whole status as JSON')
    .action(async ({ json = false }: { json?: boolean }) => {
      const client = await connectServer(env)
      const status = await client.request('GET', '/api/v1/status', Status)
      console.log(json ? JSON.stringify(status) : describeStatus(status))
      if (status.health.state === 'unready') process.exitCode = 1
    })
}

const MARKS = {
  ready: colors.green('✓ ready'),
  degraded: colors.yellow('◐ degraded'),
  unready: colors.red('■ not ready'),
}

function describeStatus(status: Status): string {
  const { health, ledger, canaries, models } = status
  const observed = models.filter(({ enforced }) => !enforced).map(({ name }) => name)
  const rows: [string, string][] = [
    ['state', MARKS[health.state]],
    ...health.conditions.map(({ severity, words, code, since }): [string, string] => [
      '',
      `${severity === 'unready' ? colors.red('■') : colors.yellow('◐')} ${words} (${code}, since ${since})`,
    ]),
    ['version', status.version],
    ['gateway', status.gatewayUrl],
    ['policy', status.policy.version],
    ['screening', status.classifier],
    ['store', status.store],
    ['models', `${models.length}${observed.length === 0 ? '' : `; only observed: ${observed.join(', ')}`}`],
    ['canaries', `${canaries.holding} of ${canaries.total} hold`],
    ['weights', weightsWords(status)],
    ['insider', insiderWords(status)],
    [
      'ledger',
      `${ledger.size} recorded, ${ledger.provenSize} proven, ${ledger.witnessed ? `witnessed by ${ledger.witnesses.by.join(', ')}` : 'unwitnessed'}`,
    ],
  ]
  return rows.map(([name, value]) => `${name.padEnd(11)}${value}`).join('\n')
}

function insiderWords({ insider: { watched, lag, fault } }: Status): string {
  if (fault !== null) return colors.red(`■ ${fault}`)
  if (!watched) return colors.yellow('◐ nothing watches at this moment')
  return lag === 0 ? 'what staff do is watched' : `what staff do is watched, ${lag} entries behind`
}

function weightsWords({ weights: { grants, locks, copiesOverdue, reviewOwed } }: Status): string {
  const wrong = [
    ...(locks === 0 ? [] : [`${locks} locked`]),
    ...(copiesOverdue === 0 ? [] : [`${copiesOverdue} copies should be gone`]),
    ...(reviewOwed ? ['a breaking of the glass waits for its review'] : []),
  ].map((words) => colors.red(`■ ${words}`))
  return [`${grants} ${grants === 1 ? 'grant' : 'grants'} open`, ...wrong].join(', ')
}
