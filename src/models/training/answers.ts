import type { Happening } from '../../journal/index.ts'
import type { Actor } from '../../ledger/index.ts'
import type { Change, ModelsJournal } from '../records/index.ts'

interface Answer {
  readonly by: Actor
  readonly event: Happening
  readonly puts: NonNullable<Change<null>['puts']>
}

interface Waiting extends Answer {
  readonly resolve: () => void
  readonly reject: (error: unknown) => void
}

/** Runs that ask at the same moment are put on record together. */
const AT_ONCE = 200

/**
 * Puts answers of the gate on record. Only one change of a room is made at a time; whatever is asked meanwhile waits for that one, and is then
 * recorded at once: many runs that ask together wait for two changes, not for one each.
 */
export class Answers {
  readonly #journal: ModelsJournal
  readonly #waiting: Waiting[] = []
  #isBusy = false

  constructor(journal: ModelsJournal) {
    this.#journal = journal
  }

  /** Resolves once it is durable. @throws {AppError} LEDGER_UNAVAILABLE */
  keep(answer: Answer): Promise<void> {
    return new Promise((resolve, reject) => {
      this.#waiting.push({ ...answer, resolve, reject })
      if (!this.#isBusy) void this.#work()
    })
  }

  async #work(): Promise<void> {
    this.#isBusy = true
    while (this.#waiting.length > 0) await this.#record(this.#waiting.splice(0, AT_ONCE))
    this.#isBusy = false
  }

  async #record(some: readonly Waiting[]): Promise<void> {
    const [first] = some
    if (first === undefined) return
    try {
      await this.#journal.make(first.by, async () => ({
        events: some.map(({ event, by }) => ({ ...event, actor: by })),
        puts: latest(some.flatMap(({ puts }) => puts)),
        result: null,
      }))
      for (const { resolve } of some) resolve()
    } catch (error) {
      for (const { reject } of some) reject(error)
    }
  }
}

/** One statement stores a document once: the last that was said of it. */
function latest(puts: Answer['puts']): Answer['puts'] {
  return [...new Map(puts.map((row) => [`${row.kind}/${row.id}`, row])).values()]
}
