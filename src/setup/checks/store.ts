import { existsSync } from 'node:fs'
import { type Clock, SKEW_MS } from '../../base/clock.ts'
import type { Config, Secrets } from '../../base/config.ts'
import type { Ids } from '../../base/ids.ts'
import type { Log } from '../../base/log.ts'
import { acquireDataLock, keysDirOf, probeStore } from '../../db/index.ts'
import { openTiles } from '../../ledger/index.ts'
import { type Finding, look, type Seen } from '../finding.ts'

interface Ground {
  readonly config: Config
  readonly secrets: Secrets
  readonly clock: Clock
  readonly ids: Ids
  readonly log: Log
}

const MIB = 1024 * 1024
const NEEDED_POSTGRES = 15
const NOTABLE_SKEW_MS = 2_000

/** The database, its clock against ours, and the place of a shared ledger's files. */
export async function checkStores(ground: Ground, serving: boolean): Promise<Finding[]> {
  const { config, secrets } = ground
  const findings: Finding[] = []
  if (secrets.databaseUrl === null && serving)
    findings.push(await look('database', () => ({ detail: 'embedded, and in use by the server' })))
  else findings.push(...(await database(ground)))
  if (config.ledger.shared) findings.push(await look('ledger.tiles', () => tiles(ground)))
  return findings
}

async function database({ config, secrets, clock, log }: Ground): Promise<Finding[]> {
  let skewMs: number | null = null
  const store = await look(
    'database',
    async () => {
      // Two processes on one embedded store lose rows: a server that starts just now shall wait.
      using _lock = secrets.databaseUrl === null && existsSync(config.dataDir) ? acquireDataLock(config.dataDir) : null
      const beforeMs = clock.now()
      const probe = await probeStore({
        url: secrets.databaseUrl,
        dataDir: config.dataDir,
        keysDir: keysDirOf(config),
        log,
      })
      // Ours in the middle of the question: half of the way there.
      if (probe.clockMs !== null) skewMs = probe.clockMs - (beforeMs + clock.now()) / 2
      return storeWords(probe)
    },
    'check DATABASE_URL, and that the database runs; an embedded one that does not open is put back from a backup',
  )
  return skewMs === null ? [store] : [store, await look('clock', () => skewWords(skewMs ?? 0))]
}

function storeWords(probe: Awaited<ReturnType<typeof probeStore>>): Seen {
  if (probe.kind === 'none') return { detail: 'embedded; made at the first start' }
  const { version, encoding, sizeBytes, state, keysFault } = probe
  const detail = `${probe.kind === 'postgres' ? 'PostgreSQL' : 'embedded PostgreSQL'} ${version}, ${Math.ceil(sizeBytes / MIB)} MiB; ${state}`
  if (probe.kind === 'postgres' && version < NEEDED_POSTGRES)
    return { level: 'failed', detail, mend: `upgrade PostgreSQL to ${NEEDED_POSTGRES} or later` }
  if (encoding !== 'UTF8')
    return {
      level: 'failed',
      detail: `${detail}; its encoding is ${encoding}`,
      mend: 'make the database with ENCODING UTF8',
    }
  if (keysFault !== null) return { level: 'failed', detail: keysFault }
  return { detail }
}

function skewWords(skewMs: number): Seen {
  const seconds = (skewMs / 1_000).toFixed(1)
  const detail = `the database’s is ${seconds} s ahead of this machine’s`
  const mend = 'have both follow the same time servers (NTP)'
  if (Math.abs(skewMs) >= SKEW_MS) return { level: 'failed', detail, mend }
  return Math.abs(skewMs) >= NOTABLE_SKEW_MS ? { level: 'warning', detail, mend } : { detail }
}

async function tiles({ config, ids }: Ground): Promise<Seen> {
  const opened = await openTiles(config.ledger.tiles, ids)
  try {
    const note = await opened.read('checkpoint')
    return { detail: `${opened.place} can be read${note === null ? ' and holds no log yet' : ''}` }
  } finally {
    await opened.close()
  }
}
