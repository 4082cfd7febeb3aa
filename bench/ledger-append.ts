/**
 * Durable appends per second of the ledger, beside what the disk itself does: `node bench/ledger-append.ts [SECONDS] [FOLDER]`.
 */
import { closeSync, fdatasync, openSync, write } from 'node:fs'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { systemClock } from '../src/base/clock.ts'
import { systemIds } from '../src/base/ids.ts'
import { silentLog } from '../src/base/log.ts'
import { Ledger, type LedgerEvent, openFileSigner } from '../src/ledger/index.ts'

const seconds = Number(process.argv[2] ?? 3)
const dir = await mkdtemp(join(process.argv[3] ?? tmpdir(), 'ledger-bench-'))

/** A decision as the gateway records it, about 700 bytes. */
function decision(i: number): LedgerEvent {
  return {
    id: systemIds.next('dec'),
    time: new Date(systemClock.now()).toISOString(),
    kind: 'gateway.decision',
    actor: { type: 'key', id: `key_01J00000000000000000000${i % 1000}` },
    subject: { type: 'request', id: `req_01J0000000000000000000${i}` },
    digests: { prompt: 'ab'.repeat(32), completion: 'cd'.repeat(32) },
    policy: { version: '1', digest: 'ef'.repeat(32) },
    data: {
      action: 'release',
      model: 'orca-2',
      dialect: 'openai-chat',
      stream: true,
      scores: { cyber: 0.01, bio: 0.002 },
    },
  }
}

function percentile(sorted: Float64Array, p: number): string {
  return (sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * p))] ?? 0).toFixed(3)
}

async function report(name: string, concurrency: number, once: (i: number) => Promise<unknown>): Promise<void> {
  const latencies: number[] = []
  const allThreads = process.cpuUsage()
  const thisThread = process.threadCpuUsage()
  const start = performance.now()
  let count = 0
  const lane = async () => {
    while (performance.now() - start < seconds * 1000) {
      const before = performance.now()
      await once(count++)
      latencies.push(performance.now() - before)
    }
  }
  await Promise.all(Array.from({ length: concurrency }, lane))
  const elapsed = (performance.now() - start) / 1000
  const micros = ({ user, system }: NodeJS.CpuUsage) => ((user + system) / count).toFixed(1).padStart(5)
  const cpu = `CPU ${micros(process.threadCpuUsage(thisThread))} µs each here, ${micros(process.cpuUsage(allThreads))} in all threads`
  const sorted = Float64Array.from(latencies).sort()
  const rate = Math.round(count / elapsed)
    .toString()
    .padStart(8)
  console.log(
    `${name.padEnd(28)} ${rate}/s   p50 ${percentile(sorted, 0.5)} ms   p99 ${percentile(sorted, 0.99)} ms   ${cpu}`,
  )
}

const fd = openSync(join(dir, 'bare'), 'w')
const block = Buffer.alloc(800, 1)
const bare = () =>
  new Promise<void>((resolve, reject) => {
    write(fd, block, (error) => {
      if (error) reject(error)
      else fdatasync(fd, (failed) => (failed ? reject(failed) : resolve()))
    })
  })
await report('bare write + fdatasync', 1, bare)
closeSync(fd)

const signer = await openFileSigner({ path: join(dir, 'keys', 'ledger.key'), ids: systemIds })
const ledger = await Ledger.open({
  dir: join(dir, 'ledger'),
  signer,
  clock: systemClock,
  ids: systemIds,
  log: silentLog,
  checkpointIntervalMs: 250,
})
for (const concurrency of [1, 16, 256])
  await report(`ledger, concurrency ${concurrency}`, concurrency, (i) => ledger.append(decision(i)))
await ledger.close()
console.log(`${ledger.size} entries, all under the checkpoint: ${ledger.health().publishedSize === ledger.size}`)
await rm(dir, { recursive: true })
