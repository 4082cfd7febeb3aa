import { AppError } from '../base/errors.ts'
import { faultOf } from './event-fault.ts'
import type { LedgerEvent } from './schema.ts'
import { canonicalJson, TlogError } from './tlog/index.ts'

/** The canonical JSON of an event. @throws {AppError} INTERNAL, since who makes such an event has a defect */
export function eventBody(event: LedgerEvent): string {
  const fault = faultOf(event)
  if (fault !== null) throw new AppError('INTERNAL', `a ledger event is malformed: ${fault}`)
  let body: string
  try {
    body = canonicalJson(event)
  } catch (cause) {
    const why = cause instanceof TlogError ? cause.message : 'unreadable'
    throw new AppError('INTERNAL', `a ledger event is not canonical JSON: ${why}`, { cause })
  }
  // Parsers drop or obey this key: an entry must not read differently from what it commits to. As canonical JSON escapes
  // quotes within strings, the text can only stand for a key. The shorter search begins with a letter that is rare.
  if (body.includes('__proto__') && body.includes('"__proto__":'))
    throw new AppError('INTERNAL', 'a ledger event has a key named __proto__')
  return body
}
