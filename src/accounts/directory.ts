import type { Principal, ProjectLimits } from './schema.ts'
import type { KeyRow, ProjectRow, Snapshot } from './store.ts'

interface KeyEntry {
  readonly principal: Principal
  readonly expiresAtMs: number
}

/** What the request path needs of the accounts, in memory: no request waits for a database. */
export class Directory {
  #version = 0
  readonly #projects = new Map<string, ProjectRow>()
  readonly #keys = new Map<string, KeyEntry>()

  get version(): number {
    return this.#version
  }

  get keyCount(): number {
    return this.#keys.size
  }

  /** @returns the ids of projects that are new or changed. */
  take(snapshot: Snapshot): string[] {
    for (const project of snapshot.projects) this.#projects.set(project.id, project)
    for (const key of snapshot.keys) this.#takeKey(key)
    this.#version = snapshot.version
    return snapshot.projects.map((p) => p.id)
  }

  #takeKey(key: KeyRow): void {
    const project = this.#projects.get(key.projectId)
    if (key.revokedAt !== null || project === undefined) {
      this.#keys.delete(key.secretHash)
      return
    }
    this.#keys.set(key.secretHash, {
      principal: Object.freeze({
        keyId: key.id,
        projectId: key.projectId,
        organisationId: project.organisationId,
        testString: key.testString,
      }),
      expiresAtMs: key.expiresAt?.getTime() ?? Number.POSITIVE_INFINITY,
    })
  }

  /** The holder of a key by the hash of its secret, unless it has expired by `nowMs`. */
  find(secretHash: string, nowMs: number): Principal | null {
    const entry = this.#keys.get(secretHash)
    return entry !== undefined && nowMs < entry.expiresAtMs ? entry.principal : null
  }

  limits(projectId: string): ProjectLimits | null {
    return this.#projects.get(projectId) ?? null
  }
}
