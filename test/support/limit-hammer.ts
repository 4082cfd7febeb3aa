/**
 * One replica that asks for more than it may have: `node limit-hammer.ts URL REPLICA SECONDS PER_MINUTE ATTEMPTS_PER_SECOND`. Prints one
 * line of JSON: how many requests it admitted, and in which tenth of a second.
 */
import { setTimeout as wait } from 'node:timers/promises'
import { RateLimiter } from '../../src/accounts/rate-limiter.ts'
import { SharedLimits } from '../../src/accounts/shared-limits.ts'
import { ValkeyLimits } from '../../src/accounts/valkey.ts'
import { systemClock } from '../../src/base/clock.ts'
import { silentLog } from '../../src/base/log.ts'

const [url = '', replica = '', seconds = '5', perMinute = '600', rate = '1000'] = process.argv.slice(2)
const store = new ValkeyLimits({ url, prefix: 'hammer' })
const limits = new SharedLimits({ store, clock: systemClock, log: silentLog, replica, replicas: 2 })
const limiter = new RateLimiter(
  systemClock,
  () => ({ requestsPerMinute: Number(perMinute), tokensPerMinute: 1_000_000_000 }),
  { limits, name: 'project' },
)
while (limits.state().state !== 'together') await wait(5)
process.stdout.write('ready\n')
await new Promise((resolve) => process.stdin.once('data', resolve))

const startMs = performance.now()
const tenths: number[] = []
let admitted = 0
for (let asked = 0; ; ) {
  const elapsedMs = performance.now() - startMs
  if (elapsedMs > Number(seconds) * 1_000) break
  for (const due = (elapsedMs * Number(rate)) / 1_000; asked < due; asked++) {
    if (!limiter.admit('prj_1', 1).admitted) continue
    admitted++
    const tenth = Math.floor(elapsedMs / 100)
    tenths[tenth] = (tenths[tenth] ?? 0) + 1
  }
  await wait(1)
}
const elapsedMs = performance.now() - startMs
process.stdout.write(
  `${JSON.stringify({ admitted, elapsedMs, tenths: Array.from(tenths, (n) => n ?? 0), ...limits.state() })}\n`,
)
await limits.close()
process.exit(0)
