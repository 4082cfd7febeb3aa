import { once } from 'node:events'
import { createServer, request, type Server } from 'node:http'
import { createServer as createTlsServer, request as requestTls } from 'node:https'
import { setTimeout as sleep } from 'node:timers/promises'
import { getRequestListener } from '@hono/node-server'
import { decodeJwt, SignJWT } from 'jose'
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { makeCertificate } from '../../../test/support/certificates.ts'
import {
  clearReading,
  noise,
  openReading,
  PlainVault,
  ReadingDevice,
  ScriptedAccess,
} from '../../../test/support/reading-world.ts'
import { MemoryLog } from '../../../test/support/staff-world.ts'
import { storeKinds, type TestStore } from '../../../test/support/stores.ts'
import { systemClock } from '../../base/clock.ts'
import { AppError } from '../../base/errors.ts'
import { silentLog } from '../../base/log.ts'
import type { DbHandle } from '../../db/index.ts'
import type { Reading } from '../../weights/reading/index.ts'
import { vaultPlane } from './index.ts'

const MIB = 1024 * 1024
const WEIGHTS = noise(40 * MIB + 321)

describe('the door for programs', () => {
  let store: TestStore
  let handle: DbHandle
  let device: ReadingDevice
  let log: MemoryLog
  let vault: PlainVault
  let access: ScriptedAccess
  let reading: Reading
  let server: Server
  let base: string

  beforeAll(async () => {
    const [kind] = storeKinds('http/vault-plane')
    if (kind === undefined) throw new Error('no store')
    store = await kind.create()
    handle = await store.open()
    device = await ReadingDevice.make()
  })
  afterAll(async () => {
    await handle.close()
    await store[Symbol.asyncDispose]()
  })
  beforeEach(async () => {
    await clearReading(handle)
    log = new MemoryLog()
    access = new ScriptedAccess()
    vault = new PlainVault([
      { path: 'empty.txt', bytes: Buffer.alloc(0) },
      {
        path: 'shards/model 1.safetensors',
        bytes: WEIGHTS,
        tensors: [{ name: 'layers/0.weight', dtype: 'BF16', shape: [8, 4], start: 1_000, length: 64 }],
      },
    ])
    reading = openReading({ db: handle, ledger: log, vault, access, clock: systemClock })
    const devices = {
      require: async () => {
        throw new AppError('UNAUTHENTICATED', 'no such device')
      },
    }
    const requests = { draft: devices.require, progress: devices.require }
    const plane = vaultPlane({
      reading,
      access: { devices, requests, grants: { get: devices.require }, locks: { reason: async () => null } },
      log: silentLog,
    })
    server = createServer(getRequestListener(plane.fetch, { overrideGlobalObjects: false }))
    server.listen(0, '127.0.0.1')
    await once(server, 'listening')
    const address = server.address()
    base = `http://127.0.0.1:${typeof address === 'object' ? address?.port : 0}`
  })
  afterEach(async () => {
    await reading.close()
    server.closeAllConnections()
    server.close()
  })

  const prove = (method: string, path: string, token: string | null = null, claims = {}) =>
    device.proof(method, new URL(path, base).href, Date.now(), token, claims)
  async function begin(fields = {}) {
    const grant = access.add(device, fields)
    const answer = await fetch(`${base}/sessions`, {
      method: 'POST',
      headers: { dpop: await prove('POST', '/sessions'), 'content-type': 'application/json' },
      body: JSON.stringify({ grant: grant.id }),
    })
    expect(answer.status).toBe(201)
    return { grant, token: (await json(answer)).token }
  }
  async function get(token: string, path: string, headers: Record<string, string> = {}, method = 'GET') {
    const dpop = await prove(method, path, token)
    return fetch(base + path, { method, headers: { authorization: `DPoP ${token}`, dpop, ...headers } })
  }
  const bytes = async (answer: Response) => Buffer.from(await answer.arrayBuffer())
  const statusOf = async (answer: Response) => {
    await answer.body?.cancel()
    return answer.status
  }

  it('gives a file, all of it or a range, and says which', async () => {
    const { token } = await begin()
    const list = await json(await get(token, '/files'))
    expect(list).toMatchObject({
      files: [
        { n: 0, sizeBytes: 0 },
        { n: 1, path: 'shards/model 1.safetensors' },
      ],
    })
    const whole = await get(token, '/files/1')
    const etag = `"${list.files[1]?.sha256}"`
    expect((await bytes(whole)).equals(WEIGHTS)).toBe(true)
    expect(Object.fromEntries(whole.headers)).toMatchObject({
      'accept-ranges': 'bytes',
      'cache-control': 'no-store, no-transform',
      'content-length': String(WEIGHTS.length),
      'content-type': 'application/octet-stream',
      etag,
    })
    expect([whole.status, whole.headers.get('content-encoding')]).toEqual([200, null])
    const part = await get(token, `/paths/${encodeURIComponent('shards/model 1.safetensors')}`, {
      range: 'bytes=-70000',
    })
    expect([part.status, part.headers.get('content-range')]).toEqual([
      206,
      `bytes ${WEIGHTS.length - 70_000}-${WEIGHTS.length - 1}/${WEIGHTS.length}`,
    ])
    expect(await bytes(part)).toEqual(WEIGHTS.subarray(-70_000))
    expect(await statusOf(await get(token, '/files/1', { range: 'bytes=0-0', 'if-range': '"other"' }))).toBe(200)
    expect(await statusOf(await get(token, '/files/1', { range: 'bytes=0-0', 'if-range': etag }))).toBe(206)
    const beyond = await get(token, '/files/1', { range: `bytes=${WEIGHTS.length}-` })
    expect([beyond.status, beyond.headers.get('content-range')]).toEqual([416, `bytes */${WEIGHTS.length}`])
    expect(await beyond.json()).toMatchObject({ code: 'RANGE_INVALID' })
  })

  it('opens nothing for who only asks how long a file is, has it, or reads an empty one', async () => {
    const { token, grant } = await begin()
    const head = await get(token, '/files/1', {}, 'HEAD')
    expect([head.status, head.headers.get('content-length')]).toEqual([200, String(WEIGHTS.length)])
    const same = await get(token, '/files/1', { 'if-none-match': head.headers.get('etag') ?? '' })
    expect(same.status).toBe(304)
    expect(await bytes(await get(token, '/files/0'))).toEqual(Buffer.alloc(0))
    expect([vault.opened, log.kinds(), (await reading.usage([grant.id])).size]).toEqual([
      0,
      ['weights.session_started'],
      0,
    ])
  })

  it('gives one tensor by its name', async () => {
    const { token } = await begin()
    expect(await (await get(token, '/files/1/tensors')).json()).toMatchObject({
      tensors: [{ dtype: 'BF16', length: 64 }],
    })
    const path = `/tensors/${encodeURIComponent('layers/0.weight')}`
    const tensor = await get(token, path)
    expect([tensor.headers.get('x-safelevel-dtype'), tensor.headers.get('x-safelevel-shape')]).toEqual(['BF16', '8,4'])
    expect(await bytes(tensor)).toEqual(WEIGHTS.subarray(1_000, 1_064))
    const part = await get(token, path, { range: 'bytes=60-99' })
    expect([part.headers.get('content-range'), await bytes(part)]).toEqual([
      'bytes 60-63/64',
      WEIGHTS.subarray(1_060, 1_064),
    ])
    expect(vault.opened).toBe(68)
    expect((await get(token, '/tensors/none')).status).toBe(404)
  })

  it('lets nobody in without token and proof of the same key, each proof once', async () => {
    const { token } = await begin()
    const other = await ReadingDevice.make('P-256')
    const url = `${base}/files`
    const at = Date.now()
    const headers = (dpop: string, authorization = `DPoP ${token}`) => ({ dpop, authorization })
    const good = await device.proof('GET', url, at, token)
    const tampered = token.replace(/.(?=\.)/, (last) => (last === 'A' ? 'B' : 'A'))
    const refused: Record<string, Record<string, string>> = {
      'no token': { dpop: good },
      'the operator’s form': headers(good, `Bearer ${token}`),
      'no proof': { authorization: `DPoP ${token}` },
      'another key': headers(await other.proof('GET', url, at, token)),
      'another method': headers(await device.proof('POST', url, at, token)),
      'another address': headers(await device.proof('GET', `${base}/files/1`, at, token)),
      'another host': headers(await device.proof('GET', 'http://elsewhere:1/files', at, token)),
      'without the token': headers(await device.proof('GET', url, at)),
      'too old': headers(await device.proof('GET', url, at - 120_000, token)),
      'too early': headers(await device.proof('GET', url, at + 120_000, token)),
      'a short jti': headers(await device.proof('GET', url, at, token, { jti: 'x' })),
      'no JWT': headers('x.y.z'),
      'one that is not signed': headers(unsigned({ alg: 'none' }, good)),
      'one by a secret in its header': headers(await bySecret(good)),
      'one with its private key': headers(
        unsigned({ alg: 'EdDSA', jwk: { kty: 'OKP', crv: 'Ed25519', x: 'A'.repeat(43), d: 'A'.repeat(43) } }, good),
      ),
      'a huge one': headers(`${good}${'A'.repeat(9_000)}`),
      'a changed token': headers(await device.proof('GET', url, at, tampered), `DPoP ${tampered}`),
      'a made up token': headers(await device.proof('GET', url, at, 'slw_a.b'), 'DPoP slw_a.b'),
    }
    for (const [what, sent] of Object.entries(refused)) {
      const answer = await fetch(url, { headers: sent })
      expect([what, answer.status, answer.headers.get('www-authenticate')]).toEqual([
        what,
        401,
        'DPoP algs="EdDSA ES256"',
      ])
      const { code, detail } = await json(answer)
      expect(code).toBe('UNAUTHENTICATED')
      expect(detail).not.toContain(token)
    }
    expect((await fetch(url, { headers: headers(good) })).status).toBe(200)
    expect((await fetch(url, { headers: headers(good) })).status).toBe(401)
  })

  it('refuses what the grant has no room for before a byte leaves, and says how long to wait', async () => {
    const { token } = await begin({ budgetBytes: 1_000 })
    const over = await get(token, '/files/1')
    expect([over.status, (await json(over)).code, over.headers.get('content-length')]).toEqual([
      403,
      'BUDGET_SPENT',
      expect.any(String),
    ])
    await reading.budgets.set(
      { kind: 'host', id: '*', capacityBytes: 500, bytesPerDay: 86_400 },
      { type: 'staff', id: 'per_c' },
    )
    expect((await get(token, '/files/1', { range: 'bytes=0-399' })).status).toBe(206)
    const later = await get(token, '/files/1', { range: 'bytes=0-399' })
    expect([later.status, Number(later.headers.get('retry-after'))]).toEqual([429, expect.closeTo(300, -1)])
    expect(vault.opened).toBe(400)
  })

  it('breaks off within a second what is revoked, also where the client takes nothing', async () => {
    const { token, grant } = await begin()
    const dpop = await prove('GET', '/files/1', token)
    const sent = request(`${base}/files/1`, { headers: { authorization: `DPoP ${token}`, dpop } }).end()
    const [answer] = await once(sent, 'response')
    await once(answer, 'readable')
    const closed = new Promise<string>((resolve) => {
      answer.on('close', () => resolve(answer.complete ? 'whole' : 'cut'))
      answer.on('error', () => {})
    })
    await sleep(100)
    access.end(grant.id)
    // only then does the client take what had left: sooner, a quick one could have taken it all within that second
    await expect.poll(() => [reading.measure().openReads, vault.openFiles], { timeout: 1_000 }).toEqual([0, 0])
    answer.resume()
    expect(await closed).toBe('cut')
    expect((await get(token, '/files/1', { range: 'bytes=0-0' })).status).toBe(403)
  })

  it('holds a few pieces for a slow client and not the file, and lets go when it leaves', async () => {
    const { token, grant } = await begin()
    const dpop = await prove('GET', '/files/1', token)
    const sent = request(`${base}/files/1`, { headers: { authorization: `DPoP ${token}`, dpop } }).end()
    const [answer] = await once(sent, 'response')
    answer.pause()
    await sleep(200)
    expect(vault.opened).toBeLessThan(WEIGHTS.length)
    answer.destroy()
    await expect.poll(() => reading.measure().openReads).toBe(0)
    expect((await reading.usage([grant.id])).get(grant.id)).toBe(WEIGHTS.length)
  })

  it('gives the right bytes to many who read at different speeds', async () => {
    const { token } = await begin()
    const results = await Promise.all(
      Array.from({ length: 12 }, async (_, i) => {
        const start = i * 65_521
        const answer = await get(token, '/files/1', { range: `bytes=${start}-${start + 5 * MIB}` })
        const pieces: Buffer[] = []
        for await (const piece of answer.body ?? []) {
          pieces.push(Buffer.from(piece))
          if (i % 3 === 0) await sleep(1)
        }
        return Buffer.concat(pieces).equals(WEIGHTS.subarray(start, start + 5 * MIB + 1))
      }),
    )
    expect(results).toEqual(results.map(() => true))
  })

  it('gives the right bytes over TLS, where pieces wait to be encrypted', async () => {
    const { token } = await begin()
    const { cert, key } = makeCertificate(['localhost'])
    const [listener] = server.listeners('request')
    const secure = createTlsServer({ cert, key }, (req, res) => listener?.(req, res)).listen(0, '127.0.0.1')
    await once(secure, 'listening')
    const at = secure.address()
    const url = `https://127.0.0.1:${typeof at === 'object' ? at?.port : 0}/files/1`
    const headers = { authorization: `DPoP ${token}`, dpop: await device.proof('GET', url, Date.now(), token) }
    const sent = requestTls(url, { headers, rejectUnauthorized: false, agent: false }).end()
    const [answer] = await once(sent, 'response')
    const pieces: Buffer[] = []
    for await (const piece of answer) {
      pieces.push(piece)
      if (pieces.length % 100 === 0) await sleep(1)
    }
    expect(Buffer.concat(pieces).equals(WEIGHTS)).toBe(true)
    secure.close()
  })

  it.each([
    ['/files/999999', 404],
    ['/files/-1', 400],
    ['/files/99999999999', 400],
    ['/files/1e3', 400],
    ['/paths/..%2F..%2Fetc%2Fpasswd', 404],
    ['/paths/%00', 404],
    ['/paths/%ff', 404],
    ['/nothing', 404],
  ])('answers %s with %d', async (path, status) => {
    const { token } = await begin()
    const answer = await get(token, path)
    expect([answer.status, (await json(answer)).status]).toEqual([status, status])
    expect(vault.opened).toBe(0)
  })

  it.each([['{'], ['{}'], ['{"grant":7}'], ['{"grant":"g","x":1}'], [JSON.stringify({ grant: 'g'.repeat(101) })]])(
    'begins no session by %s',
    async (body) => {
      const headers = { dpop: await prove('POST', '/sessions'), 'content-type': 'application/json' }
      const answer = await fetch(`${base}/sessions`, { method: 'POST', headers, body })
      expect([answer.status, (await json(answer)).code]).toEqual([400, 'REQUEST_INVALID'])
    },
  )
})

interface Answered {
  readonly token: string
  readonly files: { readonly sha256: string }[]
  readonly code: string
  readonly detail: string
  readonly status: number
}

async function json(answer: Response): Promise<Answered> {
  return (await answer.json()) as Answered
}

/** The claims of a proof under another header. */
function unsigned(header: object, proof: string): string {
  const [, claims = '', signature = ''] = proof.split('.')
  const text = Buffer.from(JSON.stringify({ typ: 'dpop+jwt', ...header })).toString('base64url')
  return `${text}.${claims}.${'alg' in header && header.alg === 'none' ? '' : signature}`
}

function bySecret(proof: string): Promise<string> {
  const k = 'A'.repeat(43)
  const jwk = { kty: 'oct', k }
  return new SignJWT(decodeJwt(proof))
    .setProtectedHeader({ typ: 'dpop+jwt', alg: 'HS256', jwk })
    .sign(Buffer.from(k, 'base64url'))
}
