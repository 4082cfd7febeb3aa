import type { Log } from '../../base/log.ts'
import type { Deployment } from '../registry/index.ts'
import type { Finding } from './schema.ts'

/** Something that must hold for a deployment to be open, as its room registers it. */
export interface Precondition {
  readonly id: string
  readonly title: string
  readonly source: string
  /** @returns what holds it up in evidence, or what is missing */
  check(deployment: Deployment): Promise<{ readonly met: boolean; readonly says: string }>
}

/** What a room owes an answer for: where nobody has registered one, it is not installed, and never counted as met. */
export const OWED: readonly Omit<Precondition, 'check'>[] = [
  { id: 'refusal', title: 'it is shown to refuse what it should, and no more', source: 'RSP 1.0 D; 2.2 D2' },
]

/** The gate's list. Rooms add to it; what is missing, fails or can't be asked is never met. */
export class Preconditions {
  readonly #log: Log
  readonly #registered = new Map<string, Precondition>()

  constructor(log: Log) {
    this.#log = log
  }

  /** The last one registered under an id counts, so that a room takes the place of "not installed". */
  register(precondition: Precondition): void {
    this.#registered.set(precondition.id, precondition)
  }

  async check(deployment: Deployment): Promise<Finding[]> {
    const absent = OWED.filter(({ id }) => !this.#registered.has(id)).map(
      (one): Finding => ({ ...one, state: 'not_installed', says: 'no room here answers for this yet' }),
    )
    return [...(await Promise.all([...this.#registered.values()].map((one) => this.#ask(one, deployment)))), ...absent]
  }

  async #ask({ id, title, source, check }: Precondition, deployment: Deployment): Promise<Finding> {
    try {
      const { met, says } = await check(deployment)
      return { id, title, source, state: met ? 'met' : 'missing', says }
    } catch (error) {
      this.#log.warn({ err: error, precondition: id }, 'a precondition could not be checked')
      return { id, title, source, state: 'missing', says: 'it could not be checked, which counts as missing' }
    }
  }
}
