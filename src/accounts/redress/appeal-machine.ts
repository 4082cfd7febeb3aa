import { iso } from '../../base/clock.ts'
import { AppError } from '../../base/errors.ts'
import { conflict } from './context.ts'
import type { Appeal, AppealAbout, AppealOutcome } from './schema.ts'

/**
 * The life of an appeal, without store or clock. `open` until it is decided or withdrawn; a decision is final. While it is open somebody of the
 * staff holds it or nobody does; only who holds it decides.
 *
 * ```
 * open --decide--> upheld | overturned | partly      (closed: nothing changes any more but effects and erasure)
 *   '--withdraw--> withdrawn
 * ```
 */
export interface NewAppeal {
  readonly id: string
  readonly about: AppealAbout
  readonly channel: 'public' | 'customer'
  readonly organisationId: string | null
  readonly filedBy: string | null
  readonly secretHash: string | null
  readonly nowMs: number
  readonly dueMs: number
}

export function filed({ nowMs, dueMs, ...about }: NewAppeal): Appeal {
  return {
    ...about,
    filedAt: iso(nowMs),
    dueAt: iso(dueMs),
    state: 'open',
    hearer: null,
    takenAt: null,
    decidedBy: null,
    decidedAt: null,
    closedAt: null,
    eraseAt: null,
    falsePositive: false,
    effects: 'none',
    restored: [],
    overdueNoted: false,
    textsErased: false,
  }
}

/** Somebody takes it upon themselves; who holds it already may say so again. @throws {AppError} CONFLICT */
export function taken(appeal: Appeal, by: string, nowMs: number): Appeal {
  requireOpen(appeal)
  if (appeal.hearer === by) return appeal
  if (appeal.hearer !== null) throw conflict('somebody else hears this appeal already')
  return { ...appeal, hearer: by, takenAt: iso(nowMs) }
}

/** @throws {AppError} CONFLICT, FORBIDDEN: only who holds it gives it back */
export function givenBack(appeal: Appeal, by: string): Appeal {
  requireOpen(appeal)
  if (appeal.hearer !== by) throw new AppError('FORBIDDEN', 'only who hears this appeal can give it back')
  return { ...appeal, hearer: null, takenAt: null }
}

/** @throws {AppError} CONFLICT: decided before, or in somebody else's hands */
export function decided(
  appeal: Appeal,
  decision: { readonly outcome: AppealOutcome; readonly by: string; readonly nowMs: number; readonly eraseMs: number },
): Appeal {
  requireOpen(appeal)
  if (appeal.hearer === null) throw conflict('take this appeal before you decide it')
  if (appeal.hearer !== decision.by) throw conflict('somebody else hears this appeal')
  const wrong = decision.outcome !== 'upheld'
  const at = iso(decision.nowMs)
  return {
    ...appeal,
    state: decision.outcome,
    decidedBy: decision.by,
    decidedAt: at,
    closedAt: at,
    eraseAt: iso(decision.eraseMs),
    falsePositive: decision.outcome === 'overturned' && appeal.about.type === 'decision',
    effects: wrong ? 'pending' : 'none',
  }
}

/** Who appealed lets it be. @throws {AppError} CONFLICT */
export function withdrawn(appeal: Appeal, nowMs: number, eraseMs: number): Appeal {
  requireOpen(appeal)
  return { ...appeal, state: 'withdrawn', hearer: null, takenAt: null, closedAt: iso(nowMs), eraseAt: iso(eraseMs) }
}

/** What followed from the decision was taken back. Once. */
export function restored(appeal: Appeal, ids: readonly string[]): Appeal {
  return appeal.effects === 'pending' ? { ...appeal, effects: 'restored', restored: [...ids] } : appeal
}

function requireOpen({ state, closedAt }: Appeal): void {
  if (state !== 'open') throw conflict(`this appeal is closed: ${state} at ${closedAt ?? 'an unknown time'}`)
}
