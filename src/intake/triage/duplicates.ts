import { type Near, nearest, readSignature } from '../../screening/index.ts'
import { REPORT } from '../kinds.ts'
import type { Report } from '../schema.ts'
import { records } from '../store.ts'
import type { TriageContext } from './context.ts'

/** So many of the newest reports are compared: all of an installation's for years, and a few milliseconds. */
export const MOST_COMPARED = 5_000
const MOST_SHOWN = 5

/** Which reports are alike, by their signatures, kept in memory and brought up to date by what has changed. */
export class Duplicates {
  readonly #context: TriageContext
  readonly #signatures = new Map<string, Uint32Array>()
  #version = -1

  constructor(context: TriageContext) {
    this.#context = context
  }

  /** The most alike among the newest reports, the most alike first. */
  async near(report: Pick<Report, 'id' | 'signature'>): Promise<Near[]> {
    const own = report.signature === null ? null : readSignature(report.signature)
    if (own === null) return []
    await this.#refresh()
    const others = [...this.#signatures].filter(([id]) => id !== report.id)
    return nearest(own, others, { threshold: this.#context.config.triage.likeness, most: MOST_SHOWN })
  }

  async #refresh(): Promise<void> {
    const { db } = this.#context.db
    const version = await records.headVersion(db)
    if (version === this.#version) return
    for (const { body } of await records.changedSince(db, [REPORT.kind], this.#version)) {
      const { id, signature } = REPORT.schema.parse(JSON.parse(body))
      const read = signature === null ? null : readSignature(signature)
      if (read === null) this.#signatures.delete(id)
      else this.#signatures.set(id, read)
    }
    this.#version = version
    this.#forgetOldest()
  }

  /** Identifiers sort by time. */
  #forgetOldest(): void {
    const over = this.#signatures.size - MOST_COMPARED
    if (over <= 0) return
    for (const id of [...this.#signatures.keys()].sort().slice(0, over)) this.#signatures.delete(id)
  }
}
