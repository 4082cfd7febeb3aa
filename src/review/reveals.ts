import { z } from 'zod'
import { type KeptExchange, SaidText } from '../content/index.ts'
import { AsJudged, asJudged } from './as-judged.ts'
import type { Claims } from './claims.ts'
import { Severity } from './config.ts'
import { forbidden, person, type ReviewContext, type Reviewer } from './context.ts'
import { Exposure, type ExposureBudget } from './exposure.ts'
import { holdsDecision } from './store.ts'

export const RevealInput = z
  .strictObject({
    claim: z.string().max(100),
    decision: z.string().max(100).meta({ description: 'one of the decisions of the case' }),
    part: z.enum(['prompt', 'completion']),
  })
  .meta({ id: 'ReviewRevealInput' })
export type RevealInput = z.infer<typeof RevealInput>

/** One side of one exchange, and what is left of the viewer's budget. */
export const Revealed = z
  .object({
    decision: z.string(),
    part: z.enum(['prompt', 'completion']),
    turns: SaidText.shape.turns.meta({ description: 'of the prompt; empty for a completion' }),
    completion: SaidText.shape.completion,
    evidence: SaidText.shape.evidence.shape.prompt,
    asJudged: z.array(AsJudged).meta({ description: 'how disguised parts read once the disguise is undone' }),
    omittedChars: SaidText.shape.omittedChars,
    exposure: Exposure,
  })
  .meta({ id: 'ReviewRevealed' })
export type Revealed = z.infer<typeof Revealed>

/** Shows what was said: to who holds the case, one side at a time, counted and on the ledger before it is shown. */
export class Reveals {
  readonly #context: ReviewContext
  readonly #claims: Claims
  readonly #budget: ExposureBudget
  constructor(context: ReviewContext, claims: Claims, budget: ExposureBudget) {
    this.#context = context
    this.#claims = claims
    this.#budget = budget
  }

  /**
   * @param restricted Whether the door has made sure of everything that the restricted queue asks for; ordinary doors never show it.
   * @throws {AppError} NOT_FOUND (the case, or nothing is kept), FORBIDDEN (restricted), CONFLICT (the claim), RATE_LIMITED (the budget),
   *   LEDGER_UNAVAILABLE: what can't be recorded is not shown
   */
  async reveal(reviewer: Reviewer, caseId: string, input: RevealInput, restricted: boolean): Promise<Revealed> {
    const { db, content } = this.#context
    const { decision, part } = input
    const taken = await db.db.transaction().execute(async (tx) => {
      const row = await this.#claims.held(tx, reviewer, caseId, input.claim)
      if ((row.desk === 'restricted') !== restricted) {
        throw forbidden(
          restricted ? 'this case is not restricted' : 'this case is opened in the restricted queue alone',
        )
      }
      if (!(await holdsDecision(tx, caseId, decision))) throw forbidden('this decision is not part of the case')
      const severity = Severity.parse(row.severity)
      return await this.#budget.take(tx, { reader: reviewer.id, caseId, decisionId: decision, part, severity })
    })
    try {
      const kept = await content.read(decision, { by: person(reviewer), reason: 'review', restricted })
      const shown = side(kept, part)
      return {
        decision,
        part,
        ...shown,
        asJudged: asJudged(shown),
        omittedChars: kept.omittedChars,
        exposure: taken.exposure,
      }
    } catch (error) {
      await this.#budget.giveBack(taken.id)
      throw error
    }
  }
}

function side(kept: KeptExchange, part: RevealInput['part']): Pick<Revealed, 'turns' | 'completion' | 'evidence'> {
  return part === 'prompt'
    ? { turns: kept.turns, completion: [], evidence: kept.evidence.prompt }
    : { turns: [], completion: kept.completion, evidence: kept.evidence.completion }
}
