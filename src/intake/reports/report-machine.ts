import { iso } from '../../base/clock.ts'
import { AppError } from '../../base/errors.ts'
import { conflict } from '../context.ts'
import type { Closing, Report } from '../schema.ts'

/**
 * The life of a report, without store or clock.
 *
 * ```
 * received --take--> triaging --confirm--> confirmed --mitigate--> mitigated --close(fixed)--> closed
 *     |                 |                      |
 *     '-----------------+----------------------+--close(any other)--> closed --reopen--> received | triaging
 * any state --withdraw--> closed(withdrawn), erased           closed --time--> erased
 * ```
 */
type Fresh = 'id' | 'channel' | 'kind' | 'category' | 'about' | 'organisationId' | 'anonymous' | 'encryption'

export type NewReport = Pick<Report, Fresh | 'lookup' | 'files' | 'signature'> & { readonly nowMs: number }

const MOST_UNANSWERED = 20
const MOST_MESSAGES = 500

export function received({ nowMs, ...about }: NewReport): Report {
  return {
    ...about,
    messages: 0,
    unanswered: 0,
    state: 'received',
    closedAs: null,
    assignee: null,
    receivedAt: iso(nowMs),
    lastAt: iso(nowMs),
    answeredAt: null,
    confirmedAt: null,
    mitigatedAt: null,
    closedAt: null,
    unreadBy: 'staff',
    eraseAt: null,
    erased: false,
  }
}

/** Somebody takes it upon themselves, also from somebody else; taking it again changes nothing. @throws {AppError} CONFLICT */
export function taken(report: Report, by: string, nowMs: number): Report {
  requireOpen(report)
  if (report.assignee === by) return report
  const state = report.state === 'received' ? 'triaging' : report.state
  return { ...report, state, assignee: by, lastAt: iso(nowMs) }
}

/** Nobody has it any more. What is not confirmed waits again. @throws {AppError} CONFLICT, FORBIDDEN: only who has it gives it back */
export function givenBack(report: Report, by: string, nowMs: number): Report {
  requireOpen(report)
  if (report.assignee !== by) throw new AppError('FORBIDDEN', 'only who has this report can give it back')
  const state = report.state === 'triaging' ? 'received' : report.state
  return { ...report, state, assignee: null, lastAt: iso(nowMs) }
}

/** It is so. @throws {AppError} CONFLICT */
export function confirmed(report: Report, nowMs: number): Report {
  requireOpen(report)
  if (report.state === 'received') throw conflict('take this report before you confirm it')
  if (report.state !== 'triaging') throw conflict(`this report is ${report.state} already`)
  return { ...report, state: 'confirmed', confirmedAt: iso(nowMs), lastAt: iso(nowMs) }
}

/** What was reported does no more harm. @throws {AppError} CONFLICT */
export function mitigated(report: Report, nowMs: number): Report {
  requireOpen(report)
  if (report.state !== 'confirmed') throw conflict('only what is confirmed can be mitigated')
  return { ...report, state: 'mitigated', mitigatedAt: iso(nowMs), lastAt: iso(nowMs) }
}

/** @throws {AppError} CONFLICT: `fixed` is what was mitigated, and nothing else; `withdrawn` only by who reported */
export function closed(
  report: Report,
  { as, nowMs, eraseMs }: { readonly as: Closing; readonly nowMs: number; readonly eraseMs: number },
): Report {
  requireOpen(report)
  if (as === 'withdrawn') throw conflict('only who sent a report withdraws it')
  if (as === 'fixed' && report.state !== 'mitigated') throw conflict('only what is mitigated is closed as fixed')
  if (as !== 'fixed' && report.state === 'mitigated') throw conflict('what is mitigated is closed as fixed')
  const at = iso(nowMs)
  return { ...report, state: 'closed', closedAs: as, closedAt: at, lastAt: at, eraseAt: iso(eraseMs) }
}

/** It was closed too early. @throws {AppError} CONFLICT: it is open, or its words are gone */
export function reopened(report: Report, nowMs: number): Report {
  if (report.state !== 'closed') throw conflict('this report is open')
  if (report.erased) throw conflict('the words of this report are erased: nothing is left to look into')
  const state = report.assignee === null ? 'received' : 'triaging'
  const fresh = { closedAs: null, closedAt: null, eraseAt: null, confirmedAt: null, mitigatedAt: null }
  return { ...report, ...fresh, state, lastAt: iso(nowMs) }
}

/** Who reported takes it back; its words go with it. Twice is the same as once. */
export function withdrawn(report: Report, nowMs: number): Report {
  if (report.erased) return report
  const at = iso(nowMs)
  const ended =
    report.state === 'closed' ? {} : { state: 'closed' as const, closedAs: 'withdrawn' as const, closedAt: at }
  return erased({ ...report, ...ended, lastAt: at })
}

/** Its words and files are gone. */
export function erased(report: Report): Report {
  return { ...report, erased: true, eraseAt: null, unreadBy: null, signature: null, files: [] }
}

/** Who reported writes again, whether it is closed or not. @throws {AppError} CONFLICT: erased; RATE_LIMITED: too much without an answer */
export function messaged(report: Report, nowMs: number): Report {
  requireWords(report)
  if (report.unanswered >= MOST_UNANSWERED || report.messages >= MOST_MESSAGES) {
    throw new AppError('RATE_LIMITED', 'too many messages wait for an answer already; wait for it')
  }
  const { messages, unanswered } = report
  return { ...report, messages: messages + 1, unanswered: unanswered + 1, unreadBy: 'staff', lastAt: iso(nowMs) }
}

/** Staff answer. @throws {AppError} CONFLICT: erased, so nobody could read it */
export function answered(report: Report, nowMs: number): Report {
  requireWords(report)
  const at = iso(nowMs)
  const answeredAt = report.answeredAt ?? at
  return { ...report, messages: report.messages + 1, unanswered: 0, unreadBy: 'reporter', answeredAt, lastAt: at }
}

/** They have seen what was new to them. */
export function seen(report: Report, by: 'reporter' | 'staff'): Report {
  return report.unreadBy === by ? { ...report, unreadBy: null } : report
}

function requireOpen({ state, closedAs, closedAt }: Report): void {
  if (state === 'closed') throw conflict(`this report is closed: ${closedAs} at ${closedAt}`)
}

function requireWords({ erased: gone }: Report): void {
  if (gone) throw conflict('the words of this report are erased, so nobody can be written to about it')
}
