import { AppError } from '../../base/errors.ts'
import type { RedressContext } from './context.ts'
import type { Exemptions } from './exemptions.ts'
import type { Appeal } from './schema.ts'
import type { Statements } from './statements.ts'

/** Sees to it that nobody judges their own work. */
export class Hearing {
  readonly #context: RedressContext
  readonly #exemptions: Exemptions
  readonly #statements: Statements

  constructor(context: RedressContext, exemptions: Exemptions, statements: Statements) {
    this.#context = context
    this.#exemptions = exemptions
    this.#statements = statements
  }

  /** Everybody who had a hand in what is contested, and which: who decided it, and who asked for, agreed to or ended an exemption of that customer. */
  async involved(appeal: Appeal): Promise<ReadonlyMap<string, string>> {
    const { about } = appeal
    const people = new Map<string, string>()
    if (about.type === 'action') {
      for (const person of (await this.#context.enforcement.describe(about.id))?.deciders ?? [])
        people.set(person, 'decided it')
    }
    for (const person of await this.#context.people.involvedIn(about)) people.set(person, 'acted on this decision')
    const owner = appeal.organisationId ?? (await this.#statements.find(about.id))?.organisationId ?? null
    if (owner !== null) {
      for (const exemption of await this.#exemptions.ofOrganisation(owner)) {
        const { requestedBy, approvedBy, endedBy } = exemption
        for (const person of [requestedBy, ...approvedBy, ...(endedBy === null ? [] : [endedBy])]) {
          if (!people.has(person)) people.set(person, 'had a part in an exemption of this customer')
        }
      }
    }
    return people
  }

  /** Why somebody may not hear an appeal, in words for them; null when they may. */
  async objection(appeal: Appeal, personId: string): Promise<string | null> {
    for (const [person, part] of await this.involved(appeal)) {
      if (person === personId) return `you ${part}`
      if (await this.#context.people.same(person, personId)) return `you ${part}, under another account`
    }
    return null
  }

  /** @throws {AppError} FORBIDDEN */
  async requireImpartial(appeal: Appeal, personId: string): Promise<void> {
    const objection = await this.objection(appeal, personId)
    if (objection !== null) throw new AppError('FORBIDDEN', `${objection}: somebody else hears this appeal`)
  }
}
