import type { Device, Environment } from './device-schema.ts'
import type { Grant } from './grant-schema.ts'
import { CANARY, DEVICE, ENVIRONMENT, GRANT, LOCK, OVERLAY } from './kinds.ts'
import type { Canary, Overlay, StoredLock } from './schema.ts'

/** Kinds of documents that the board knows. */
export const ON_BOARD = [DEVICE, ENVIRONMENT, GRANT, LOCK, OVERLAY, CANARY].map(({ kind }) => kind)

const OFF: Overlay = { id: 'asl3-stretch', on: false, switchedAt: null, switchedBy: [], approval: null }

/** What holds now: asked before every lease, kept in step with the store. What has ended is not here. */
export class Board {
  readonly grants = new Map<string, Grant>()
  readonly devices = new Map<string, Device>()
  readonly environments = new Map<string, Environment>()
  readonly canaries = new Map<string, Canary>()
  /** By version, or by version and path. */
  readonly #canaryAt = new Map<string, string>()
  readonly #locks = new Map<string, StoredLock>()
  #overlay: Overlay = OFF

  get overlay(): Overlay {
    return this.#overlay
  }

  /** Locks that stand on a model, its own and those on all; of those on one person, theirs. */
  locksOn(model: string, personId: string | null): StoredLock[] {
    return this.locks().filter(
      (lock) => (lock.model === null || lock.model === model) && (lock.personId === null || lock.personId === personId),
    )
  }

  locks(): StoredLock[] {
    return [...this.#locks.values()]
  }

  /** The decoy that a version is, or that a file of it is. @param path null: is the whole version one? */
  canaryAt(version: string, path: string | null): Canary | null {
    const id = this.#canaryAt.get(version) ?? (path === null ? undefined : this.#canaryAt.get(placeOf(version, path)))
    return id === undefined ? null : (this.canaries.get(id) ?? null)
  }

  /** Takes a document as it is now. */
  place({ kind, body }: { readonly kind: string; readonly body: string }): void {
    const document: unknown = JSON.parse(body)
    if (kind === GRANT.kind) keep(this.grants, GRANT.schema.parse(document), ({ state }) => state === 'active')
    else if (kind === DEVICE.kind)
      keep(this.devices, DEVICE.schema.parse(document), ({ state }) => state === 'approved')
    else if (kind === LOCK.kind) keep(this.#locks, LOCK.schema.parse(document), ({ state }) => state === 'stands')
    else if (kind === CANARY.kind) this.#placeCanary(CANARY.schema.parse(document))
    else if (kind === OVERLAY.kind) this.#overlay = OVERLAY.schema.parse(document)
    else if (kind === ENVIRONMENT.kind) {
      const environment = ENVIRONMENT.schema.parse(document)
      if (environment.state === 'attested') this.environments.set(environment.name, environment)
      else this.environments.delete(environment.name)
    }
  }

  #placeCanary(canary: Canary): void {
    const { id, version, path, state } = canary
    const place = path === null ? version : placeOf(version, path)
    keep(this.canaries, canary, () => state === 'planted')
    if (state === 'planted') this.#canaryAt.set(place, id)
    else if (this.#canaryAt.get(place) === id) this.#canaryAt.delete(place)
  }
}

/** No path has a line break in it. */
function placeOf(version: string, path: string): string {
  return `${version}\n${path}`
}

function keep<T extends { readonly id: string }>(map: Map<string, T>, one: T, holds: (one: T) => boolean): void {
  if (holds(one)) map.set(one.id, one)
  else map.delete(one.id)
}
