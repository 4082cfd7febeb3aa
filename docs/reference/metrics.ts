import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { z } from 'zod'
import { App } from '../../src/app.ts'
import { NO_SECRETS, parseConfig } from '../../src/base/config.ts'
import { silentLog } from '../../src/base/log.ts'
import { page, table } from './markdown.ts'

const ABOUT =
  'What `GET /metrics` of the control plane says, in the format of Prometheus. Labels have few values, and none comes from a request. [dashboards/](../../../dashboards) has a dashboard that shows them all, and alerts; [operations.md](../operations.md) says how they are used.'

const Metric = z.object({
  name: z.string(),
  help: z.string(),
  type: z.string(),
  labelNames: z.array(z.string()).default([]),
})

/** By how its name goes on; the longest that fits. */
const GROUPS: Readonly<Record<string, string>> = {
  '': 'Requests',
  accounts: 'Customers',
  enforcement: 'Customers',
  strike: 'Customers',
  appeals: 'Customers',
  ledger: 'The ledger',
  sequencer: 'The ledger',
  content: 'What is kept',
  decision: 'What is kept',
  review: 'People',
  intake: 'People',
  reports: 'People',
  weights: 'Weights and insiders',
  insider: 'Weights and insiders',
  controls: 'Commitments',
  canaries: 'Commitments',
  refusal: 'Commitments',
  process: 'The process',
  condition: 'The process',
  event: 'The process',
  memory: 'The process',
  cpu: 'The process',
}

/** docs/guide/reference/metrics.md, out of the registry of an installation that is opened for it. */
export async function metricsPage(): Promise<string> {
  const metrics = await registered()
  const groups = Map.groupBy(metrics, ({ name }) => groupOf(name))
  const chapters = [...groups].map(([title, of]) => {
    const rows = of.map(({ name, type, labelNames, help }) => [
      `\`${name}\``,
      type,
      labelNames.map((label) => `\`${label}\``).join(', '),
      help,
    ])
    return `## ${title}\n\n${table(['metric', 'type', 'labels', 'what it is'], rows)}`
  })
  return page('Metrics', ABOUT, chapters)
}

function groupOf(name: string): string {
  const [first = ''] = name.replace(/^safelevel_/, '').split('_')
  return GROUPS[first] ?? GROUPS[''] ?? ''
}

async function registered(): Promise<z.infer<typeof Metric>[]> {
  const dataDir = await mkdtemp(join(tmpdir(), 'safelevel-reference-'))
  try {
    const config = parseConfig({ dataDir, classifier: { mode: 'screen' }, canaries: { intervalSeconds: 0 } })
    await using app = await App.open({ config, secrets: NO_SECRETS, log: silentLog })
    return z.array(Metric).parse(app.metrics.registry.getMetricsAsArray())
  } finally {
    await rm(dataDir, { recursive: true, force: true })
  }
}
