import type { RecordKind } from '../journal/index.ts'
import { Filing, Report } from './schema.ts'

/** Found by its receipt; due when its words go. `model` is as who reported named it. */
export const REPORT: RecordKind<Report> = {
  kind: 'report',
  schema: Report,
  columns: ({ id, about, lookup, state, receivedAt, eraseAt, erased }) => ({
    id,
    model: about.model,
    about: lookup,
    state,
    at: receivedAt,
    dueAt: erased ? null : eraseAt,
  }),
}

/** By a keyed digest of what was filed. */
export const FILING: RecordKind<Filing> = {
  kind: 'filing',
  schema: Filing,
  columns: ({ id, report, filedAt, expiresAt }) => ({ id, about: report, at: filedAt, dueAt: expiresAt }),
}
