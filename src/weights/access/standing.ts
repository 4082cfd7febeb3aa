import type { Db } from '../../db/index.ts'
import { records } from '../records/index.ts'
import type { Device, Environment } from './device-schema.ts'
import type { Because, Endings } from './endings.ts'
import type { Grant } from './grant-schema.ts'
import { COPY, DEVICE, ENVIRONMENT, GRANT } from './kinds.ts'
import type { CampaignItem, Copy, ItemRef } from './schema.ts'

/** What stands and is asked about: devices, environments, grants to environments, copies. */
export class Standing {
  readonly #devices: ReadonlyMap<string, Device>
  readonly #environments: ReadonlyMap<string, Environment>
  readonly #grants: ReadonlyMap<string, Grant>
  readonly #copies: ReadonlyMap<string, Copy>

  static async read(db: Db): Promise<Standing> {
    const active = await records.list(db, GRANT, { state: 'active' })
    return new Standing(
      await records.list(db, DEVICE, { state: 'approved' }),
      await records.list(db, ENVIRONMENT, { state: 'attested' }),
      active.filter(({ kind }) => kind === 'standing'),
      await records.list(db, COPY, { state: 'stands' }),
    )
  }

  private constructor(devices: Device[], environments: Environment[], grants: Grant[], copies: Copy[]) {
    this.#devices = new Map(devices.map((one) => [one.id, one]))
    this.#environments = new Map(environments.map((one) => [one.name, one]))
    this.#grants = new Map(grants.map((one) => [one.id, one]))
    this.#copies = new Map(copies.map((one) => [one.id, one]))
  }

  has({ type, id }: ItemRef): boolean {
    if (type === 'device') return this.#devices.has(id)
    if (type === 'environment') return this.#environments.has(id)
    return type === 'grant' ? this.#grants.has(id) : this.#copies.has(id)
  }

  /** Whether two people have attested it anew since then. */
  isRenewed({ type, id }: ItemRef, since: string): boolean {
    const environment = type === 'environment' ? this.#environments.get(id) : undefined
    return environment !== undefined && environment.attestedAt > since
  }

  items(): CampaignItem[] {
    const item = (type: CampaignItem['type'], id: string, owner: string): CampaignItem => ({
      ...{ type, id, owner, state: 'open', by: null, at: null },
    })
    return [
      ...[...this.#devices.values()].map(({ id, personId }) => item('device', id, personId)),
      ...[...this.#environments.values()].map(({ name, attestedBy: [asked = ''] }) => item('environment', name, asked)),
      ...[...this.#grants.values()].map(({ id, personId }) => item('grant', id, personId)),
      ...[...this.#copies.values()].map(({ id, owner }) => item('copy', id, owner)),
    ]
  }

  /** Ends what an item names, if it stands. */
  end({ type, id }: ItemRef, endings: Endings, because: Because): void {
    const device = type === 'device' ? this.#devices.get(id) : undefined
    const environment = type === 'environment' ? this.#environments.get(id) : undefined
    const copy = type === 'copy' ? this.#copies.get(id) : undefined
    if (device !== undefined) endings.device(device, 'revoked', because)
    if (environment !== undefined) endings.environment(environment, 'revoked', because)
    if (copy !== undefined) endings.copy(copy, because)
    if (type === 'grant') endings.grant(id, 'revoked', because)
  }
}
