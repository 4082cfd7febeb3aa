export { acquireDataLock } from './data-lock.ts'
export { type DbHandle, type OpenDbOptions, openDb } from './open.ts'
export type { Database, Db } from './schema.ts'
export { ConnectionLost, PgSession, type SessionOptions, sqlState } from './session.ts'
