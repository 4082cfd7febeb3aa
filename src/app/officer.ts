import { Chores } from '../base/chores.ts'
import type { Log } from '../base/log.ts'
import type { Registry } from '../models/registry/index.ts'
import type { Role, Staff } from '../staff/index.ts'

const LOOK_MS = 5_000

export interface OfficerDeps {
  readonly staff: Pick<Staff, 'approvals'>
  readonly registry: Pick<Registry, 'lines'>
  readonly log: Log
}

/**
 * Whether somebody is the Responsible Scaling Officer: nobody may be without one while gates depend on it (RSP 1.0 PC7, 2.2 7.1.1). A role is
 * taken away by one person and at once, so the gates see to it: they stay closed while it is vacant.
 */
export class Officer implements AsyncDisposable {
  readonly #deps: OfficerDeps
  readonly #chores: Chores
  #held = 0
  /** Something is trained or deployed here. */
  #isNeeded = false

  static async open(deps: OfficerDeps): Promise<Officer> {
    const officer = new Officer(deps)
    await officer.look()
    officer.#chores.every(LOOK_MS, 'who is Responsible Scaling Officer is not known', () => officer.look())
    return officer
  }

  private constructor(deps: OfficerDeps) {
    this.#deps = deps
    this.#chores = new Chores(deps.log)
  }

  /** Reads who holds the role. Runs every five seconds. */
  async look(): Promise<void> {
    const { items } = await this.#deps.registry.lines.list({ limit: 1 })
    this.#isNeeded = items.length > 0
    this.#held = await this.holders(['rso'])
  }

  /** How many people hold one of these roles now. */
  holders(roles: readonly Role[]): Promise<number> {
    const groups = [{ name: 'holders', roles: [...roles], count: 1 }]
    const rule = { kind: 'quorum' as const, requesters: [...roles], groups, excluded: [] }
    return this.#deps.staff.approvals.candidates(rule, null)
  }

  /** In memory, as of the last look: what is wrong, in public words; null while nothing is. */
  problem(): string | null {
    if (!this.#isNeeded || this.#held > 0) return null
    return 'nobody is Responsible Scaling Officer while gates depend on it: grant the role rso'
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#chores.close()
  }
}
