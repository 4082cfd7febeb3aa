import { existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { type Clock, iso, SKEW_MS } from '../../base/clock.ts'
import type { Config } from '../../base/config.ts'
import { AppError } from '../../base/errors.ts'
import type { Ids } from '../../base/ids.ts'
import { keysDirOf } from '../../db/index.ts'
import { KnownLogs, openFileSigner, parseTrustPolicy, TlogError, verifyTail } from '../../ledger/index.ts'
import { type Finding, look, type Seen } from '../finding.ts'

interface Ground {
  readonly config: Config
  readonly clock: Clock
  readonly ids: Ids
  /** What this user has verified before; by default where `ledger verify` keeps it. */
  readonly knownLogs?: string | undefined
}

const UNWITNESSED = 'only the operator vouches that everybody is shown this same log'
const MEND_WITNESS = 'name witnesses of other owners in ledger.policy: docs/guide/witnesses.md'

/** The end of this process's ledger, and who vouches for it. A shared one is looked after with `ledger fsck`. */
export async function checkLedger(ground: Ground): Promise<Finding[]> {
  const { shared, policy } = ground.config.ledger
  return [
    ...(shared ? [] : [await look('ledger', () => tail(ground), '"safelevel ledger fsck" says what is damaged')]),
    await look('witnesses', () => (policy === undefined ? unwitnessed() : witnesses(policy))),
  ]
}

async function tail(ground: Ground): Promise<Seen> {
  const { config, clock, ids } = ground
  const dir = join(config.dataDir, 'ledger')
  const path = join(keysDirOf(config), 'ledger.key')
  if (!existsSync(join(dir, 'public', 'checkpoint'))) return { detail: 'begun at the first start' }
  if (!existsSync(path))
    throw new AppError(
      'CONFIG_INVALID',
      `${path} is missing, and there is a ledger: put the key back from where it was kept`,
    )
  const { vkey } = await openFileSigner({ path, origin: config.ledger.origin, ids })
  const { origin, size, checked, newestMs } = await verifyTail(dir, vkey)
  const known = (await KnownLogs.open(ground.knownLogs)).headOf(origin)
  if (known !== null && known > size)
    return {
      level: 'failed',
      detail: `${origin} has ${size} entries, and was verified on this machine with ${known}: it was put back to an earlier state`,
      mend: 'bring the later state back; where it is lost, say so to whoever follows the log: docs/guide/backup.md',
    }
  if (newestMs !== null && newestMs > clock.now() + SKEW_MS)
    return {
      level: 'failed',
      detail: `the newest entry was recorded at ${iso(newestMs)}, and it is ${iso(clock.now())} here: a clock was or is wrong`,
      mend: 'have the machine follow a time server (NTP)',
    }
  return { detail: `${size} entries; signature, right edge and the last ${checked} bodies verify` }
}

function unwitnessed(): Seen {
  return { level: 'warning', detail: `none: ${UNWITNESSED}`, mend: MEND_WITNESS }
}

function witnesses(policy: string): Seen {
  try {
    const parsed = parseTrustPolicy(policy.includes('\n') ? Buffer.from(policy) : readFileSync(policy))
    if (parsed.quorum === null)
      return { level: 'warning', detail: `the policy asks for nobody: ${UNWITNESSED}`, mend: MEND_WITNESS }
    return { detail: `${parsed.witnesses.length} in the policy; "safelevel status" says who has cosigned` }
  } catch (cause) {
    if (!(cause instanceof TlogError))
      throw new AppError('CONFIG_INVALID', `ledger.policy: ${policy} can't be read`, { cause })
    throw new AppError('CONFIG_INVALID', `ledger.policy: ${cause.message}`, { cause })
  }
}
