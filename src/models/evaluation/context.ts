import { type Clock, iso } from '../../base/clock.ts'
import { AppError } from '../../base/errors.ts'
import type { Ids } from '../../base/ids.ts'
import type { Db, DbHandle } from '../../db/index.ts'
import { type Happening, put, type RecordKind } from '../../journal/index.ts'
import type { Actor } from '../../ledger/index.ts'
import { type ModelsJournal, records } from '../records/index.ts'
import type { Registry } from '../registry/index.ts'
import type { Cadence } from './due/index.ts'
import { DEVIATION } from './kinds.ts'
import type { Deviation } from './schema.ts'

/** What the parts of the room share. */
export interface EvaluationContext {
  readonly db: DbHandle
  readonly journal: ModelsJournal
  readonly clock: Clock
  readonly ids: Ids
  readonly registry: Registry
  readonly cadence: Cadence
}

export function notFound(what: string): AppError {
  return new AppError('NOT_FOUND', `there is no ${what}`)
}

export function conflict(message: string): AppError {
  return new AppError('CONFLICT', message)
}

/** @throws {AppError} NOT_FOUND */
export async function get<T>(db: Db, kind: RecordKind<T>, id: string): Promise<T> {
  const record = await records.find(db, kind, id)
  if (record === null) throw notFound(`${kind.kind} ${id}`)
  return record
}

/** Something that was not done as it should have been: kept and recorded, whatever else follows. */
export function deviation(
  { ids, clock }: EvaluationContext,
  by: Actor,
  about: Pick<Deviation, 'model' | 'kind' | 'words' | 'suite'>,
): { readonly row: ReturnType<typeof put>; readonly event: Happening } {
  const id = ids.next('dev')
  const record: Deviation = { id, ...about, at: iso(clock.now()), by: by.id }
  const data = { model: about.model, kind: about.kind }
  return {
    row: put(DEVIATION, record),
    event: { kind: 'evaluations.deviation', subject: { type: 'deviation', id }, data },
  }
}
