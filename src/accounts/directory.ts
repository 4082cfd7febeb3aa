import type { Principal, ProjectLimits } from './schema.ts'
import type { KeyRow, OrganisationRow, ProjectRow, Snapshot } from './store.ts'

/** Of what stands among the keys for a program that tokens name. */
export const TOKEN_CLIENT_PREFIX = 'jwt_'

interface KeyEntry {
  readonly principal: Principal
  readonly expiresAtMs: number
}

/** What the request path needs of the accounts, in memory: no request waits for a database. */
export class Directory {
  #version = 0
  /** Of the organisations that have one. */
  readonly #tiers = new Map<string, string>()
  readonly #projects = new Map<string, ProjectRow>()
  readonly #keys = new Map<string, KeyEntry>()
  readonly #revokedClients = new Set<string>()

  /** The program that tokens name. A revoked one is told from one that never was: unlike a key, that would be made again. */
  holderOf({ id, secretHash }: { readonly id: string; readonly secretHash: string }): Principal | 'revoked' | null {
    return this.#keys.get(secretHash)?.principal ?? (this.#revokedClients.has(id) ? 'revoked' : null)
  }

  get version(): number {
    return this.#version
  }

  get keyCount(): number {
    return this.#keys.size
  }

  /** @returns the ids of projects that are new or changed. */
  take(snapshot: Snapshot): string[] {
    for (const organisation of snapshot.organisations) this.#takeTier(organisation)
    for (const project of snapshot.projects) this.#projects.set(project.id, project)
    for (const key of snapshot.keys) this.#takeKey(key)
    this.#version = snapshot.version
    return snapshot.projects.map((p) => p.id)
  }

  /** A tier changes seldom, so its keys are looked for one by one. */
  #takeTier({ id, tier }: OrganisationRow): void {
    if ((this.#tiers.get(id) ?? null) === tier) return
    if (tier === null) this.#tiers.delete(id)
    else this.#tiers.set(id, tier)
    for (const [hash, entry] of this.#keys) {
      if (entry.principal.organisationId !== id) continue
      const { tier: _, ...rest } = entry.principal
      const principal = Object.freeze({ ...rest, ...(tier === null ? {} : { tier }) })
      this.#keys.set(hash, { ...entry, principal })
    }
  }

  #takeKey(key: KeyRow): void {
    const project = this.#projects.get(key.projectId)
    if (key.revokedAt !== null || project === undefined) {
      this.#keys.delete(key.secretHash)
      if (key.id.startsWith(TOKEN_CLIENT_PREFIX)) this.#revokedClients.add(key.id)
      return
    }
    const tier = this.#tiers.get(project.organisationId)
    this.#keys.set(key.secretHash, {
      principal: Object.freeze({
        keyId: key.id,
        projectId: key.projectId,
        organisationId: project.organisationId,
        ...(tier === undefined ? {} : { tier }),
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

  tenantOf(projectId: string): { readonly organisationId: string; readonly tier: string | null } | null {
    const project = this.#projects.get(projectId)
    if (project === undefined) return null
    const { organisationId } = project
    return { organisationId, tier: this.#tiers.get(organisationId) ?? null }
  }

  limits(projectId: string): ProjectLimits | null {
    return this.#projects.get(projectId) ?? null
  }
}
