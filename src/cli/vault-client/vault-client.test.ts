import { chmodSync, mkdtempSync, readFileSync, rmSync, statSync, symlinkSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as wait } from 'node:timers/promises'
import { decodeProtectedHeader, EmbeddedJWK, jwtVerify } from 'jose'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { ManualClock } from '../../base/clock.ts'
import { createDeviceKey, type DeviceKey, deviceKeyPath, loadDeviceKey } from '../../base/device-key.ts'
import { proofOf } from '../../base/device-proof.ts'
import { AppError, type ErrorCode } from '../../base/errors.ts'
import { seededIds } from '../../base/ids.ts'
import type { OwnAnswer } from '../../base/pinned-fetch.ts'
import type { SessionView } from '../../weights/reading/index.ts'
import { VaultClient } from './vault-client.ts'
import { VaultSession } from './vault-session.ts'
import { watchGrant } from './watch-grant.ts'

let folder: string
let key: DeviceKey
beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'safelevel-device-'))
  key = await createDeviceKey(join(folder, 'a/b/device.key'))
})
afterAll(() => rmSync(folder, { recursive: true, force: true }))

describe('the device key', () => {
  it('is made once, for its owner alone', async () => {
    expect(statSync(key.path).mode & 0o777).toBe(0o600)
    const before = readFileSync(key.path)
    await expect(createDeviceKey(key.path)).rejects.toMatchObject({ code: 'CONFLICT' })
    expect(readFileSync(key.path).equals(before)).toBe(true)
    expect((await loadDeviceKey(key.path)).thumbprint).toBe(key.thumbprint)
  })

  it('is refused where others may read it, it is a link, or no such key', async () => {
    const path = join(folder, 'open.key')
    writeFileSync(path, readFileSync(key.path), { mode: 0o600 })
    chmodSync(path, 0o640)
    await expect(loadDeviceKey(path)).rejects.toMatchObject({ code: 'CONFIG_INVALID' })
    symlinkSync(key.path, join(folder, 'link.key'))
    await expect(loadDeviceKey(join(folder, 'link.key'))).rejects.toMatchObject({ code: 'NOT_FOUND' })
    writeFileSync(join(folder, 'bad.key'), 'no key', { mode: 0o600 })
    await expect(loadDeviceKey(join(folder, 'bad.key'))).rejects.toMatchObject({ code: 'CONFIG_INVALID' })
    await expect(loadDeviceKey(folder)).rejects.toThrow(AppError)
  })

  it('lies where the environment says', () => {
    expect(deviceKeyPath({ SAFELEVEL_DEVICE_KEY: '/x/y' })).toBe('/x/y')
    expect(deviceKeyPath({ XDG_CONFIG_HOME: '/c' })).toBe('/c/safelevel/device.key')
    expect(deviceKeyPath({ XDG_CONFIG_HOME: 'relative' })).toMatch(/\/\.config\/safelevel\/device\.key$/)
  })
})

describe('proofOf', () => {
  it('signs method, address and token, and nothing that is secret', async () => {
    const clock = new ManualClock()
    const url = 'https://vault.example:8081/vault/v1/files/3?x=1#y'
    const proof = await proofOf(
      key,
      { method: 'GET', url, token: 'Kz~8mXK1EalYznwH-LC-1fBAo.4Ljp~zsPE_NeO.gxU' },
      clock,
      seededIds(clock),
    )
    const { payload } = await jwtVerify(proof, EmbeddedJWK, { currentDate: new Date(clock.now()) })
    expect(decodeProtectedHeader(proof)).toEqual({ typ: 'dpop+jwt', alg: 'EdDSA', jwk: key.publicJwk })
    expect(payload).toEqual({
      jti: expect.stringMatching(/^[\w-]{24}$/),
      htm: 'GET',
      htu: 'https://vault.example:8081/vault/v1/files/3',
      iat: clock.now() / 1_000,
      ath: 'fUHyO2r2Z3DZ53EsNrWBb0xWXoaNy59IiKCAqksmQEo', // RFC 9449, section 7.1, example
    })
    expect(key.publicJwk).not.toHaveProperty('d')
  })
})

describe('VaultClient', () => {
  it.each(['http://vault.example', 'http://127.0.0.1.evil.example', 'ftp://localhost', 'nonsense', ''])(
    'sends nothing to %j',
    (url) => {
      expect(() => new VaultClient({ url, key })).toThrow(/https, or http from this machine/)
    },
  )

  it.each(['https://vault.example/', 'http://localhost:8081', 'http://127.0.0.1:8081', 'http://[::1]:8081'])(
    'takes %s',
    (url) => {
      expect(new VaultClient({ url, key }).url).toBe(url.replace(/\/$/, ''))
    },
  )

  it('says what the server says, and when it says nothing that makes sense', async () => {
    const client = (answer: () => Promise<OwnAnswer>) =>
      new VaultClient({ url: 'https://vault.example', key, send: answer })
    const answered = async (status: number, body: unknown): Promise<OwnAnswer> => Response.json(body, { status })
    await expect(client(() => answered(403, { code: 'FORBIDDEN', detail: 'no' })).device()).rejects.toMatchObject({
      code: 'FORBIDDEN',
      message: 'no',
    })
    await expect(client(() => answered(403, { code: '__proto__', detail: 'no' })).device()).rejects.toMatchObject({
      code: 'UPSTREAM_UNAVAILABLE',
    })
    await expect(client(() => answered(200, { id: 1 })).device()).rejects.toMatchObject({
      code: 'UPSTREAM_UNAVAILABLE',
    })
    await expect(client(() => Promise.reject(new Error('no route'))).device()).rejects.toMatchObject({
      code: 'UPSTREAM_UNAVAILABLE',
    })
  })
})

