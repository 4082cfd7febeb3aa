import type { Relaxation } from '../accounts/index.ts'
import { AppError } from '../base/errors.ts'
import type { Actor } from '../ledger/index.ts'
import { type ReviewContext, SYSTEM } from './context.ts'
import type { Errand } from './errand.ts'
import * as store from './store.ts'

/** A case holds hardly ever more; what is beyond stays listed with the case. */
const MAX_DECISIONS = 10_000

/** Carries out in other rooms what follows from cases. */
export class Errands {
  readonly #context: ReviewContext
  constructor(context: ReviewContext) {
    this.#context = context
  }

  /** Whatever is due. What another room refuses is on the ledger, and told to people. */
  async runDue(): Promise<void> {
    const { outbox, clock, notify } = this.#context
    const refused = await outbox.runErrands((errand) => this.#run(errand))
    for (const { caseId } of refused) {
      notify({ kind: 'review.effect_refused', id: caseId, at: new Date(clock.now()).toISOString() })
    }
  }

  async #run(errand: Errand): Promise<void> {
    switch (errand.kind) {
      case 'hold':
        return await this.#hold(errand.caseId, errand.decisionId)
      case 'undo':
        return await this.#undo(errand.caseId, errand.people)
      case 'propose':
        return await this.#sanction(errand)
    }
  }

  async #hold(caseId: string, decisionId: string): Promise<void> {
    try {
      await this.#context.content.placeHold({ scope: 'decision', scopeId: decisionId, matter: caseId }, SYSTEM)
    } catch (error) {
      if (!(error instanceof AppError && error.code === 'CONFLICT')) throw error // else it is held already
    }
  }

  /** Relaxing takes two people: those who overturned it, or the lead to whom others had passed it. */
  async #undo(caseId: string, people: readonly string[]): Promise<void> {
    const { db, enforcement } = this.#context
    const relaxation: Relaxation =
      people.length > 1
        ? { authority: 'approval', id: caseId, people }
        : { authority: 'redress', id: caseId, heardBy: people[0] ?? '' }
    for (const decision of await store.decisionsOf(db.db, caseId, MAX_DECISIONS)) {
      await enforcement.undo(decision, relaxation)
    }
  }

  /** Restricting takes one person: who closed the case. */
  async #sanction({ caseId, by, effect, severity }: Extract<Errand, { kind: 'propose' }>): Promise<void> {
    const { db, enforcement } = this.#context
    const row = await store.findCase(db.db, caseId)
    const [decisionId] = await store.decisionsOf(db.db, caseId, 1)
    if (row === null || decisionId === undefined || row.key === null) throw nobody()
    const { endUser, key, project, organisation, label, clause } = row
    const actor: Actor = { type: 'staff', id: by }
    if (effect === 'restrict') {
      const subject =
        endUser === null ? ({ type: 'key', id: key } as const) : ({ type: 'end_user', id: endUser } as const)
      await enforcement.restrict({ subject, step: 'restrict', reason: 'policy_violation', decisionId }, actor)
      return
    }
    if (project === null || organisation === null) throw nobody()
    const origin = { endUserId: endUser, keyId: key, projectId: project, organisationId: organisation }
    await enforcement.strike({ decisionId, ...origin, severity, label, clause }, actor)
  }
}

function nobody(): AppError {
  return new AppError('REQUEST_INVALID', 'the case names nobody who could be sanctioned')
}
