import type { Principal } from '../schema.ts'
import type { Exemption } from './schema.ts'

/** What something would be refused under. */
export interface RefusedUnder {
  readonly clause: string
  readonly label: string | null
}

interface Entry {
  readonly id: string
  readonly projectId: string
  readonly clauses: ReadonlySet<string>
  readonly labels: ReadonlySet<string>
  readonly expiresAtMs: number
}

/** The exemptions that hold, in memory, by whose they are: no request waits for a database. */
export class ExemptionBook {
  /** `project:prj_…`, `key:key_…`, `end_user:org_…:eu_…` */
  readonly #byScope = new Map<string, Map<string, Entry>>()
  /** None of these comes back, not even by a reading of the store that began before its end. */
  readonly #over = new Set<string>()

  /** Takes a new or changed exemption; one that has ended goes. */
  take(exemption: Exemption): void {
    const { id, projectId, clauses, labels, expiresAt, state } = exemption
    const scope = scopeKey(exemption)
    const entries = this.#byScope.get(scope) ?? new Map<string, Entry>()
    if (state !== 'active') this.#over.add(id)
    if (!this.#over.has(id)) {
      const expiresAtMs = Date.parse(expiresAt)
      entries.set(id, { id, projectId, clauses: new Set(clauses), labels: new Set(labels), expiresAtMs })
    } else {
      entries.delete(id)
    }
    if (entries.size > 0) this.#byScope.set(scope, entries)
    else this.#byScope.delete(scope)
  }

  /**
   * The id of an exemption of this traffic at `nowMs`, or null. It ends at its very millisecond, whoever has noticed. A clause that has come to
   * be about something else since is not covered. A label of null is what no classifier could read.
   */
  find(principal: Principal, endUserId: string | null, refusal: RefusedUnder, nowMs: number): string | null {
    if (this.#byScope.size === 0) return null
    const { projectId, keyId, organisationId } = principal
    const scopes = [`project:${projectId}`, `key:${keyId}`]
    if (endUserId !== null) scopes.push(`end_user:${organisationId}:${endUserId}`)
    for (const scope of scopes) {
      for (const entry of this.#byScope.get(scope)?.values() ?? []) {
        const covers = entry.clauses.has(refusal.clause) && (refusal.label === null || entry.labels.has(refusal.label))
        if (covers && entry.projectId === projectId && nowMs < entry.expiresAtMs) return entry.id
      }
    }
    return null
  }
}

function scopeKey({ scope, organisationId }: Exemption): string {
  return scope.type === 'end_user' ? `end_user:${organisationId}:${scope.id}` : `${scope.type}:${scope.id}`
}
