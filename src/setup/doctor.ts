import { type Clock, systemClock } from '../base/clock.ts'
import type { Config, Secrets } from '../base/config.ts'
import { type Ids, systemIds } from '../base/ids.ts'
import { type Log, silentLog } from '../base/log.ts'
import { checkCertificates, checkPorts } from './checks/doors.ts'
import { checkFolders } from './checks/folders.ts'
import { checkLedger } from './checks/ledger.ts'
import { checkMachine } from './checks/machine.ts'
import { checkOutside } from './checks/outside.ts'
import { checkScreening } from './checks/screening.ts'
import { checkStores } from './checks/store.ts'
import { type Finding, look } from './finding.ts'

export interface DoctorOptions {
  readonly config: Config
  readonly secrets: Secrets
  /** Whether a server on the data folder answers: then its ports, its lock and its store are taken, as they should be. */
  readonly serving: boolean
  readonly clock?: Clock
  readonly ids?: Ids
  readonly log?: Log
  /** Where it is kept which logs this user has verified. */
  readonly knownLogs?: string | undefined
}

/**
 * Tries everything that a server with this configuration needs, in the order in which it needs them. It migrates, records and signs nothing;
 * the embedded database may finish what a crash cut off when it is opened.
 *
 * @returns one finding for each thing; what can't be looked at because of an earlier failure is left out
 */
export async function examine(options: DoctorOptions): Promise<Finding[]> {
  const { config, serving, clock = systemClock, ids = systemIds, log = silentLog } = options
  const ground = { ...options, clock, ids, log }
  const first = [
    await look('configuration', () => ({ detail: 'valid' })),
    ...(await checkMachine(config)),
    ...(await checkFolders(config, serving)),
    ...(await checkCertificates(config, clock)),
    ...(serving ? [] : await checkPorts(config)),
  ]
  // Files that can't be read fail everything after them for the same reason.
  if (first.some(({ ok, name }) => !ok && FILES.test(name))) return first
  return [
    ...first,
    ...(await checkStores(ground, serving)),
    ...(await checkLedger(ground)),
    ...(await checkScreening(config, clock)),
    ...(await checkOutside(ground)),
  ]
}

const FILES = /^(tls\.|egress\.caFiles$|data folder$|data lock$)/
