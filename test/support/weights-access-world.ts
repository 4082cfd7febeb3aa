import { generateKeyPairSync } from 'node:crypto'
import type { ManualClock } from '../../src/base/clock.ts'
import { AppError } from '../../src/base/errors.ts'
import { silentLog } from '../../src/base/log.ts'
import type { DbHandle } from '../../src/db/index.ts'
import type { Actor } from '../../src/ledger/index.ts'
import type { Approval, Role, Staff } from '../../src/staff/index.ts'
import { assignmentState } from '../../src/staff/index.ts'
import {
  Access,
  type Device,
  type Grant,
  type NewRequest,
  type PeoplePort,
  PublicJwk,
  parseAccessConfig,
  type VaultPort,
  type VersionFacts,
} from '../../src/weights/access/index.ts'
import { type Member, StaffWorld } from './staff-world.ts'

/** A vault that keeps what is said of versions, and no weights. */
export class ShelfVault implements VaultPort {
  readonly #versions = new Map<string, VersionFacts>()
  readonly #files = new Map<string, { path: string; canary: boolean }[]>()
  readonly checks = new Map<string, { at: string; ok: boolean }>()

  put(id: string, paths: readonly string[], facts: Partial<VersionFacts> = {}): VersionFacts {
    const version: VersionFacts = {
      ...{ id, model: id.slice(0, id.indexOf('/')), state: 'sealed', decoy: false, sizeBytes: 1_000_000 },
      manifestDigest: Buffer.from(id).toString('hex').padEnd(64, '0').slice(0, 64),
      ...facts,
    }
    this.#versions.set(id, version)
    this.#files.set(id, this.#files.get(id) ?? paths.map((path) => ({ path, canary: false })))
    return version
  }

  async find(version: string): Promise<VersionFacts | null> {
    return this.#versions.get(version) ?? null
  }

  async files(version: string): Promise<{ path: string; canary: boolean }[]> {
    return this.#files.get(version) ?? []
  }

  async lastDeepCheck(version: string): Promise<{ at: string; ok: boolean } | null> {
    return this.checks.get(version) ?? null
  }

  async plantModel({ model, version, sizeBytes }: { model: string; version: string; sizeBytes: number }) {
    this.put(`${model}/${version}`, ['model.safetensors'], { decoy: true, sizeBytes })
  }

  async plantFile({ version, path }: { version: string; path: string }) {
    this.#files.get(version)?.push({ path, canary: true })
  }
}

export function peopleOf(staff: () => Staff, clock: ManualClock): PeoplePort {
  return {
    rolesOf: async (personId) => {
      const { people, assignments } = staff()
      const person = await people.get(personId).catch((error: unknown) => {
        if (error instanceof AppError && error.code === 'NOT_FOUND') return null
        throw error
      })
      if (person === null) return new Set()
      const held = await assignments.list(personId)
      const active = held.filter((one) => assignmentState(one, person, clock.now()) === 'active')
      return new Set(active.map(({ role }) => role))
    },
  }
}

export function actorOf({ id }: Member): Actor {
  return { type: 'staff', id }
}

export function newPublicJwk(): PublicJwk {
  return PublicJwk.parse(generateKeyPairSync('ed25519').publicKey.export({ format: 'jwk' }))
}

/** Who works with weights, from a device that was let in, and who agrees to it. */
export interface AccessCast {
  readonly world: WeightsAccessWorld
  readonly access: Access
  readonly engineer: Member
  readonly approver: Member
  readonly ciso: Member
  readonly rso: Member
  /** The engineer's. */
  readonly device: Device
}

/** People, a vault with `atlas/v1` in it, and who may open it. */
export class WeightsAccessWorld implements AsyncDisposable {
  readonly staff: StaffWorld
  readonly vault = new ShelfVault()
  readonly lockedModels = new Set<string>()
  readonly #config: unknown
  readonly #opened: Access[] = []
  access!: Access

  static async open(handle: DbHandle, config: unknown = {}): Promise<WeightsAccessWorld> {
    const staff = await StaffWorld.open(handle)
    await handle.db.deleteFrom('weightsRecord').execute()
    const world = new WeightsAccessWorld(staff, config)
    world.vault.put('atlas/v1', ['config.json', 'model-1.safetensors', 'model-2.safetensors'])
    world.access = await world.another()
    world.access.register(staff.staff.approvals)
    return world
  }

