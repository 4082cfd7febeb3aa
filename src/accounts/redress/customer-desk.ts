import { z } from 'zod'
import { AppError } from '../../base/errors.ts'
import type { JsonObject } from '../../base/json.ts'
import type { Principal } from '../schema.ts'
import type { AppealWithWords } from './appeals.ts'
import type { Redress } from './redress.ts'
import { AcceptanceInput, type Appeal, AppealInput } from './schema.ts'

/** A request with a customer's key, as the gateway has let it in. */
interface Request {
  readonly operation: string
  readonly principal: Principal
  readonly id: string | null
  readonly query: URLSearchParams
  readonly body: JsonObject | null
}

interface Answer {
  readonly status: number
  readonly body: JsonObject
}

type Rooms = Pick<Redress, 'statements' | 'appeals' | 'acceptances'>

const Page = z.object({
  after: z.string().max(100).optional(),
  limit: z.coerce.number().int().min(1).max(100).default(20),
})
const StatementQuery = Page.extend({ about: z.enum(['decision', 'action']).default('action') })

/** What customers ask about their own account, with their key: reasons, appeals, the policy. Never about anybody else's. */
export class CustomerDesk {
  readonly #rooms: Rooms

  constructor(rooms: Rooms) {
    this.#rooms = rooms
  }

  /** @throws {AppError} REQUEST_INVALID, NOT_FOUND, CONFLICT, LEDGER_UNAVAILABLE */
  async serve({ operation, principal, id, query, body }: Request): Promise<Answer> {
    const { statements, appeals, acceptances } = this.#rooms
    const { organisationId } = principal
    const named = id ?? ''
    switch (operation) {
      case 'get_decision':
        return answer(200, await statements.forCustomer(named, organisationId))
      case 'list_statements': {
        const { about, ...page } = parse(StatementQuery, Object.fromEntries(query))
        const list =
          about === 'action'
            ? statements.actions({ ...page, organisationId })
            : statements.refusals({ ...page, organisationId })
        return answer(200, await list)
      }
      case 'file_appeal':
        return answer(201, shownAppeal(await appeals.fileByCustomer(parse(AppealInput, body), principal)))
      case 'list_appeals': {
        const { items, next } = await appeals.ofCustomer(organisationId, parse(Page, Object.fromEntries(query)))
        return answer(200, { items: items.map(shownAppeal), next })
      }
      case 'get_appeal':
        return answer(200, withWords(await appeals.forCustomer(named, organisationId)))
      case 'withdraw_appeal':
        return answer(200, shownAppeal(await appeals.withdrawByCustomer(named, principal)))
      case 'get_acceptance':
        return answer(200, await acceptances.status(organisationId))
      case 'accept_policy':
        return answer(201, await acceptances.accept(parse(AcceptanceInput, body), principal))
      default:
        throw new AppError('NOT_FOUND', 'there is no such operation')
    }
  }
}

/** What who appealed may know: nothing of who hears it. */
function shownAppeal(appeal: Appeal) {
  const { id, about, state, filedAt, dueAt, decidedAt, effects } = appeal
  return { id, about, state, filedAt, dueAt, decidedAt, restored: effects === 'restored' }
}

function withWords({ appeal, claim, answer: reasons }: AppealWithWords) {
  return { ...shownAppeal(appeal), text: claim, answer: reasons }
}

function answer(status: number, body: object): Answer {
  return { status, body: JSON.parse(JSON.stringify(body)) }
}

function parse<T>(schema: z.ZodType<T>, given: unknown): T {
  const parsed = schema.safeParse(given)
  if (!parsed.success) throw new AppError('REQUEST_INVALID', z.prettifyError(parsed.error))
  return parsed.data
}
