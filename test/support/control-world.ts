import { createHmac } from 'node:crypto'
import { rmSync } from 'node:fs'
import { Accounts, openOperatorToken } from '../../src/accounts/index.ts'
import { systemClock } from '../../src/base/clock.ts'
import type { Readiness } from '../../src/base/conditions.ts'
import { systemIds } from '../../src/base/ids.ts'
import { silentLog } from '../../src/base/log.ts'
import { type DbHandle, openDb } from '../../src/db/index.ts'
import { type ControlPlaneDeps, createControlPlane } from '../../src/http/control-plane/index.ts'
import { type Ledger, LocalLedger, openFileSigner } from '../../src/ledger/index.ts'
import { Staff, StaffConfig } from '../../src/staff/index.ts'
import { openRooms } from './rooms.ts'
import { STATUS } from './status-view.ts'
import { freshDataDir } from './stores.ts'

const READY: Readiness = { state: 'ready', ready: true, reasons: [], conditions: [] }

/** A control plane over real rooms on the embedded store, with its first key made; asked without a socket, as the operator. */
export class ControlWorld implements AsyncDisposable {
  readonly #dir: string
  readonly #handle: DbHandle
  readonly deps: ControlPlaneDeps
  readonly accounts: Accounts
  readonly ledger: Ledger
  ready = true

  private constructor(dir: string, handle: DbHandle, ledger: Ledger, accounts: Accounts, deps: ControlPlaneDeps) {
    this.#dir = dir
    this.#handle = handle
    this.ledger = ledger
    this.accounts = accounts
    this.deps = { ...deps, readiness: () => this.#readiness() }
  }

  static async open(): Promise<ControlWorld> {
    const dir = await freshDataDir()
    const handle = await openDb({ url: null, dataDir: dir, log: silentLog })
    const base = { clock: systemClock, ids: systemIds, log: silentLog }
    const digest = (text: string) => createHmac('sha256', 'k').update(text).digest('hex')
    const ledger = await LocalLedger.open({
      ...base,
      dir: `${dir}/ledger`,
      signer: await openFileSigner({ path: `${dir}/key`, origin: 'test.example/log', ids: systemIds }),
      checkpointIntervalMs: 10,
    })
    const defaults = { requestsPerMinute: 60, tokensPerMinute: 1000 }
    const accounts = await Accounts.open({ ...base, db: handle, ledger, digest, defaults })
    await accounts.ensureFirstKey()
    const staff = await Staff.open({
      ...base,
      db: handle,
      ledger,
      digest,
      config: StaffConfig.parse({}),
      secrets: { oidcClientSecret: null, scimToken: null },
      host: '127.0.0.1',
      installation: 'test.example',
    })
    return new ControlWorld(dir, handle, ledger, accounts, {
      ...(await openRooms(handle, ledger, dir)),
      accounts,
      ledger,
      staff,
      operatorToken: openOperatorToken(dir, systemIds),
      status: async () => STATUS,
      readiness: () => READY,
      metrics: async () => ({ contentType: 'text/plain; version=0.0.4', body: 'up 1\n' }),
      host: '127.0.0.1',
      ids: systemIds,
      log: silentLog,
    })
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.deps.insider[Symbol.asyncDispose]()
    await this.deps.weights.reading.close()
    await this.deps.weights.access[Symbol.asyncDispose]()
    await this.deps.weights.vault[Symbol.asyncDispose]()
    await this.deps.models.training[Symbol.asyncDispose]()
    await this.deps.models.response.close()
    await this.deps.models.profiles[Symbol.asyncDispose]()
    await this.deps.enforcement.close()
    await this.deps.decisions.close()
    await this.deps.content.close()
    await this.accounts.close()
    await this.ledger.close()
    await this.#handle.close()
    rmSync(this.#dir, { recursive: true, force: true })
  }

  plane(changed: Partial<ControlPlaneDeps> = {}) {
    return createControlPlane({ ...this.deps, ...changed })
  }

  /** @param body as it stands if it is text, else as JSON */
  call(method: string, path: string, body?: unknown, headers: Record<string, string> = {}) {
    return this.plane().request(`http://localhost:8081${path}`, {
      method,
      headers: {
        authorization: `Bearer ${this.deps.operatorToken}`,
        ...(body === undefined ? {} : { 'content-type': 'application/json' }),
        ...headers,
      },
      ...(body === undefined ? {} : { body: typeof body === 'string' ? body : JSON.stringify(body) }),
    })
  }

  #readiness(): Readiness {
    const words = 'the ledger cannot record'
    const since = '2026-01-01T00:00:00.000Z'
    const conditions = [{ code: 'ledger_stopped', severity: 'unready' as const, words, since }]
    return this.ready ? READY : { state: 'unready', ready: false, reasons: [words], conditions }
  }
}

/** The body as a test looks at it. */
export async function bodyOf(response: Response): Promise<Record<string, never>> {
  return (await response.json()) as Record<string, never>
}
