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

  /** Everybody who had a hand in what is contested: who decided it, and who asked for, agreed to or ended an exemption of that customer. */
  async involved(appeal: Appeal): Promise<ReadonlySet<string>> {
    const { about } = appeal
    const people = new Set<string>(await this.#context.people.involvedIn(about))
    if (about.type === 'action') {
      for (const person of (await this.#context.enforcement.describe(about.id))?.deciders ?? []) people.add(person)
    }
    const owner = appeal.organisationId ?? (await this.#statements.find(about.id))?.organisationId ?? null
    if (owner !== null) {
      for (const exemption of await this.#exemptions.ofOrganisation(owner)) {
        people.add(exemption.requestedBy)
        for (const person of exemption.approvedBy) people.add(person)
        if (exemption.endedBy !== null) people.add(exemption.endedBy)
      }
    }
    return people
  }

  /** @throws {AppError} FORBIDDEN */
  async requireImpartial(appeal: Appeal, personId: string): Promise<void> {
    for (const person of await this.involved(appeal)) {
      if (person === personId || (await this.#context.people.same(person, personId))) {
        throw new AppError('FORBIDDEN', 'you had a hand in what is contested here: somebody else hears it')
      }
    }
  }
}
