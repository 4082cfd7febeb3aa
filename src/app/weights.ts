import type { Clock } from '../base/clock.ts'
import type { Config } from '../base/config.ts'
import type { Egress } from '../base/egress.ts'
import type { Ids } from '../base/ids.ts'
import type { Log } from '../base/log.ts'
import type { DbHandle } from '../db/index.ts'
import type { Ledger } from '../ledger/index.ts'
import type { Response } from '../models/response/index.ts'
import type { Staff } from '../staff/index.ts'
import { Access, parseAccessConfig, type VaultPort } from '../weights/access/index.ts'
import { accessPort, RAISE_ACTION, Reading } from '../weights/reading/index.ts'
import { weightsJournal } from '../weights/records/index.ts'
import { ERASE_ACTION, parseWeightsConfig, Vault } from '../weights/vault/index.ts'
import { rolesHeld } from './roles-held.ts'

/** What is kept of weights, who may open them, and what leaves. */
export interface WeightsRooms {
  readonly vault: Vault
  readonly access: Access
  readonly reading: Reading
}

export interface WeightsRoomsDeps {
  readonly db: DbHandle
  readonly ledger: Ledger
  readonly clock: Clock
  readonly ids: Ids
  readonly log: Log
  readonly config: Pick<Config, 'weights' | 'dataDir'>
  readonly keysDir: string
  readonly egress: Egress
  readonly env: Readonly<Record<string, string | undefined>>
  readonly staff: Staff
  readonly response: Pick<Response, 'isLocked'>
}

/**
 * Opens them, lets people ask for what takes two, and closes them with `resources`: first whatever reads, last the vault.
 *
 * @throws {AppError} CONFIG_INVALID, LEDGER_UNAVAILABLE, VERIFICATION_FAILED of a key file
 */
export async function openWeights(deps: WeightsRoomsDeps, resources: AsyncDisposableStack): Promise<WeightsRooms> {
  const { staff, clock, ledger, db, ids, response } = deps
  const config = parseWeightsConfig(deps.config.weights)
  const journal = weightsJournal({ db: db.db, ledger, clock, ids })
  const vault = resources.use(
    await Vault.open({ ...deps, journal, config: config.vault, dataDir: deps.config.dataDir }),
  )
  const access = resources.use(
    await Access.open({
      ...deps,
      config: parseAccessConfig(config.access),
      vault: portOf(vault),
      people: { rolesOf: rolesHeld(staff, clock) },
      approvals: staff.approvals,
      lockedByResponse: (model) => response.isLocked(model),
    }),
  )
  access.register(staff.approvals)
  staff.approvals.registerAction(ERASE_ACTION, vault.erasing())
  const reading = resources.use(
    new Reading({
      ...deps,
      vault,
      access: accessPort(access),
    }),
  )
  staff.approvals.registerAction(RAISE_ACTION, reading.budgets.raising())
  return { vault, access, reading }
}

/** What stands of weights now, in numbers. */
export interface WeightsStanding {
  /** Grants under which weights may be opened. */
  readonly grants: number
  readonly locks: number
  /** Copies that should be gone. */
  readonly copiesOverdue: number
  /** The glass was broken, and nobody has reviewed that. */
  readonly reviewOwed: boolean
}

export async function weightsStanding({ access }: Pick<WeightsRooms, 'access'>): Promise<WeightsStanding> {
  const [locks, overdue, owed] = await Promise.all([access.locks.list(), access.copies.overdue(), access.glass.owed()])
  return {
    grants: access.grants.active().length,
    // One on a person is a matter between them and those who may know.
    locks: locks.filter(({ person }) => person === null).length,
    copiesOverdue: overdue.length,
    reviewOwed: owed !== null,
  }
}

/** The vault as access sees it. */
function portOf(vault: Vault): VaultPort {
  return {
    find: (version) => vault.versions.find(version),
    files: (version) => vault.versions.files(version),
    lastDeepCheck: (version) => vault.lastDeepCheck(version),
    plantModel: (decoy, by) => vault.plantModel(decoy, by),
    plantFile: (decoy, by) => vault.plantFile(decoy, by),
  }
}
