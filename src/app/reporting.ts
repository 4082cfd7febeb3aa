import type { Log } from '../base/log.ts'
import type { OwnFetch } from '../base/pinned-fetch.ts'

const TIMEOUT_MS = 10_000

/** Each way to report, and what it says when it is there: asked without anything to take in, so that nothing comes of it. */
const PATHS = [
  { method: 'GET', path: '/report', says: 200, is: 'the public form' },
  { method: 'GET', path: '/report/status', says: 200, is: 'the page by which a report is followed' },
  { method: 'POST', path: '/v1/safety/reports', says: 400, is: 'the path for programs' },
  { method: 'POST', path: '/v1/safety/flags', says: 401, is: 'the path for products' },
] as const

export interface ReportingDeps {
  readonly log: Log
  /** How many people may work on what comes in. */
  readonly readers: () => Promise<number>
}

/** Whether the ways to report answer, tried through our own front door, and somebody is there to read what comes. */
export class Reporting {
  readonly #deps: ReportingDeps
  #door: { readonly baseUrl: string; readonly send: OwnFetch } | null = null

  constructor(deps: ReportingDeps) {
    this.#deps = deps
  }

  /** Once the data plane listens. @param baseUrl without a slash at its end */
  reachedAt(baseUrl: string, send: OwnFetch = fetch): void {
    this.#door = { baseUrl, send }
  }

  /** For the gate of deployments. */
  async finding(): Promise<{ readonly met: boolean; readonly says: string }> {
    if ((await this.#deps.readers()) === 0)
      return { met: false, says: 'nobody may work on reports: give somebody the role analyst or security_engineer' }
    const silent = (await Promise.all(PATHS.map((one) => this.#answers(one)))).flatMap((is) => is ?? [])
    if (silent.length > 0) return { met: false, says: `${silent.join(', ')} did not answer` }
    return { met: true, says: `${PATHS.length} of ${PATHS.length} ways to report answer` }
  }

  async #answers({ method, path, says, is }: (typeof PATHS)[number]): Promise<string | null> {
    if (this.#door === null) return is
    const { baseUrl, send } = this.#door
    try {
      const signal = AbortSignal.timeout(TIMEOUT_MS)
      const json = { headers: { 'content-type': 'application/json' }, body: '{}' }
      const answer = await send(baseUrl + path, { method, signal, ...(method === 'POST' ? json : {}) })
      await answer.text()
      return answer.status === says ? null : is
    } catch (error) {
      this.#deps.log.warn({ err: error, path }, 'a way to report did not answer')
      return is
    }
  }
}
