import type { Log } from '../../base/log.ts'
import type { ControlId } from '../catalogue/index.ts'
import type { Finding, Probe } from '../probe.ts'

const AT_A_TIME = 4
const LIMIT_MS = 5_000

/**
 * Has probes look, a few at a time and each within its time. One that fails, or is late, knows nothing: that is `unknown`, with the reason. One that
 * hangs is not asked again until it has come back.
 */
export class Looking {
  readonly #log: Log
  readonly #limitMs: number
  readonly #running = new Set<ControlId>()

  constructor(log: Log, limitMs = LIMIT_MS) {
    this.#log = log
    this.#limitMs = limitMs
  }

  /** Control -> what its probe found. Never rejects. */
  async at(probes: readonly Probe[]): Promise<Map<ControlId, Finding>> {
    const found = new Map<ControlId, Finding>()
    const waiting = [...probes]
    const work = async () => {
      for (let probe = waiting.shift(); probe !== undefined; probe = waiting.shift())
        found.set(probe.control, await this.#one(probe))
    }
    await Promise.all(Array.from({ length: AT_A_TIME }, work))
    return found
  }

  async #one(probe: Probe): Promise<Finding> {
    const { control } = probe
    if (this.#running.has(control)) return unknown('the last look at it has not come back')
    this.#running.add(control)
    const looked = new Promise<Finding>((resolve, reject) => probe.look().then(resolve, reject))
      .catch((error: unknown) => {
        this.#log.warn({ err: error, control }, 'a control could not be looked at')
        return unknown('it could not be looked at: the log says why')
      })
      .finally(() => this.#running.delete(control))
    let timer: NodeJS.Timeout | undefined
    const late = new Promise<Finding>((resolve) => {
      timer = setTimeout(() => resolve(unknown(`looking took longer than ${this.#limitMs / 1_000} s`)), this.#limitMs)
    })
    return await Promise.race([looked, late]).finally(() => clearTimeout(timer))
  }
}

function unknown(says: string): Finding {
  return { state: 'unknown', says, evidence: [] }
}
