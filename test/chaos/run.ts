import { Campaign } from './campaign.ts'
import { Cluster } from './cluster.ts'
import { catalogue } from './faults.ts'
import { failures, table } from './table.ts'

/**
 * Breaks an installation of several replicas, part by part, under load:
 *   node test/chaos/run.ts [--rounds 100] [--replicas 4] [--tiles s3|folder] [--clients 3] [--seed N] [--only TEXT] [--keep] [--json]
 * Needs PostgreSQL's programs; takes Valkey or Redis, an S3 server and Go where they are, and says what it does without.
 * Exits 1 when something was lost, doubled, forked or late.
 */
function option(name: string): string | undefined {
  const at = process.argv.indexOf(`--${name}`)
  return at < 0 ? undefined : process.argv[at + 1]
}

const json = process.argv.includes('--json')
const rounds = Number(option('rounds') ?? 10)
const replicas = Number(option('replicas') ?? 2)
const seed = Number(option('seed') ?? Math.floor(Date.now() / 1_000))
const only = option('only')
const tiles = option('tiles') === 'folder' ? 'folder' : 's3'

await using cluster = await Cluster.start({
  replicas,
  tiles,
  valkey: true,
  clocks: true,
  keep: process.argv.includes('--keep'),
})
const say = (line: string) => process.stderr.write(`${line}\n`)
say(`${replicas} replicas in ${cluster.folder} on ${cluster.servers.map(({ name }) => name).join(', ')}; seed ${seed}`)
const faults = catalogue().filter(
  (fault) => fault.possible(cluster) && (only === undefined || fault.name.includes(only)),
)
const campaign = await Campaign.prepare({
  cluster,
  rounds,
  seed,
  faults,
  clientsPerReplica: Number(option('clients') ?? 3),
  onRound: ({ round, fault, accepted, takeoverMs, violations }) => {
    say(
      `${String(round + 1).padStart(4)}  ${fault.padEnd(72)} ${String(accepted).padStart(5)} accepted, longest without a checkpoint ${Math.round(takeoverMs)} ms`,
    )
    for (const violation of violations) say(`      ! ${violation}`)
  },
})
const report = await campaign.run()
const found = failures(report)
if (json) console.log(JSON.stringify({ held: found.length === 0, failures: found, ...report }))
else console.log(`\n${table(report)}\n${found.length === 0 ? '  held' : found.map((line) => `  ! ${line}`).join('\n')}`)
process.exitCode = found.length === 0 ? 0 : 1
