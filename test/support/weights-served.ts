import { cp, mkdir } from 'node:fs/promises'
import { request } from 'node:http'
import { join } from 'node:path'
import { put } from '../../src/journal/index.ts'
import type { Device, Grant } from '../../src/weights/access/index.ts'
import { DEVICE, GRANT } from '../../src/weights/access/kinds.ts'
import { records } from '../../src/weights/records/index.ts'
import { signInAs } from './app-staff.ts'
import type { ReadingDevice } from './reading-world.ts'
import type { RunningApp } from './running-app.ts'
import { putParts } from './vault-world.ts'

const DAY_MS = 86_400_000

/** Seals files as `model/version` in a running installation. */
export async function sealIn({ app }: RunningApp, id: string, files: Readonly<Record<string, Buffer>>): Promise<void> {
  const { uploads } = app.weights.vault
  const [model = '', version = ''] = id.split('/')
  const by = { type: 'operator', id: 'test' } as const
  const declared = Object.entries(files).map(([path, { length: sizeBytes }]) => ({ path, sizeBytes }))
  const upload = await uploads.begin({ model, version, files: declared }, by)
  await putParts(app.weights.vault, upload, files)
  await uploads.finish(upload.id, by)
}

/** Puts a grant there for a device, and the device, past what people must agree to. */
export async function grantIn(
  running: RunningApp,
  device: ReadingDevice,
  { version, budgetBytes, files = ['*'] }: { version: string; budgetBytes: number; files?: string[] },
): Promise<Grant> {
  const { app } = running
  const { id: personId } = await signInAs(running, ['security_engineer'])
  const now = app.clock.now()
  const [at, later] = [new Date(now - 1_000).toISOString(), new Date(now + DAY_MS).toISOString()]
  const ended = { endedAt: null, endedBy: null, endedReason: null }
  const { thumbprint, jwk } = device
  const letIn: Device = {
    ...{ id: app.ids.next('dev'), name: 'trainer-7', host: 'trainer-7', kind: 'person', environment: null },
    ...{ publicJwk: jwk as Device['publicJwk'], thumbprint, personId, state: 'approved', registeredAt: at },
    ...{ approval: 'apr_test', approvedAt: at, expiresAt: later, ...ended },
  }
  const { manifestDigest } = await app.weights.vault.versions.get(version)
  const grant: Grant = {
    ...{
      id: app.ids.next('grt'),
      approval: 'apr_test',
      kind: 'person',
      use: 'program',
      personId,
      approvers: ['per_x'],
    },
    ...{ device: letIn.id, thumbprint, host: 'trainer-7', version, manifestDigest, files, purpose: 'a test' },
    ...{
      destination: null,
      environment: null,
      copy: null,
      budgetBytes,
      startsAt: at,
      expiresAt: later,
      state: 'active',
    },
    ...ended,
  }
  const { db } = app.staff.context.db
  await db.transaction().execute((tx) => records.apply(tx, [put(DEVICE, letIn), put(GRANT, grant)]))
  return grant
}

/** A folder for a replica of an installation: with its keys, and what it has of its own. */
export async function replicaFolder(of: RunningApp, folder: string): Promise<string> {
  await mkdir(join(folder, 'data'), { recursive: true })
  await cp(join(of.dataDir, 'keys'), join(folder, 'data', 'keys'), { recursive: true })
  return folder
}

/** What came of one request for bytes, also when it was cut off. */
export interface Gotten {
  /** 0 where no answer came. */
  readonly status: number
  readonly bytes: Buffer
  readonly whole: boolean
}

/** A program at the door, which takes what it can get. */
export class Insider {
  readonly #device: ReadingDevice
  readonly #grant: string
  #token = ''

  constructor(device: ReadingDevice, grant: string) {
    this.#device = device
    this.#grant = grant
  }

  async begin(control: string): Promise<void> {
    const url = `${control}/vault/v1/sessions`
    const answer = await fetch(url, {
      method: 'POST',
      headers: { dpop: await this.#device.proof('POST', url, Date.now()), 'content-type': 'application/json' },
      body: JSON.stringify({ grant: this.#grant }),
    })
    const { token } = (await answer.json()) as { token?: string }
    if (token === undefined) throw new Error(`no session: ${answer.status}`)
    this.#token = token
  }

  async get(control: string, path: string, range: string | null = null): Promise<Gotten> {
    const url = `${control}/vault/v1${path}`
    const dpop = await this.#device.proof('GET', url, Date.now(), this.#token)
    const headers = { authorization: `DPoP ${this.#token}`, dpop, ...(range === null ? {} : { range }) }
    return await new Promise((resolve) => {
      const pieces: Buffer[] = []
      let status = 0
      const done = (whole: boolean) => resolve({ status, bytes: Buffer.concat(pieces), whole })
      const sent = request(url, { headers, agent: false }, (answer) => {
        status = answer.statusCode ?? 0
        answer.on('data', (piece: Buffer) => pieces.push(piece))
        answer.on('error', () => {})
        answer.on('close', () => done(answer.complete))
      })
      sent.on('error', () => done(false))
      sent.end()
    })
  }
}
