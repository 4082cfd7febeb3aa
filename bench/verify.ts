import { spawnSync } from 'node:child_process'
import { mkdtemp, rm } from 'node:fs/promises'
import { cpus, tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { parseArgs } from 'node:util'
import { systemClock } from '../src/base/clock.ts'
import { systemIds } from '../src/base/ids.ts'
import { silentLog } from '../src/base/log.ts'
import { KnownLogs, LocalLedger, openFileSigner, openPlace, verifyLedger } from '../src/ledger/index.ts'

/**
 * How long a whole log takes to verify: tiles, entries and root, and each body against its commitment. Beside it, on the same
 * files, Tessera's fsck (entries and tiles, no bodies) where Go 1.25 is.
 *
 *   node bench/verify.ts [--entries 1000000] [--dir FOLDER]   FOLDER is made at the first run and kept for the next
 */
const { values } = parseArgs({
  options: { entries: { type: 'string', default: '1000000' }, dir: { type: 'string' }, json: { type: 'boolean' } },
})
const ENTRIES = Number(values.entries)
const GO = fileURLToPath(new URL('../test/ledger/tessera', import.meta.url))

/** Processor time tells more where others use the machine too. */
interface Taken {
  readonly seconds: number
  readonly cpuSeconds: number | null
}

const kept = values.dir !== undefined
const dir = values.dir ?? (await mkdtemp(join(tmpdir(), 'safelevel-bench-verify-')))
try {
  const vkey = await writeLog(dir)
  const publicDir = join(dir, 'ledger', 'public')
  const rows = [
    ['safelevel, with bodies', await ours(join(dir, 'ledger'), dir)],
    ['safelevel, public files', await ours(publicDir, dir)],
    ['tessera fsck, public files', fsck(publicDir, vkey)],
  ] as const
  if (values.json) console.log(JSON.stringify({ entries: ENTRIES, cpu: cpus()[0]?.model, ...Object.fromEntries(rows) }))
  else {
    console.log(
      `${ENTRIES.toLocaleString('en')} entries; ${cpus().length} × ${cpus()[0]?.model}; Node ${process.version}`,
    )
    for (const [name, taken] of rows) console.log(`${name.padEnd(28)} ${taken === null ? 'not here' : describe(taken)}`)
  }
} finally {
  if (!kept) await rm(dir, { recursive: true, force: true })
}

function describe({ seconds, cpuSeconds }: Taken): string {
  const rate = Math.round(ENTRIES / seconds).toLocaleString('en')
  return `${seconds.toFixed(2)} s, ${rate} entries/s${cpuSeconds === null ? '' : `; ${cpuSeconds.toFixed(2)} s of processor time`}`
}

/** Appends what is missing. @returns the log's key */
async function writeLog(dataDir: string): Promise<string> {
  const signer = await openFileSigner({ path: join(dataDir, 'keys', 'ledger.key'), ids: systemIds })
  await using ledger = await LocalLedger.open({
    dir: join(dataDir, 'ledger'),
    signer,
    clock: systemClock,
    ids: systemIds,
    log: silentLog,
    checkpointIntervalMs: 1_000,
  })
  while (ledger.size < ENTRIES) {
    const from = ledger.size
    const count = Math.min(5_000, ENTRIES - from)
    await Promise.all(Array.from({ length: count }, (_, i) => ledger.append(decision(from + i))))
    if (ledger.size % 50_000 < count) await ledger.integrated(ledger.size - 1)
  }
  if (ledger.size > 0) await ledger.integrated(ledger.size - 1)
  return ledger.vkey
}

/** About as large as a decision of the gateway. */
function decision(n: number) {
  return {
    id: `dec_${n.toString().padStart(26, '0')}`,
    time: '2026-01-01T00:00:00.000Z',
    kind: 'gateway.decision',
    actor: { type: 'key' as const, id: 'key_01HZY4W5Z9Q8N7M6K5J4H3G2F1' },
    subject: { type: 'request', id: `req_${n.toString().padStart(26, '0')}` },
    digests: { prompt: 'ab'.repeat(32), completion: 'cd'.repeat(32) },
    policy: { version: '1.1.0', digest: 'ef'.repeat(32) },
    data: {
      outcome: 'allow',
      model: 'orca-2',
      surface: 'api',
      labels: { cyber_operations: 0.0123, violent_crimes: 0.0004 },
    },
  }
}

async function ours(target: string, dataDir: string): Promise<Taken> {
  const knownLogs = await KnownLogs.open(join(dataDir, `known-${process.pid}-${target.length}.json`))
  const [started, cpu] = [performance.now(), process.cpuUsage()]
  const report = await verifyLedger({ place: await openPlace(target), knownLogs, clock: systemClock })
  if (report.size !== ENTRIES) throw new Error(`verified ${report.size} entries`)
  const { user, system } = process.cpuUsage(cpu)
  return { seconds: (performance.now() - started) / 1000, cpuSeconds: (user + system) / 1e6 }
}

function fsck(publicDir: string, vkey: string): Taken | null {
  const binary = join(GO, 'interop.bin')
  if (spawnSync('go', ['build', '-o', binary, '.'], { cwd: GO }).status !== 0) return null
  const started = performance.now()
  const { status, stderr } = spawnSync(binary, ['fsck', publicDir, vkey], { encoding: 'utf8' })
  if (status !== 0) throw new Error(`fsck: ${stderr}`)
  return { seconds: (performance.now() - started) / 1000, cpuSeconds: null }
}
