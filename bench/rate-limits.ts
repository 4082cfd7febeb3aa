/**
 * How exact rate limits are that replicas count together: `node bench/rate-limits.ts [--url valkey://…] [--seconds 20] [--json]`. Starts
 * processes that each ask far more often than is allowed, and compares what they admit together with what one exact counter would have.
 * Without `--url` a server is started for it.
 */
import { parseArgs } from 'node:util'
import { hammer } from '../test/support/hammer.ts'
import { TestRedis } from '../test/support/redis.ts'

const { values } = parseArgs({
  options: {
    url: { type: 'string' },
    seconds: { type: 'string', default: '20' },
    json: { type: 'boolean', default: false },
  },
})
const CASES = [
  { replicas: 1, perMinute: 600, rate: 500 },
  { replicas: 2, perMinute: 600, rate: 500 },
  { replicas: 2, perMinute: 30_000, rate: 3_000 },
  { replicas: 4, perMinute: 600, rate: 500 },
]
const results = []
for (const options of CASES) {
  await using server = values.url === undefined ? await TestRedis.start() : null
  const url = values.url ?? server?.url ?? ''
  const { admitted, exact, exchanges } = await hammer({ ...options, url, seconds: Number(values.seconds) })
  const over = admitted - exact
  results.push({
    ...options,
    seconds: Number(values.seconds),
    admitted,
    exact: Math.round(exact),
    overPercent: Math.round((1_000 * over) / exact) / 10,
    exchanges,
  })
}
if (values.json) console.log(JSON.stringify(results))
else console.table(results)