  /** A world with the people whom most tests need. */
  static async withCast(handle: DbHandle): Promise<AccessCast> {
    const world = await WeightsAccessWorld.open(handle)
    const engineer = await world.member('security_engineer')
    const approver = await world.member('weights_approver')
    const ciso = await world.member('ciso')
    const rso = await world.member('rso')
    return {
      world,
      access: world.access,
      engineer,
      approver,
      ciso,
      rso,
      device: await world.device(engineer, approver),
    }
  }

  private constructor(staff: StaffWorld, config: unknown) {
    this.staff = staff
    this.#config = config
  }

  get clock(): ManualClock {
    return this.staff.clock
  }

  /** As another replica opens it. */
  async another(): Promise<Access> {
    const { handle: db, log: ledger, clock, ids } = this.staff
    const made = await Access.open({
      ...{ db, ledger, clock, ids, log: silentLog, vault: this.vault, config: parseAccessConfig(this.#config) },
      people: peopleOf(() => this.staff.staff, clock),
      approvals: {
        request: (request) => this.staff.staff.approvals.request(request),
        get: (id) => this.staff.staff.approvals.get(id),
      },
      lockedByResponse: async (model) => this.lockedModels.has(model),
    })
    this.#opened.push(made)
    return made
  }

  member(...roles: Role[]): Promise<Member> {
    return this.staff.member(roles)
  }

  /** What is asked for by one and agreed to by others. */
  async decided(action: string, payload: unknown, requester: Member, ...approvers: Member[]): Promise<Approval> {
    const { approvals } = this.staff.staff
    let approval = await approvals.request({ action, payload, reason: 'because', requester: requester.id })
    for (const approver of approvers) approval = await this.staff.approve(approval.id, approver)
    return approval
  }

  /** A device that was let in. */
  async device(owner: Member, approver: Member, environment: string | null = null): Promise<Device> {
    const kind = environment === null ? ('person' as const) : ('environment' as const)
    const input = { name: 'lab-7', kind, environment, publicJwk: newPublicJwk() }
    const { id, thumbprint, name, host } = await this.access.devices.register(input, owner.id)
    const payload = { device: id, thumbprint, name, host, personId: owner.id, environment }
    const approval = await this.decided('weights.device', payload, owner, approver)
    if (approval.state !== 'executed') throw new Error(approval.closedReason ?? approval.state)
    return this.access.devices.get(id)
  }

  asking(device: Pick<Device, 'id'>, more: Partial<NewRequest> = {}): NewRequest {
    return {
      ...{ device: device.id, version: 'atlas/v1', files: ['*'], purpose: 'Look at layer 7', use: 'program' },
      ...{ budgetBytes: 1_000_000, windowMinutes: 60 },
      ...more,
    }
  }

  /** A grant as it is given. */
  async grant(
    owner: Member,
    device: Device,
    approvers: readonly Member[],
    more: Partial<NewRequest> = {},
  ): Promise<Grant> {
    const asked = await this.access.requests.ask(this.asking(device, more), owner.id)
    for (const approver of approvers) await this.staff.approve(asked.id, approver)
    const grant = await this.access.grants.byApproval(asked.id)
    if (grant === null) throw new Error((await this.staff.staff.approvals.get(asked.id)).closedReason ?? 'not given')
    return grant
  }

  /** Somebody moves on: what they hold ends, or that role alone. */
  async end(member: Member, by: Member, role: Role | null = null): Promise<void> {
    const { assignments } = this.staff.staff
    for (const held of await assignments.list(member.id))
      if (role === null || held.role === role) await assignments.end(held.id, actorOf(by), 'moved on')
  }

  /** What the ledger was told, such as `grant_ended`. */
  events(kind: string) {
    return this.staff.log.events.filter((event) => event.kind === `weights.${kind}`)
  }

  async [Symbol.asyncDispose](): Promise<void> {
    for (const one of this.#opened) await one[Symbol.asyncDispose]()
  }
}
