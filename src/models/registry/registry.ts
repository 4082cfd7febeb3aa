import type { Clock } from '../../base/clock.ts'
import type { Ids } from '../../base/ids.ts'
import type { DbHandle } from '../../db/index.ts'
import type { EventLog } from '../../ledger/index.ts'
import { modelsJournal, records } from '../records/index.ts'
import { Checkpoints } from './checkpoints.ts'
import { Deployments } from './deployments.ts'
import { Lines } from './lines.ts'
import { Runs } from './runs.ts'

export interface RegistryDeps {
  readonly db: DbHandle
  readonly ledger: EventLog
  readonly clock: Clock
  readonly ids: Ids
}

/** What is trained and what is deployed: model lines, runs, checkpoints, deployments. Facts alone: it decides nothing. */
export class Registry {
  readonly lines: Lines
  readonly checkpoints: Checkpoints
  readonly runs: Runs
  readonly deployments: Deployments
  readonly #db: DbHandle

  private constructor(deps: RegistryDeps) {
    const { db, ledger, clock, ids } = deps
    const journal = modelsJournal('models.registry', { db: db.db, ledger, clock, ids })
    const context = { db, journal, clock, ids }
    this.#db = db
    this.lines = new Lines(context)
    this.checkpoints = new Checkpoints(context)
    this.runs = new Runs(context)
    this.deployments = new Deployments(context)
  }

  /** Finishes what a crash cut off. @throws {AppError} LEDGER_UNAVAILABLE */
  static async open(deps: RegistryDeps): Promise<Registry> {
    const { db, ledger, clock, ids } = deps
    await modelsJournal('models.registry', { db: db.db, ledger, clock, ids }).recover()
    return new Registry(deps)
  }

  /** A number that changes with every change under `models`, of any room and any replica. */
  version(): Promise<number> {
    return records.headVersion(this.#db.db)
  }
}
