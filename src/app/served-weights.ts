import type { Clock } from '../base/clock.ts'
import { deviceKeyPath, loadDeviceKey } from '../base/device-key.ts'
import { proofOf } from '../base/device-proof.ts'
import { AppError } from '../base/errors.ts'
import type { Ids } from '../base/ids.ts'
import type { ServedWeights, WeightsSource } from '../gateway/index.ts'
import { memoryFile } from '../weights/sandbox/index.ts'
import type { WeightsRooms } from './weights.ts'

export interface VaultWeightsDeps {
  readonly clock: Clock
  readonly ids: Ids
  readonly env: Readonly<Record<string, string | undefined>>
}

type Rooms = Pick<WeightsRooms, 'access' | 'reading'>

/** No server listens there: a proof names the address that it is for, and this is a call within one process. */
const ADDRESS = 'https://localhost/vault/v1/sessions'
const WATCH_MS = 500

/** Weights for models that this process serves: read as this host's device, under a grant to serve, counted and recorded like any other reading. */
export class VaultWeights implements WeightsSource {
  readonly #deps: VaultWeightsDeps
  #rooms: Rooms | null = null

  constructor(deps: VaultWeightsDeps) {
    this.#deps = deps
  }

  /** Upstreams are opened before the rooms that they read from. */
  bind(rooms: Rooms): void {
    this.#rooms = rooms
  }

  async open(grant: string, path: string): Promise<ServedWeights> {
    const rooms = this.#rooms
    if (rooms === null) throw new AppError('SHUTTING_DOWN', 'the vault is not open yet')
    const watch = watchGrant(rooms, grant, this.#deps.clock)
    try {
      const file = await this.#read(rooms, grant, path, watch.ended)
      return {
        fd: file.fd,
        ended: watch.ended,
        async [Symbol.asyncDispose]() {
          watch.stop()
          await file.close()
        },
      }
    } catch (error) {
      watch.stop()
      throw error
    }
  }

  async #read({ access, reading }: Rooms, grantId: string, path: string, signal: AbortSignal) {
    const { clock, ids, env } = this.#deps
    const { use } = await access.grants.get(grantId)
    if (use !== 'serve') throw new AppError('FORBIDDEN', `this grant is for another use (${use}), not to serve`)
    const key = await loadDeviceKey(deviceKeyPath(env))
    const proven = async (token: string | null) => {
      const request = { method: 'POST', url: ADDRESS }
      return { ...request, proof: await proofOf(key, { ...request, token }, clock, ids) }
    }
    const { token } = await reading.start(grantId, await proven(null))
    const session = await reading.authenticate(token, await proven(token))
    const covered = await reading.file(session, { path })
    const { sizeBytes, sha256 } = covered.file
    const bytes = async function* () {
      using opened = await reading.read(covered, 0, sizeBytes)
      yield* opened
    }
    return await memoryFile({ path, sizeBytes, sha256, open: bytes }, ids, signal)
  }
}

/** Tells when weights may be served no longer: grant or device were revoked, the window is over, or the model is locked. One that has given all its bytes goes on. */
function watchGrant({ access }: Rooms, id: string, clock: Clock): { readonly ended: AbortSignal; stop(): void } {
  const end = new AbortController()
  let timer: NodeJS.Timeout
  const look = async () => {
    const fault = await faultOf(access, id, clock.now()).catch((error: unknown) => error)
    if (fault !== null) return end.abort(fault)
    if (!end.signal.aborted) timer = setTimeout(() => void look(), WATCH_MS).unref()
  }
  timer = setTimeout(() => void look(), WATCH_MS).unref()
  return {
    ended: end.signal,
    stop: () => {
      clearTimeout(timer)
      end.abort(new AppError('SHUTTING_DOWN', 'no longer served'))
    },
  }
}

async function faultOf(access: Rooms['access'], id: string, nowMs: number): Promise<AppError | null> {
  const { state, version, expiresAt, thumbprint } = await access.grants.get(id)
  await access.devices.require(thumbprint)
  const isOver = state === 'expired' || Date.parse(expiresAt) <= nowMs
  const ended = isOver ? 'the window of the grant is over' : state === 'revoked' ? 'the grant was revoked' : null
  const [model = ''] = version.split('/')
  const fault = ended ?? (await access.locks.reason(model))
  return fault === null ? null : new AppError('FORBIDDEN', fault)
}
