import { expect, it } from 'vitest'
import { isRequired } from '../support/required.ts'
import { Campaign } from './campaign.ts'
import { Cluster } from './cluster.ts'
import { catalogue, type Fault } from './faults.ts'
import { programPath } from './servers.ts'
import { failures, table } from './table.ts'

/** Three faults of the campaign that `node test/chaos/run.ts` goes through in full. */
const FAULTS = ['kill -9 the sequencer', 'pull the cable of another replica from postgres', 'pause the sequencer']
const required = isRequired('postgres')
const possible = programPath('initdb') !== null
if (!possible && !required)
  process.stderr.write('SKIPPED: replicas under faults need the programs of PostgreSQL (initdb)\n')

it.skipIf(!possible && !required)(
  'two replicas lose nothing, double nothing and go on in time',
  { timeout: 180_000 },
  async () => {
    await using cluster = await Cluster.start({ replicas: 2, tiles: 'folder', valkey: false })
    const faults = FAULTS.map(named)
    const campaign = await Campaign.prepare({ cluster, rounds: faults.length, seed: 1, faults, inOrder: true })
    const report = await campaign.run()
    process.stdout.write(`${table(report)}\n`)
    expect(failures(report)).toEqual([])
    expect(report.accepted).toBeGreaterThan(100)
    expect(report.checkpoints).toBeGreaterThan(10)
  },
)

function named(name: string): Fault {
  const fault = catalogue().find((candidate) => candidate.name === name)
  if (fault === undefined) throw new Error(`there is no fault called ${name}`)
  return fault
}
