import type { Db } from '../../db/index.ts'
import { EVALUATION } from './kinds.ts'
import type { KeptEvaluation } from './schema.ts'
import * as store from './store.ts'

/** What there is in the room, for those who watch it. */
export interface Tally {
  /** Of the last change that it counts. */
  readonly version: number
  /** Results by their kind, those of fixtures among them; none where a kind is absent. */
  readonly counts: ReadonlyMap<string, number>
  /** The last evaluation of a model, of whatever checkpoint; never a fixture's. */
  readonly last: KeptEvaluation | null
}

export const NOTHING: Tally = { version: -1, counts: new Map(), last: null }

/** More evaluations of the sandbox in a row than anybody makes. */
const LOOKED_AT = 200

/** Counts again, if anything has changed since. */
export async function tallied(db: Db, before: Tally): Promise<Tally> {
  // Read first: what changes meanwhile is counted again the next time.
  const version = await store.records.headVersion(db)
  if (version === before.version) return before
  const evaluations = await store.records.list(db, EVALUATION, { order: 'latest', limit: LOOKED_AT })
  return {
    version,
    counts: await store.countResults(db),
    last: evaluations.find(({ fixture }) => !fixture) ?? null,
  }
}
