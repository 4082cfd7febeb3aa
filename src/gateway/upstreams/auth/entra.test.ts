import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import type { ServerResponse } from 'node:http'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { type LocalServer, listenLocally, readRequest, type Seen } from '../../../../test/support/clouds.ts'
import { ManualClock } from '../../../base/clock.ts'
import { EgressConfig } from '../../../base/edge-config.ts'
import { Egress } from '../../../base/egress.ts'
import { UpstreamAuth } from '../../../base/upstream-config.ts'
import { EntraAuth } from './entra.ts'

const SECRET = 'the-secret-of-the-client'
const resources = new AsyncDisposableStack()
const seen: Seen[] = []
let server: LocalServer
let egress: Egress
let clock: ManualClock
let respond: (res: ServerResponse) => void
let dir: string

beforeAll(async () => {
  dir = mkdtempSync(join(tmpdir(), 'safelevel-entra-'))
  resources.defer(() => rmSync(dir, { recursive: true, force: true }))
  egress = resources.use(new Egress(EgressConfig.parse({})))
  server = resources.use(
    await listenLocally(async (req, res) => {
      seen.push(await readRequest(req))
      respond(res)
    }),
  )
})
afterAll(() => resources.disposeAsync())
beforeEach(() => {
  seen.length = 0
  clock = new ManualClock()
  respond = (res) => res.end(JSON.stringify({ access_token: `token-${seen.length}`, expires_in: 3_600 }))
})

function open(rest: object = { clientSecretEnv: 'X' }): EntraAuth {
  const config = UpstreamAuth.parse({
    type: 'entra',
    tenantId: 'tenant',
    clientId: 'client',
    authority: server.url,
    metadataUrl: server.url,
    ...rest,
  })
  if (config.type !== 'entra') throw new Error('not entra')
  return new EntraAuth(config, SECRET, { egress, clock })
}
const formOf = (request: Seen | undefined) => Object.fromEntries(new URLSearchParams(request?.body.toString()))

describe('a token of Entra ID', () => {
  it('is fetched once for all that wait, renewed before it expires, and again when it is refused', async () => {
    const auth = open()
    const all = await Promise.all(Array.from({ length: 10 }, () => auth.headers()))
    expect([new Set(all.map(({ authorization }) => authorization)), seen.length]).toEqual([
      new Set(['Bearer token-1']),
      1,
    ])
    clock.advance(3_290_000)
    await auth.headers()
    expect(seen.length).toBe(1)
    clock.advance(20_000) // within five minutes of its end: the old one still serves
    expect(await auth.headers()).toEqual({ authorization: 'Bearer token-1' })
    await expect.poll(() => seen.length).toBe(2)
    await expect.poll(() => auth.headers()).toEqual({ authorization: 'Bearer token-2' })
    auth.renew()
    expect(await auth.headers()).toEqual({ authorization: 'Bearer token-3' })
  })

  it('serves to its end while a new one is not to be had, and no longer', async () => {
    const auth = open()
    await auth.headers()
    respond = (res) => res.writeHead(503).end()
    clock.advance(3_400_000)
    for (let i = 0; i < 5; i++) expect(await auth.headers()).toEqual({ authorization: 'Bearer token-1' })
    await expect.poll(() => seen.length).toBe(2) // not asked for each request
    clock.advance(200_001)
    await expect(auth.headers()).rejects.toMatchObject({ code: 'UPSTREAM_UNAVAILABLE' })
  })

  it('comes for a token of the platform, read anew each time', async () => {
    const federatedTokenFile = join(dir, 'token')
    const auth = open({ federatedTokenFile })
    await expect(auth.headers()).rejects.toThrow(/federatedTokenFile .* can’t be read/)
    for (const text of ['first', 'second']) {
      writeFileSync(federatedTokenFile, `${text}\n`)
      auth.renew()
      await auth.headers()
    }
    expect(seen.map((request) => [request.url, formOf(request).client_assertion])).toEqual([
      ['/tenant/oauth2/v2.0/token', 'first'],
      ['/tenant/oauth2/v2.0/token', 'second'],
    ])
    expect(formOf(seen[0])).not.toHaveProperty('client_secret')
  })

  it('comes from the machine’s metadata service', async () => {
    respond = (res) => res.end(JSON.stringify({ access_token: 'machine', expires_in: '86400' })) // a string there
    const auth = open({ managedIdentity: true })
    expect(await auth.headers()).toEqual({ authorization: 'Bearer machine' })
    expect([seen[0]?.method, seen[0]?.url, seen[0]?.headers.metadata]).toEqual([
      'GET',
      '/metadata/identity/oauth2/token?api-version=2018-02-01&resource=https%3A%2F%2Fcognitiveservices.azure.com&client_id=client',
      'true',
    ])
  })

  it('that does not come is told of by Entra’s number, and without what was sent or said', async () => {
    respond = (res) =>
      res
        .writeHead(401)
        .end(JSON.stringify({ error: 'invalid_client', error_description: `AADSTS7000215: Invalid ${SECRET}` }))
    await expect(open().headers()).rejects.toMatchObject({
      message: 'no credentials: Entra ID answered with status 401 (AADSTS7000215)',
    })
    for (const body of [
      '',
      'x',
      '{}',
      '{"access_token":""}',
      '{"access_token":"a\\r\\nb","expires_in":9}',
      '{"access_token":"a","expires_in":-1}',
    ]) {
      respond = (res) => res.end(body)
      await expect(open().headers()).rejects.toThrow('Entra ID answered with status 200')
    }
    respond = (res) => void res.destroy()
    await expect(open().headers()).rejects.toThrow('Entra ID can’t be reached')
  })

  it('is asked for in one way', () => {
    const two = { type: 'entra', tenantId: 't', clientId: 'c', clientSecretEnv: 'A', managedIdentity: true }
    expect(UpstreamAuth.safeParse(two).success).toBe(false)
    expect(UpstreamAuth.safeParse({ type: 'entra', tenantId: 't', clientId: 'c' }).success).toBe(false)
    expect(UpstreamAuth.safeParse({ type: 'entra', clientSecretEnv: 'A' }).success).toBe(false)
  })
})
