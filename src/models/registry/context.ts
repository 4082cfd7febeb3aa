import { type Clock, iso, SKEW_MS } from '../../base/clock.ts'
import { AppError } from '../../base/errors.ts'
import type { Ids } from '../../base/ids.ts'
import type { Db, DbHandle } from '../../db/index.ts'
import { type ModelsJournal, records } from '../records/index.ts'
import { MODEL } from './kinds.ts'
import type { ModelLine } from './schema.ts'

/** What the parts of the room share. */
export interface RegistryContext {
  readonly db: DbHandle
  readonly journal: ModelsJournal
  readonly clock: Clock
  readonly ids: Ids
}

export function notFound(what: string): AppError {
  return new AppError('NOT_FOUND', `${what} is not registered`)
}

export function conflict(message: string): AppError {
  return new AppError('CONFLICT', message)
}

/** @throws {AppError} NOT_FOUND */
export async function lineOf(db: Db, model: string): Promise<ModelLine> {
  const line = await records.find(db, MODEL, model)
  if (line === null) throw notFound(`the model ${model}`)
  return line
}

/** The time that a caller gives for something that has happened, or now. @throws {AppError} REQUEST_INVALID for the future */
export function pastTime(clock: Clock, given: string | undefined, name: string): string {
  const now = clock.now()
  if (given === undefined) return iso(now)
  const at = Date.parse(given)
  if (at > now + SKEW_MS) throw new AppError('REQUEST_INVALID', `${name} lies in the future: it is ${iso(now)} here`)
  return iso(at)
}
