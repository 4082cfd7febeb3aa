import { AppError } from '../../base/errors.ts'
import type { Db } from '../../db/index.ts'
import { put } from '../../journal/index.ts'
import type { Actor } from '../../ledger/index.ts'
import { type ActionDefinition, twoPeople } from '../../staff/index.ts'
import { type Change, records } from '../records/index.ts'
import { type BucketLevel, daysToExfiltrate, refilled } from './bucket.ts'
import type { ReadingContext } from './context.ts'
import { BUDGET, budgetId } from './kinds.ts'
import {
  BUDGET_KINDS,
  type Budget,
  type BudgetKind,
  BudgetRaise,
  type BudgetView,
  EVERYBODY,
  type NewBudget,
} from './schema.ts'
import { allBuckets } from './store.ts'

/** The name under which more than there was is asked for. */
export const RAISE_ACTION = 'weights.raise_budget'
const RAISERS = ['ciso', 'security_engineer'] as const
const AGREEING = ['ciso', 'weights_approver', 'rso', 'ceo'] as const

const GIB = 1024 ** 3
const DEFAULT_BYTES: Record<BudgetKind, number> = {
  person: 64 * GIB,
  host: 256 * GIB,
  model: 512 * GIB,
  organisation: 1024 * GIB,
}

type Limit = Pick<Budget, 'capacityBytes' | 'bytesPerDay'>

/** What holds for one of a kind, and where it comes from. */
export interface BudgetInForce {
  readonly kind: BudgetKind
  readonly id: string
  readonly source: BudgetView['source']
  readonly capacityBytes: number
  readonly bytesPerDay: number
  readonly sinceMs: number
  readonly setAt: string | null
  readonly setBy: readonly string[]
}

/** How many bytes may leave in what time: set for persons, hosts, models and the organisation. */
export class Budgets {
  readonly #context: ReadingContext

  constructor(context: ReadingContext) {
    this.#context = context
  }

  /** What holds for each, how much is left, and how long a model would take to leave. */
  async list(sizes: ReadonlyMap<string, number>): Promise<BudgetView[]> {
    const { db, clock, access } = this.#context
    const [stretch, set, buckets] = [
      await access.isStretchOn(),
      await records.list(db.db, BUDGET, { state: 'stands' }),
      await allBuckets(db.db),
    ]
    const byId = new Map(set.map((budget) => [budgetId(budget.kind, budget.id), budget]))
    const levels = new Map(buckets.map(({ kind, id, level }) => [budgetId(kind, id), level]))
    const largest = Math.max(0, ...sizes.values())
    const found = BUDGET_KINDS.flatMap((kind) => {
      const ids = new Set([...set, ...buckets].filter((one) => one.kind === kind).map(({ id }) => id))
      if (stretch) ids.add(EVERYBODY)
      return [...ids].sort().map((id) => inForce(kind, id, byId, stretch))
    })
    return found
      .filter((one) => one !== null)
      .map((one) => {
        const size = one.kind === 'model' && one.id !== EVERYBODY ? (sizes.get(one.id) ?? 0) : largest
        return viewOf(one, levels.get(budgetId(one.kind, one.id)), size, clock.now())
      })
  }

  /** Those that hold for these, read within a transaction; `stretch` gives one to each that has none. */
  async inForce(
    tx: Db,
    subjects: readonly { readonly kind: BudgetKind; readonly id: string }[],
    stretch: boolean,
  ): Promise<BudgetInForce[]> {
    const ids = subjects.flatMap(({ kind, id }) => [budgetId(kind, id), budgetId(kind, EVERYBODY)])
    const found = await records.findMany(tx, BUDGET, ids)
    return subjects.map(({ kind, id }) => inForce(kind, id, found, stretch)).filter((one) => one !== null)
  }

