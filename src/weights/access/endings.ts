import { iso } from '../../base/clock.ts'
import type { Db } from '../../db/index.ts'
import { type Happening, put } from '../../journal/index.ts'
import { records } from '../records/index.ts'
import type { Device, Environment } from './device-schema.ts'
import { endGrant, type GrantEnd } from './grant-machine.ts'
import type { Grant } from './grant-schema.ts'
import { COPY, DEVICE, ENVIRONMENT, GRANT } from './kinds.ts'
import type { Copy } from './schema.ts'

/** Why something ends: a word for the ledger, and words for people that stay off it. */
export interface Because {
  readonly nowMs: number
  readonly by: string
  readonly cause: string
  readonly reason: string
}

/** What ends together, as one change: each thing once, and with each what hangs on it. */
export class Endings {
  readonly events: Happening[] = []
  readonly puts: ReturnType<typeof put>[] = []
  /** Active, and not ended here. */
  readonly #grants: Map<string, Grant>

  static async begin(db: Db): Promise<Endings> {
    return new Endings(await records.list(db, GRANT, { state: 'active' }))
  }

  private constructor(active: readonly Grant[]) {
    this.#grants = new Map(active.map((grant) => [grant.id, grant]))
  }

  /** What was opened under a grant that is spent may still run: it can be ended too. */
  recall(grant: Grant): void {
    if (grant.state === 'spent') this.#grants.set(grant.id, grant)
  }

  /** A grant that still stands, as it stands. */
  grantOf(id: string): Grant | null {
    return this.#grants.get(id) ?? null
  }

  grant(id: string, state: GrantEnd, { nowMs, by, cause, reason }: Because): void {
    const grant = this.#grants.get(id)
    if (grant === undefined) return
    this.#grants.delete(id)
    this.puts.push(put(GRANT, endGrant(grant, { state, at: iso(nowMs), by, reason })))
    const subject = { type: 'weights_grant', id }
    this.events.push({ kind: 'weights.grant_ended', subject, data: { version: grant.version, state, cause } })
  }

  /** And all that was granted to it. */
  device(device: Device, state: 'revoked' | 'expired', because: Because): void {
    const { nowMs, by, cause, reason } = because
    this.puts.push(put(DEVICE, { ...device, state, endedAt: iso(nowMs), endedBy: by, endedReason: reason }))
    const subject = { type: 'weights_device', id: device.id }
    this.events.push({ kind: 'weights.device_ended', subject, data: { person: device.personId, state, cause } })
    for (const grant of [...this.#grants.values()].filter((one) => one.device === device.id))
      this.grant(grant.id, 'revoked', { ...because, cause: 'device', reason: `its device is ${state}` })
  }

  /** And all that was granted to it. Its devices stay: they open nothing while it isn't attested. */
  environment(environment: Environment, state: 'revoked' | 'expired', because: Because): void {
    const { nowMs, by, cause, reason } = because
    const { name } = environment
    this.puts.push(put(ENVIRONMENT, { ...environment, state, endedAt: iso(nowMs), endedBy: by, endedReason: reason }))
    const subject = { type: 'weights_environment', id: name }
    this.events.push({ kind: 'weights.environment_ended', subject, data: { state, cause } })
    for (const grant of [...this.#grants.values()].filter((one) => one.environment === name))
      this.grant(grant.id, 'revoked', { ...because, cause: 'environment', reason: `its environment is ${state}` })
  }

  /** A copy is not ours to take back: from now on it should be gone. */
  copy(copy: Copy, { nowMs, cause }: Because): void {
    const at = iso(nowMs)
    const expiresAt = Date.parse(copy.expiresAt) < nowMs ? copy.expiresAt : at
    this.puts.push(put(COPY, { ...copy, recalledAt: at, expiresAt }))
    const subject = { type: 'weights_copy', id: copy.id }
    this.events.push({ kind: 'weights.copy_recalled', subject, data: { version: copy.version, cause } })
  }
}
