import { createHash, generateKeyPairSync, type KeyObject, randomBytes, randomUUID } from 'node:crypto'
import { mkdtempSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { calculateJwkThumbprint, exportJWK, type JWK, SignJWT } from 'jose'
import { type Clock, ManualClock } from '../../src/base/clock.ts'
import { AppError } from '../../src/base/errors.ts'
import { type Ids, systemIds } from '../../src/base/ids.ts'
import { silentLog } from '../../src/base/log.ts'
import type { DbHandle } from '../../src/db/index.ts'
import type { EventLog } from '../../src/ledger/index.ts'
import {
  type AccessPort,
  type CanaryTouch,
  type OpenVaultFile,
  Reading,
  type ReadingGrant,
  type TensorView,
  type VaultPort,
} from '../../src/weights/reading/index.ts'

/** A device with a key of its own, and the proofs that it sends. */
export class ReadingDevice {
  readonly #key: KeyObject
  readonly jwk: JWK
  readonly #alg: string
  readonly thumbprint: string

  private constructor(key: KeyObject, jwk: JWK, alg: string, thumbprint: string) {
    this.#key = key
    this.jwk = jwk
    this.#alg = alg
    this.thumbprint = thumbprint
  }

  static async make(curve: 'ed25519' | 'P-256' = 'ed25519'): Promise<ReadingDevice> {
    const { privateKey, publicKey } =
      curve === 'ed25519' ? generateKeyPairSync('ed25519') : generateKeyPairSync('ec', { namedCurve: 'P-256' })
    const jwk = await exportJWK(publicKey)
    return new ReadingDevice(
      privateKey,
      jwk,
      curve === 'ed25519' ? 'EdDSA' : 'ES256',
      await calculateJwkThumbprint(jwk),
    )
  }

  /** @param claims over those of a good proof */
  async proof(
    method: string,
    url: string,
    nowMs: number,
    token: string | null = null,
    claims: object = {},
  ): Promise<string> {
    const ath = token === null ? {} : { ath: createHash('sha256').update(token).digest('base64url') }
    const payload = { jti: randomUUID(), htm: method, htu: url, iat: Math.floor(nowMs / 1_000), ...ath, ...claims }
    return await new SignJWT(payload)
      .setProtectedHeader({ typ: 'dpop+jwt', alg: this.#alg, jwk: this.jwk })
      .sign(this.#key)
  }
}

export interface PlainFile {
  readonly path: string
  readonly bytes: Buffer
  readonly canary?: boolean
  readonly tensors?: TensorView[]
}

const SEGMENT_BYTES = 256 * 1024

/** A vault whose files lie in memory, unsealed. It reuses its buffers, as the real one does, and counts what it gave out. */
export class PlainVault implements VaultPort {
  readonly #files: readonly PlainFile[]
  readonly #id: string
  readonly decoy: boolean
  state = 'sealed'
  manifestDigest = 'ab'.repeat(32)
  /** Bytes that were opened: asked of a `range` and yielded. */
  opened = 0
  openFiles = 0

  constructor(files: readonly PlainFile[], { id = 'orca/1', decoy = false } = {}) {
    this.#files = files
    this.#id = id
    this.decoy = decoy
  }

  readonly versions: VaultPort['versions'] = {
    get: async (id) => {
      if (id !== this.#id) throw new AppError('NOT_FOUND', 'there is no such version')
      return this.#version()
    },
    list: async () => ({ items: [this.#version()], next: null }),
    files: async () =>
      this.#files.map(({ path, bytes, canary = false }, position) => ({
        path,
        position,
        sizeBytes: bytes.length,
        sha256: createHash('sha256').update(bytes).digest('hex'),
        segmentBytes: SEGMENT_BYTES,
        canary,
      })),
  }

  async openFile(_version: string, path: string, { signal }: { signal: AbortSignal }): Promise<OpenVaultFile> {
    const found = this.#files.find((file) => file.path === path)
    if (found === undefined) throw new AppError('NOT_FOUND', 'there is no such file')
    this.openFiles += 1
    let isOpen = true
    return {
      tensors: async () => found.tensors ?? null,
      range: (start, length) =>
        this.#range(found.bytes, start, length, () => {
          signal.throwIfAborted()
          if (!isOpen) throw new Error('read after it was closed')
        }),
      [Symbol.dispose]: () => {
        if (isOpen) this.openFiles -= 1
        isOpen = false
      },
    }
  }

  #version() {
    const sizeBytes = this.#files.reduce((sum, { bytes }) => sum + bytes.length, 0)
    const [model = ''] = this.#id.split('/')
    const { decoy } = this
    return {
      id: this.#id,
      model,
      state: this.state,
      decoy,
      sizeBytes,
      fileCount: this.#files.length,
      manifestDigest: this.manifestDigest,
    }
  }

  async *#range(
    bytes: Buffer,
    start: number,
    length: number,
    check: () => void,
  ): AsyncGenerator<Buffer, void, undefined> {
    const piece = SEGMENT_BYTES - 32
    const [buffer, end] = [Buffer.alloc(piece), start + length]
    for (let at = start; at < end; ) {
      check()
      const next = Math.min(end, (Math.floor(at / piece) + 1) * piece)
      bytes.copy(buffer, 0, at, next)
      this.opened += next - at
      yield buffer.subarray(0, next - at)
      buffer.fill(0)
      at = next
    }
  }
}

/** Who may read: one answer for all replicas, which a test changes. */
export class ScriptedAccess implements AccessPort {
  readonly grants = new Map<string, ReadingGrant & { state: string }>()
  readonly touches: CanaryTouch[] = []
  stretch = false
  /** Instead of an answer. */
  failing: Error | null = null
  asked = 0

  async requireActive(id: string, thumbprint: string): Promise<ReadingGrant> {
    this.asked += 1
    if (this.failing !== null) throw this.failing
    const grant = this.grants.get(id)
    if (grant === undefined || grant.thumbprint !== thumbprint)
      throw new AppError('NOT_FOUND', 'there is no such grant')
    if (grant.state !== 'active') throw new AppError('FORBIDDEN', `the grant is ${grant.state}`)
    return grant
  }

  readonly spentGrants: string[] = []

  spent = async (id: string) => {
    this.spentGrants.push(id)
    this.end(id, 'spent')
  }

  isStretchOn = async () => this.stretch

  touched = async (touch: CanaryTouch) => void this.touches.push(touch)

  add(device: ReadingDevice, fields: Partial<ReadingGrant> = {}): ReadingGrant {
    const grant = {
      id: `grt_${this.grants.size + 1}`,
      personId: 'per_1',
      device: 'dev_1',
      host: 'trainer-7',
      thumbprint: device.thumbprint,
      version: 'orca/1',
      manifestDigest: 'ab'.repeat(32),
      files: ['*'],
      budgetBytes: 1_000_000_000,
      expiresAt: '2030-01-01T00:00:00.000Z',
      state: 'active',
      ...fields,
    }
    this.grants.set(grant.id, grant)
    return grant
  }

  end(id: string, state = 'revoked'): void {
    const grant = this.grants.get(id)
    if (grant !== undefined) this.grants.set(id, { ...grant, state })
  }
}

export const BASE = 'http://127.0.0.1:8081/vault/v1'

export interface ReadingWorldDeps {
  readonly db: DbHandle
  readonly ledger: EventLog
  readonly vault: VaultPort
  readonly access: AccessPort
  readonly clock?: Clock
  readonly ids?: Ids
  readonly keysDir?: string
}

export function openReading({ clock = new ManualClock(), ids = systemIds, ...deps }: ReadingWorldDeps): Reading {
  const keysDir = deps.keysDir ?? join(mkdtempSync(join(tmpdir(), 'safelevel-keys-')), 'keys')
  return new Reading({ ...deps, clock, ids, log: silentLog, keysDir })
}

export async function clearReading({ db }: DbHandle): Promise<void> {
  for (const table of ['weightsRecord', 'weightsUse', 'weightsBucket', 'weightsCoverage', 'journalIntent'] as const)
    await db.deleteFrom(table).execute()
}

/** @returns random bytes: none is like another */
export function noise(sizeBytes: number): Buffer {
  return randomBytes(sizeBytes)
}

/** Everything that a read gives, which it may overwrite piece by piece. */
export async function takeAll(read: AsyncIterable<Buffer>): Promise<Buffer> {
  const pieces: Buffer[] = []
  for await (const piece of read) pieces.push(Buffer.from(piece))
  return Buffer.concat(pieces)
}
