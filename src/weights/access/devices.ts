import { calculateJwkThumbprint } from 'jose'
import { iso } from '../../base/clock.ts'
import { AppError } from '../../base/errors.ts'
import type { Db } from '../../db/index.ts'
import { type Happening, put } from '../../journal/index.ts'
import type { Actor, EventData } from '../../ledger/index.ts'
import { type ActionDefinition, twoPeople } from '../../staff/index.ts'
import { records } from '../records/index.ts'
import {
  type AccessContext,
  conflict,
  DAY_MS,
  forbidden,
  invalid,
  notFound,
  OPENERS,
  SYSTEM,
  staffActor,
} from './context.ts'
import { parsePublicJwk } from './device-key.ts'
import { type Device, DeviceRequest, NewDevice } from './device-schema.ts'
import { Endings } from './endings.ts'
import { DEVICE } from './kinds.ts'

/** The name under which two people let a device in. */
export const DEVICE_ACTION = 'weights.device'

const MAX_PENDING = 20
const MOST_LISTED = 10_000

/** Keys of hosts and environments: only what was let in by two people may ask for weights. */
export class Devices {
  readonly #context: AccessContext
  constructor(context: AccessContext) {
    this.#context = context
  }

  /**
   * Puts a key on record; it opens nothing until two people have let it in (`weights.device`).
   *
   * @param personId whose it is; for an environment, who answers for it
   * @throws {AppError} REQUEST_INVALID, FORBIDDEN (not somebody who works with weights), CONFLICT (the key is known), LEDGER_UNAVAILABLE
   */
  async register(input: NewDevice, personId: string): Promise<Device> {
    const publicJwk = parsePublicJwk(input.publicJwk)
    const { name, host = name, kind, environment } = NewDevice.parse({ ...input, publicJwk })
    if ((kind === 'environment') !== (environment !== null))
      throw invalid('environment: names the environment of a device of kind `environment`, and of no other')
    const thumbprint = await calculateJwkThumbprint(publicJwk)
    const { journal, clock, ids, people } = this.#context
    const roles = await people.rolesOf(personId)
    if (!OPENERS.some((role) => roles.has(role))) throw forbidden(`devices are registered for: ${OPENERS.join(', ')}`)
    return journal.make(staffActor(personId), async (db) => {
      const known = await records.list(db, DEVICE, { about: thumbprint, limit: 1 })
      if (known.length > 0) throw conflict('this key was registered before: a device that starts again makes a new one')
      const pending = await records.list(db, DEVICE, { state: 'pending', limit: 1_000 })
      if (pending.filter((one) => one.personId === personId).length >= MAX_PENDING)
        throw conflict('too many devices of this person wait to be let in')
      const device: Device = {
        ...{ id: ids.next('dev'), name, host, kind, environment, publicJwk, thumbprint, personId, state: 'pending' },
        ...{ registeredAt: iso(clock.now()), approval: null, approvedAt: null, expiresAt: null },
        ...{ endedAt: null, endedBy: null, endedReason: null },
      }
      const event = deviceEvent('weights.device_registered', device, { kind, environment })
      return { events: [event], puts: [put(DEVICE, device)], result: device }
    })
  }

  /** Two people let a device in; whose it is never agrees to it. */
  approving(): ActionDefinition<DeviceRequest> {
    return {
      schema: DeviceRequest,
      fresh: true,
      rule: ({ personId }) => twoPeople(OPENERS, ['weights_approver', 'ciso'], [personId]),
      check: async (request) => checkPending(await this.get(request.device), request),
      execute: async (request, { id: approval, approvers, approvedAt }) => {
        const { journal, people, config, refresh } = this.#context
        const roles = await people.rolesOf(request.personId)
        await journal.make(SYSTEM, async (db) => {
          const device = await find(db, request.device)
          if (device.approval === approval) return { events: [], result: undefined }
          checkPending(device, request)
          if (!OPENERS.some((role) => roles.has(role)))
            throw conflict('whose device it is no longer works with weights')
          const expiresAt = iso(Date.parse(approvedAt) + config.deviceDays * DAY_MS)
          const approved: Device = { ...device, state: 'approved', approval, approvedAt, expiresAt }
          const event = deviceEvent('weights.device_approved', approved, {
            approval,
            approvers: [...approvers],
            expiresAt,
          })
          return { events: [event], puts: [put(DEVICE, approved)], result: undefined }
        })
        await refresh()
      },
    }
  }

  /** One person, at once; its grants end with it. @throws {AppError} NOT_FOUND, CONFLICT, LEDGER_UNAVAILABLE */
  async revoke(id: string, by: Actor, reason: string): Promise<Device> {
    const { journal, clock, refresh } = this.#context
    await journal.make(by, async (db) => {
      const device = await find(db, id)
      if (device.state === 'revoked') throw conflict(`this device was revoked at ${device.endedAt}`)
      const endings = await Endings.begin(db)
      endings.device(device, 'revoked', { nowMs: clock.now(), by: by.id, cause: 'person', reason })
      return { events: endings.events, puts: endings.puts, result: undefined }
    })
    await refresh()
    return this.get(id)
  }

  /** @throws {AppError} NOT_FOUND */
  get(id: string): Promise<Device> {
    return find(this.#context.db.db, id)
  }

  /** All, oldest first. */
  list({ state }: { readonly state?: string | undefined } = {}): Promise<Device[]> {
    return records.list(this.#context.db.db, DEVICE, { state, limit: MOST_LISTED })
  }

  /** The device of a key, whatever its state. @param jkt RFC 7638 thumbprint */
  async byThumbprint(jkt: string): Promise<Device | null> {
    const [device] = await records.list(this.#context.db.db, DEVICE, { about: jkt, limit: 1 })
    return device ?? null
  }

  /** The device of a key that may ask for weights now. @throws {AppError} UNAUTHENTICATED saying what to do */
  async require(jkt: string): Promise<Device> {
    const { board, refresh, clock } = this.#context
    await refresh()
    for (const device of board.devices.values())
      if (device.thumbprint === jkt && deviceFault(device, clock.now()) === null) return device
    throw unknownDevice()
  }
}

/** Why a device may not ask now; null = it may. Its environment is asked apart. */
export function deviceFault({ state, expiresAt }: Device, nowMs: number): string | null {
  if (state !== 'approved') return `the device is ${state}`
  return expiresAt === null || Date.parse(expiresAt) <= nowMs ? `the device expired at ${expiresAt}` : null
}

function checkPending(device: Device, request: DeviceRequest): void {
  const { id, thumbprint, name, host, personId, environment } = device
  const isSame =
    id === request.device &&
    thumbprint === request.thumbprint &&
    name === request.name &&
    host === request.host &&
    personId === request.personId &&
    environment === request.environment
  if (!isSame) throw conflict('the device is not as it stands in the request')
  if (device.state !== 'pending') throw conflict(`this device is ${device.state}: only one that waits can be let in`)
}

async function find(db: Db, id: string): Promise<Device> {
  const device = await records.find(db, DEVICE, id)
  if (device === null) throw notFound('device')
  return device
}

function deviceEvent(kind: string, { id, personId }: Device, data: EventData): Happening {
  return { kind, subject: { type: 'weights_device', id }, data: { person: personId, ...data } }
}

function unknownDevice(): AppError {
  return new AppError(
    'UNAUTHENTICATED',
    'this device is not let in: register its public key, and have somebody else approve it',
  )
}
