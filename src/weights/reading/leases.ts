import type { Db } from '../../db/index.ts'
import { record, toEvent } from '../../journal/index.ts'
import { take } from './bucket.ts'
import { BudgetSpent } from './budget-spent.ts'
import type { BudgetInForce, Budgets } from './budgets.ts'
import type { ReadingContext } from './context.ts'
import { CoverageMap } from './coverage-map.ts'
import type { ReadableFile, ReadingGrant } from './ports.ts'
import { type BudgetKind, EVERYBODY } from './schema.ts'
import { segmentsOf } from './segments.ts'
import { addUse, lockBucket, lockCoverage, saveBucket, saveCoverage, usesOf } from './store.ts'

/** Bytes of one file that are to be given out under a grant. */
export interface Lease {
  readonly grant: ReadingGrant
  readonly file: ReadableFile
  readonly start: number
  readonly length: number
  /** How many must be left for any to be counted: at least `length`. */
  readonly needed: number
}

/**
 * Counts bytes before they are decrypted. Whatever happens afterwards they stay counted: who was cut off may have got them.
 *
 * Use, buckets and coverage change in one transaction, and their rows are locked in one order (grant, person, host, model, organisation,
 * coverage), so that any number of replicas wait for each other and never in a circle.
 */
export class Leases {
  readonly #context: ReadingContext
  readonly #budgets: Budgets
  /** Bytes counted here since this process began. */
  #bytes = 0

  constructor(context: ReadingContext, budgets: Budgets) {
    this.#context = context
    this.#budgets = budgets
  }

  get bytes(): number {
    return this.#bytes
  }

  /**
   * Resolves once the bytes are counted and that is on the ledger: only then may they be decrypted.
   *
   * @returns how many the grant has left
   * @throws {BudgetSpent} nothing was counted; {AppError} LEDGER_UNAVAILABLE: counted, and nothing may be given out
   */
  async take(lease: Lease): Promise<number> {
    const { db, ledger, access } = this.#context
    const stretch = await access.isStretchOn()
    const leftBytes = await db.db.transaction().execute((tx) => this.#count(tx, lease, stretch))
    this.#bytes += lease.length
    const event = toEvent(this.#context, { type: 'staff', id: lease.grant.personId }, happeningOf(lease))
    await record(ledger, [event], 'the reading could not be recorded, so nothing was opened')
    return leftBytes
  }

  async #count(tx: Db, lease: Lease, stretch: boolean): Promise<number> {
    const { grant, length, needed } = lease
    const { id: grantId, budgetBytes } = grant
    const used = await addUse(tx, { grantId, bytes: length, needed, budgetBytes })
    if (used === null) {
      const left = budgetBytes - ((await usesOf(tx, [grantId])).get(grantId) ?? 0)
      throw new BudgetSpent(
        `${needed} bytes are more than the grant has left: ${left} of ${budgetBytes}`,
        null,
        left <= 0,
      )
    }
    for (const budget of await this.#budgets.inForce(tx, subjectsOf(grant), stretch))
      await this.#take(tx, budget, lease)
    await cover(tx, lease)
    return budgetBytes - used
  }

  async #take(tx: Db, budget: BudgetInForce, { length, needed }: Lease): Promise<void> {
    const { kind, id, capacityBytes, bytesPerDay } = budget
    const nowMs = this.#context.clock.now()
    const level = await lockBucket(tx, kind, id, { bytes: capacityBytes, atMs: nowMs })
    const result = take(level, budget, length, needed, nowMs)
    if (result.taken) return saveBucket(tx, kind, id, result.level)
    const has = `the budget of the ${kind} has ${result.bytes} bytes left`
    const advice =
      needed > capacityBytes && capacityBytes > 0 && bytesPerDay > 0
        ? `; it never holds more than ${capacityBytes}, so ask for that much at a time`
        : ''
    throw new BudgetSpent(`${needed} bytes are too many now: ${has}${advice}`, result.waitMs)
  }
}

/** In the order in which their buckets are locked. */
function subjectsOf({ personId, host, version }: ReadingGrant): { kind: BudgetKind; id: string }[] {
  return [
    { kind: 'person', id: personId },
    { kind: 'host', id: host },
    { kind: 'model', id: version.slice(0, version.indexOf('/')) },
    { kind: 'organisation', id: EVERYBODY },
  ]
}

async function cover(tx: Db, { grant, file, start, length }: Lease): Promise<void> {
  const { personId, version } = grant
  const { path, sizeBytes } = file
  const { blockBytes } = new CoverageMap(sizeBytes)
  const row = await lockCoverage(tx, { personId, version, path, blockBytes, blocks: '' })
  const map = new CoverageMap(sizeBytes, row.blocks, row.blockBytes)
  if (map.mark(start, length)) await saveCoverage(tx, { ...row, blocks: map.encoded() })
}

function happeningOf({ grant, file, start, length }: Lease) {
  const { id, device, host, version } = grant
  const segments = segmentsOf(file, start, length)
  const data = { grant: id, device, host, version, file: file.position, start, length, segments }
  return { kind: 'weights.read', subject: { type: 'weights_grant', id }, data }
}