/** A server of one file, which breaks off and forgets sessions as it is told. */
function server(bytes: Buffer, faults: (ErrorCode | 'cut' | 'other range')[]) {
  const asked: string[] = []
  const open = async (
    _: string,
    __: string,
    { headers = {} }: { headers?: Record<string, string> },
  ): Promise<OwnAnswer> => {
    const [, from = '', to = ''] = /^bytes=(\d+)-(\d+)$/.exec(headers.range ?? '') ?? []
    asked.push(`${from}-${to}`)
    const fault = faults.shift()
    if (fault !== undefined && fault !== 'cut' && fault !== 'other range') throw new AppError(fault, 'told to')
    const whole = bytes.subarray(Number(from), Number(to) + 1)
    const range = fault === 'other range' ? `bytes 0-1/${bytes.length}` : `bytes ${from}-${to}/${bytes.length}`
    const body = new ReadableStream<Uint8Array>({
      start(controller) {
        controller.enqueue(fault === 'cut' ? whole.subarray(0, whole.length >> 1) : whole)
        if (fault !== 'cut') controller.close()
      },
      pull(controller) {
        controller.error(new TypeError('terminated'))
      },
    })
    return new Response(body, { status: 206, headers: { 'content-range': range } })
  }
  let begun = 0
  const begin = async () => {
    begun += 1
    return { token: `t${begun}` } as SessionView
  }
  const session = new VaultSession({ open, request: () => Promise.reject(new Error('not asked')) }, begin, {
    token: 't0',
  } as SessionView)
  const read = async () => {
    const file = { n: 0, path: 'f', sizeBytes: bytes.length, sha256: 'a'.repeat(64) }
    const pieces: Uint8Array[] = []
    for await (const piece of session.read(file, new AbortController().signal)) pieces.push(piece)
    return Buffer.concat(pieces)
  }
  return { read, asked, begun: () => begun }
}

describe('VaultSession', () => {
  const bytes = Buffer.from(Array.from({ length: 1_000 }, (_, index) => index & 0xff))

  it('takes up what breaks off where it broke off', async () => {
    const { read, asked } = server(bytes, ['cut', 'OVERLOADED', 'cut'])
    expect((await read()).equals(bytes)).toBe(true)
    expect(asked).toEqual(['0-999', '500-999', '500-999', '750-999'])
  })

  it('begins anew when the session has ended', async () => {
    const { read, begun } = server(bytes, ['UNAUTHENTICATED'])
    expect((await read()).equals(bytes)).toBe(true)
    expect(begun()).toBe(1)
  })

  it.each(['FORBIDDEN', 'BUDGET_SPENT', 'other range'] as const)('does not go on after %s', async (fault) => {
    const { read, asked } = server(bytes, [fault])
    await expect(read()).rejects.toThrow(AppError)
    expect(asked).toHaveLength(1)
  })
})

describe('watchGrant', () => {
  const answering = (...answers: ({ state: string; locked?: string; expiresAt?: string } | ErrorCode)[]) => ({
    grant: async () => {
      const answer = answers.length > 1 ? answers.shift() : answers[0]
      if (typeof answer === 'string') throw new AppError(answer, 'told to')
      return {
        grant: { state: answer?.state, expiresAt: answer?.expiresAt ?? '2100-01-01T00:00:00Z' },
        locked: answer?.locked ?? null,
      } as never
    },
  })
  const reasonOf = async (client: ReturnType<typeof answering>) => {
    const { signal, close } = watchGrant(client, 'grt', { everyMs: 5, patienceMs: 20 })
    for (let i = 0; i < 100 && !signal.aborted; i++) await wait(5)
    const { reason } = signal
    close()
    return reason as AppError | undefined
  }

  it.each([
    [
      'a grant that is revoked',
      [{ state: 'active' }, { state: 'revoked' }],
      'the grant was revoked: nothing was let out',
    ],
    [
      'one that expires',
      [{ state: 'spent' }, { state: 'expired' }],
      'the window of the grant is over: nothing was let out',
    ],
    [
      'one that has given all, when its window ends',
      [{ state: 'spent' }, { state: 'spent', expiresAt: '2020-01-01T00:00:00Z' }],
      'the window of the grant is over: nothing was let out',
    ],
    [
      'a lock',
      [{ state: 'active' }, { state: 'active', locked: 'by 2c' }],
      'the model was locked: nothing was let out',
    ],
    ['a device that is let in no more', [{ state: 'active' }, 'UNAUTHENTICATED'], 'told to'],
    ['a server that stays away', ['UPSTREAM_UNAVAILABLE'], 'told to'],
  ] as const)('ends with %s', async (_, answers, message) => {
    expect((await reasonOf(answering(...answers)))?.message).toBe(message)
  })

  it('bears a server that is away for a moment, and a grant that has given all', async () => {
    const away = answering('UPSTREAM_UNAVAILABLE', { state: 'active' }, 'OVERLOADED', { state: 'spent' })
    const { signal, close } = watchGrant(away, 'grt', { everyMs: 5, patienceMs: 20 })
    await wait(200)
    expect(signal.aborted).toBe(false)
    close()
  })
})
