import { z } from 'zod'
import type { Json } from '../signals/signal.ts'
import { isOutside } from './kinds.ts'
import { sane } from './levels.ts'
import type { Model, Seen } from './model.ts'
import { restoreInto, snapshotOf, Table } from './table.ts'

const AFTER_MS = 3 * 86_400_000

/** What happens beside weights: content looked at, records exported, refusals, and what other machines and clouds tell. */
export class Outside implements Model {
  /** When somebody last read weights. */
  readonly #read = new Table(z.number(), 100_000)

  look(seen: Seen): void {
    const { activity, person, timeMs } = seen
    const { kind, outcome } = activity
    seen.add('actions', 1)
    if (outcome === 'failure') seen.add('failures', 1)
    if (kind === 'weights.read') this.#read.set(person, timeMs)
    else if (kind.startsWith('content.') || kind === 'review.case_read') seen.add('content_read', 1)
    if (kind.includes('export')) seen.add('exports', 1)
    if (kind.startsWith('ledger.')) seen.add('records_read', 1)
    if (!isOutside(kind)) return
    seen.add('outside_acts', 1)
    const bytes = sane(activity.bytes)
    if (bytes === 0) return
    seen.add('bytes_out', bytes)
    const readMs = this.#read.get(person)
    if (readMs !== undefined && timeMs - readMs < AFTER_MS) seen.add('out_after_read', bytes)
  }

  snapshot(): Json {
    return snapshotOf({ read: this.#read })
  }

  restore(snapshot: Json): void {
    restoreInto({ read: this.#read }, snapshot)
  }
}
