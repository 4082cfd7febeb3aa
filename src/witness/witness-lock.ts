import { AppError } from '../base/errors.ts'
import { acquireDataLock } from '../db/index.ts'

/** Takes a witness's folder for this process alone, until disposed. @throws {AppError} DATA_DIR_LOCKED */
export function withWitnessLock(dir: string): Disposable {
  try {
    return acquireDataLock(dir)
  } catch (cause) {
    if (!(cause instanceof AppError) || cause.code !== 'DATA_DIR_LOCKED') throw cause
    throw new AppError('DATA_DIR_LOCKED', `another witness runs on ${dir}: two would sign two histories`, { cause })
  }
}