  /**
   * Lowers a budget, or sets one where none was: at once, by one person.
   *
   * @throws {AppError} CONFLICT where it would allow more than before: that takes two people
   */
  async set(input: NewBudget, by: Actor): Promise<Budget> {
    const { journal, access } = this.#context
    const stretch = await access.isStretchOn()
    return await journal.make(by, async (db) => {
      if (raises(input, await this.#now(db, input, stretch)))
        throw new AppError('CONFLICT', `this would allow more than before: two people agree to that (${RAISE_ACTION})`)
      return this.#change({ ...input, lifted: false, setBy: [by.id], approval: null })
    })
  }

  /** For the engine of approvals: more than there was, or no budget of one's own any more. */
  raising(): ActionDefinition<BudgetRaise> {
    const { journal, db } = this.#context
    return {
      schema: BudgetRaise,
      fresh: true,
      rule: ({ kind, id }) => twoPeople(RAISERS, AGREEING, kind === 'person' ? [id] : []),
      check: async (wanted, requester) => {
        if (wanted.kind === 'person' && wanted.id === requester)
          throw new AppError('FORBIDDEN', 'nobody asks for a larger budget of their own')
        if (!('lifted' in wanted)) return
        const [found] = (await records.findMany(db.db, BUDGET, [budgetId(wanted.kind, wanted.id)])).values()
        if (found === undefined || found.lifted) throw new AppError('NOT_FOUND', 'no such budget is set')
      },
      execute: async (wanted, { id: approval, requester, approvers }) => {
        const by: Actor = { type: 'staff', id: requester }
        await journal.make(by, async (tx) => {
          const before = await records.find(tx, BUDGET, budgetId(wanted.kind, wanted.id))
          if (before?.approval === approval) return { events: [], result: before }
          const agreed = { setBy: [requester, ...approvers], approval }
          if (!('lifted' in wanted)) return this.#change({ ...wanted, lifted: false, ...agreed })
          const { kind, id } = wanted
          return this.#change({ kind, id, capacityBytes: 0, bytesPerDay: 0, lifted: true, ...agreed })
        })
      },
    }
  }

  async #now(db: Db, { kind, id }: NewBudget, stretch: boolean): Promise<Limit | null> {
    const [now = null] = await this.inForce(db, [{ kind, id }], stretch)
    return now
  }

  #change(fields: Omit<Budget, 'setAt'>): Change<Budget> {
    const budget: Budget = { ...fields, setAt: new Date(this.#context.clock.now()).toISOString() }
    const { kind, id, capacityBytes, bytesPerDay, lifted, approval } = budget
    const data = { kind, id, capacityBytes, bytesPerDay, lifted, approval }
    const subject = { type: 'budget', id: budgetId(kind, id) }
    return { events: [{ kind: 'weights.budget_set', subject, data }], puts: [put(BUDGET, budget)], result: budget }
  }
}

function raises(wanted: Limit, now: Limit | null): boolean {
  return now !== null && (wanted.capacityBytes > now.capacityBytes || wanted.bytesPerDay > now.bytesPerDay)
}

/** One's own, else everybody's, else, where the overlay asks for one, the default. */
function inForce(
  kind: BudgetKind,
  id: string,
  found: ReadonlyMap<string, Budget>,
  stretch: boolean,
): BudgetInForce | null {
  const [own, everybodys] = [found.get(budgetId(kind, id)), found.get(budgetId(kind, EVERYBODY))]
  const set = [own, everybodys].find((budget) => budget !== undefined && !budget.lifted)
  if (set !== undefined) {
    const { capacityBytes, bytesPerDay, setAt, setBy } = set
    const source = set === own ? 'set' : 'everybody'
    return { kind, id, source, capacityBytes, bytesPerDay, sinceMs: Date.parse(setAt), setAt, setBy }
  }
  if (!stretch) return null
  const [capacityBytes, bytesPerDay] = [DEFAULT_BYTES[kind], DEFAULT_BYTES[kind]]
  return { kind, id, source: 'overlay', capacityBytes, bytesPerDay, sinceMs: 0, setAt: null, setBy: [] }
}

function viewOf(one: BudgetInForce, level: BucketLevel | undefined, sizeBytes: number, nowMs: number): BudgetView {
  const { kind, id, source, capacityBytes, bytesPerDay, setAt, setBy } = one
  return {
    ...{ kind, id, source, capacityBytes, bytesPerDay, setAt, setBy: [...setBy] },
    leftBytes: level === undefined ? capacityBytes : refilled(level, one, nowMs).bytes,
    sizeBytes: sizeBytes === 0 ? null : sizeBytes,
    daysToExfiltrate: sizeBytes === 0 ? null : daysToExfiltrate(sizeBytes, one),
  }
}
