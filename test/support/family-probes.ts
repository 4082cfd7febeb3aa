import type { Finding, Probe } from '../../src/controls/probe.ts'
import type { World } from '../../src/controls/probes/world.ts'
import type { ProbeWorld } from './probe-world.ts'

/** The probes of one family, made once: what some of them remember from one look to the next counts. */
export class FamilyProbes {
  readonly #of: ProbeWorld
  readonly #probes: ReadonlyMap<string, Probe>

  /** @param parts in place of what the installation has */
  constructor(of: ProbeWorld, probesOf: (world: World) => readonly Probe[], parts: Partial<World> = {}) {
    this.#of = of
    this.#probes = new Map(probesOf({ ...of.world, ...parts }).map((probe) => [probe.control, probe]))
  }

  look(control: string): Promise<Finding> {
    const probe = this.#probes.get(control)
    if (probe === undefined) throw new Error(`no probe of ${control}`)
    return probe.look()
  }

  /** In a line: `fails: …`. */
  async says(control: string): Promise<string> {
    const { state, says } = await this.look(control)
    return `${state}: ${says}`
  }

  /** By control; of all, unless some are named. */
  async states(controls: Iterable<string> = this.#probes.keys()): Promise<Record<string, string>> {
    const found: Record<string, string> = {}
    for (const control of controls) found[control] = (await this.look(control)).state
    return found
  }

  attest(control: string, holds = true): void {
    this.#of.attest(control, holds)
  }
}
