import { iso } from '../../../base/clock.ts'
import { LEVELS, type Level, type Step } from '../config.ts'
import { conflict, forbidden } from '../context.ts'
import type { RaisedAlert } from './raised.ts'
import type { Case, Containment, Outcome } from './schema.ts'

type HistoryStep = Case['history'][number]['step']
/** A case read again and again would otherwise grow without end. */
const MAX_HISTORY = 500

/** One more line of what happened to it. */
export function noted(one: Case, step: HistoryStep, by: string | null, nowMs: number): Case {
  return { ...one, history: [...one.history, { at: iso(nowMs), step, by }].slice(-MAX_HISTORY) }
}

/** How a case begins. */
export function begun(
  first: RaisedAlert,
  about: { readonly id: string; readonly pseudonym: string; readonly tag: string; readonly drill: boolean },
  nowMs: number,
): Case {
  const at = iso(first.timeMs)
  const made: Case = {
    ...{ ...about, state: 'queued', level: first.level, risk: first.risk, alerts: 1, causes: causesOf([], first) },
    ...{
      startedAt: iso(nowMs),
      lastAlertAt: at,
      presentedAt: null,
      assignee: null,
      openedAt: null,
      openedBy: [],
      approval: null,
    },
    ...{ closedAt: null, closedBy: null, outcome: null, erasedAt: null, containment: [], history: [] },
  }
  return noted(made, 'begun', null, nowMs)
}

/** One more alert about the same person. */
export function joined(one: Case, alert: RaisedAlert, nowMs: number): Case {
  return noted(
    {
      ...one,
      level: graver(one.level, alert.level),
      risk: Math.max(one.risk, alert.risk),
      alerts: one.alerts + 1,
      causes: causesOf(one.causes, alert),
      lastAlertAt: iso(Math.max(alert.timeMs, Date.parse(one.lastAlertAt))),
    },
    'alert',
    null,
    nowMs,
  )
}

/** It is of today's budget now. */
export function presented(one: Case, nowMs: number): Case {
  if (one.state !== 'queued') return one
  return noted({ ...one, state: 'waiting', presentedAt: iso(nowMs) }, 'presented', null, nowMs)
}

/** Two people learn whom it is about. @throws {AppError} CONFLICT */
export function opened(one: Case, approval: string, by: readonly string[], nowMs: number): Case {
  checkOpenable(one)
  const next: Case = { ...one, state: 'opened', openedAt: iso(nowMs), openedBy: [...by], approval }
  return noted({ ...next, presentedAt: one.presentedAt ?? iso(nowMs) }, 'opened', by[0] ?? null, nowMs)
}

/** @throws {AppError} CONFLICT */
export function checkOpenable(one: Case): void {
  if (one.state === 'opened') throw conflict('this case is open already')
  if (one.state === 'closed') throw conflict(`this case was closed at ${one.closedAt}`)
}

/** Somebody works on it, perhaps in place of somebody else, or lets go of it. @throws {AppError} CONFLICT: closed, or not theirs to leave */
export function assigned(one: Case, by: string, take: boolean, nowMs: number): Case {
  if (one.state === 'closed') throw conflict(`this case was closed at ${one.closedAt}`)
  if (take) return one.assignee === by ? one : noted({ ...one, assignee: by }, 'taken', by, nowMs)
  if (one.assignee === null) return one
  if (one.assignee !== by) throw conflict('somebody else works on this case')
  return noted({ ...one, assignee: null }, 'left', by, nowMs)
}

/**
 * @throws {AppError} CONFLICT; FORBIDDEN: nothing is confirmed about somebody whom nobody has asked, and that takes two who opened it
 */
export function closed(one: Case, outcome: Outcome, by: string, nowMs: number): Case {
  if (one.state === 'closed') throw conflict(`this case was closed at ${one.closedAt}`)
  if (outcome === 'confirmed' && one.state !== 'opened')
    throw forbidden('have the case opened by two people before it is confirmed')
  // What was not done yet is not done to somebody about whom nothing was found.
  const isOff = ({ state }: Containment) => outcome !== 'confirmed' && (state === 'pending' || state === 'held')
  const containment = one.containment.map((step) => (isOff(step) ? { ...step, state: 'released' as const } : step))
  const next: Case = { ...one, state: 'closed', closedAt: iso(nowMs), closedBy: by, outcome, containment }
  return noted(next, 'closed', by, nowMs)
}

/** What is to be done about the person, besides what is done or under way. @param state `held`: recorded, and left to people */
export function wanting(
  one: Case,
  steps: readonly Step[],
  { by, nowMs, state }: { by: string; nowMs: number; state: 'pending' | 'held' },
): Case {
  const counts = (known: Containment) => known.state === 'pending' || known.state === 'done' || known.state === state
  const missing = steps.filter((step) => !one.containment.some((known) => known.step === step && counts(known)))
  if (missing.length === 0) return one
  const added = missing.map(
    (step, i): Containment => ({
      ...{ number: one.containment.length + i + 1, step, state, by, wantedAt: iso(nowMs), doneAt: null },
      ...{ attempts: 0, problem: null, lock: null, grants: null },
    }),
  )
  return { ...one, containment: [...one.containment, ...added] }
}

/** A step of containment as it is now. */
export function withStep(one: Case, number: number, change: Partial<Containment>): Case {
  return {
    ...one,
    containment: one.containment.map((step) => (step.number === number ? { ...step, ...change } : step)),
  }
}

/** Whether it waits for nobody's budget. */
export function neverWaits(level: Level): boolean {
  return level === 'certain' || level === 'critical'
}

function graver(a: Level, b: Level): Level {
  return LEVELS.indexOf(a) >= LEVELS.indexOf(b) ? a : b
}

function causesOf(known: readonly string[], { reasons }: RaisedAlert): string[] {
  return [...new Set([...known, ...reasons.map(({ cause }) => cause)])].slice(0, 50)
}
