import { fdatasync, openSync, write } from 'node:fs'
import { join } from 'node:path'
import { parseArgs } from 'node:util'
import { systemClock } from '../../src/base/clock.ts'
import { systemIds } from '../../src/base/ids.ts'
import { silentLog } from '../../src/base/log.ts'
import { openDb } from '../../src/db/index.ts'
import { type LedgerEvent, LocalLedger, openFileSigner, openTiles, SharedLedger } from '../../src/ledger/index.ts'

/**
 * Appends to one kind of ledger, alone in its process, and prints one line of JSON:
 *   node bench/ledger/append.ts --kind write-ahead|shared|bare --dir FOLDER --seconds 3 --concurrency 256
 * `bare` is what the disk does: one small write and its sync at a time. `shared` needs DATABASE_URL, an empty database.
 */
const { values } = parseArgs({
  options: {
    kind: { type: 'string', default: 'write-ahead' },
    dir: { type: 'string', default: '.' },
    seconds: { type: 'string', default: '3' },
    concurrency: { type: 'string', default: '256' },
  },
})
const [seconds, concurrency] = [Number(values.seconds), Number(values.concurrency)]
/** Compiled and grown before it counts, as a server is. */
const WARM_UP_SECONDS = Math.min(1, seconds / 3)

/** A decision as the gateway records it, about 700 bytes, its members in the order of canonical JSON as there. */
function decision(i: number): LedgerEvent {
  return {
    actor: { id: `key_01J00000000000000000000${i % 1000}`, type: 'key' },
    data: {
      action: 'release',
      dialect: 'openai-chat',
      model: 'orca-2',
      scores: { bio: 0.002, cyber: 0.01 },
      stream: true,
    },
    digests: { completion: 'cd'.repeat(32), prompt: 'ab'.repeat(32) },
    id: systemIds.next('dec'),
    kind: 'gateway.decision',
    policy: { digest: 'ef'.repeat(32), version: '1' },
    subject: { id: `req_01J0000000000000000000${i}`, type: 'request' },
    time: new Date(systemClock.now()).toISOString(),
  }
}

async function measure(once: (i: number) => Promise<unknown>, lastsSeconds: number) {
  const latencies: number[] = []
  const [allThreads, thisThread] = [process.cpuUsage(), process.threadCpuUsage()]
  const startedMs = performance.now()
  let count = 0
  const lane = async () => {
    while (performance.now() - startedMs < lastsSeconds * 1_000) {
      const beforeMs = performance.now()
      await once(count++)
      latencies.push(performance.now() - beforeMs)
    }
  }
  await Promise.all(Array.from({ length: concurrency }, lane))
  const elapsedSeconds = (performance.now() - startedMs) / 1_000
  const micros = ({ user, system }: NodeJS.CpuUsage) => (user + system) / count
  const sorted = Float64Array.from(latencies).sort()
  const at = (p: number) => sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * p))] ?? Number.NaN
  return {
    entriesPerSecond: count / elapsedSeconds,
    p50Ms: at(0.5),
    p99Ms: at(0.99),
    entries: count,
    threadMicros: micros(process.threadCpuUsage(thisThread)),
    cpuMicros: micros(process.cpuUsage(allThreads)),
  }
}

async function run(once: (i: number) => Promise<unknown>): Promise<void> {
  await measure(once, WARM_UP_SECONDS)
  console.log(JSON.stringify(await measure(once, seconds)))
}

function bare(): Promise<void> {
  const fd = openSync(join(values.dir, 'bare'), 'w')
  const block = Buffer.alloc(800, 1)
  return run(
    () =>
      new Promise<void>((resolve, reject) => {
        write(fd, block, (error) => {
          if (error) reject(error)
          else fdatasync(fd, (failed) => (failed ? reject(failed) : resolve()))
        })
      }),
  )
}

async function common() {
  const signer = await openFileSigner({ path: join(values.dir, 'keys', 'ledger.key'), ids: systemIds })
  return { signer, clock: systemClock, ids: systemIds, log: silentLog, checkpointIntervalMs: 250 }
}

async function writeAhead(): Promise<void> {
  await using ledger = await LocalLedger.open({ ...(await common()), dir: join(values.dir, 'ledger') })
  await run((i) => ledger.append(decision(i)))
}

async function shared(): Promise<void> {
  const url = process.env.DATABASE_URL ?? ''
  await using _db = await openDb({ url, dataDir: values.dir, log: silentLog }) // makes the tables
  await using ledger = await SharedLedger.open({
    ...(await common()),
    url,
    openTiles: (mayReplace) => openTiles({ folder: join(values.dir, 'tiles') }, systemIds, mayReplace),
  })
  await run((i) => ledger.append(decision(i)))
}

if (values.kind === 'bare') await bare()
else if (values.kind === 'shared') await shared()
else await writeAhead()
