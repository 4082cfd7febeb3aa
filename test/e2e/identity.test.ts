import { once } from 'node:events'
import { createServer, type Server } from 'node:http'
import Anthropic from '@anthropic-ai/sdk'
import OpenAI from 'openai'
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { testString } from '../../src/screening/index.ts'
import { MODEL, type RunningApp, startApp } from '../support/running-app.ts'
import { TokenIssuer } from '../support/token-issuer.ts'

/** Tokens of identity providers at the front door: everything holds for them that holds for keys. */
const OPERATOR = { type: 'operator', id: 'operator' } as const
const resources = new AsyncDisposableStack()
let issuer: TokenIssuer
let provider: { issuer: string; token(): Promise<string> }
let running: RunningApp
let token: string
let ledgerSize = 0

beforeAll(async () => {
  issuer = resources.use(await TokenIssuer.start('ES256'))
  provider = await openIdProvider()
  running = resources.use(
    await startApp({
      config: {
        identity: {
          issuers: [
            {
              id: 'corp',
              issuer: issuer.url,
              audience: ['safelevel'],
              organisation: { claim: 'org', create: true },
              project: { claim: 'department', create: true },
              endUser: 'sub',
            },
            {
              id: 'oidc',
              issuer: provider.issuer,
              audience: ['https://ai.example.com'],
              organisation: { claim: 'client_id', create: true },
              project: { claim: 'client_id', create: true },
              scope: 'models.use',
            },
          ],
        },
      },
    }),
  )
  token = await issuer.token({ org: 'acme', department: 'research', sub: 'mallory' })
}, 120_000)
afterAll(() => resources.disposeAsync())
beforeEach(() => {
  ledgerSize = running.app.ledger.size
})

/** A provider by the reference implementation, whose access tokens are JWTs for our address. */
async function openIdProvider() {
  // @ts-expect-error the package carries no types
  const { Provider } = await import('oidc-provider')
  const server: Server = createServer((req, res) => handler(req, res)).listen(0, '127.0.0.1')
  await once(server, 'listening')
  resources.defer(() => void server.close())
  const address = server.address()
  const url = `http://localhost:${typeof address === 'object' ? address?.port : 0}`
  const { warn, info } = console
  console.warn = console.info = () => {}
  const resource = { scope: 'models.use', audience: 'https://ai.example.com', accessTokenFormat: 'jwt' }
  const made = new Provider(url, {
    clients: [
      {
        client_id: 'reporting',
        client_secret: 'secret',
        grant_types: ['client_credentials'],
        redirect_uris: [],
        response_types: [],
      },
    ],
    scopes: ['models.use'],
    features: {
      clientCredentials: { enabled: true },
      devInteractions: { enabled: false },
      resourceIndicators: {
        enabled: true,
        defaultResource: () => 'https://ai.example.com',
        getResourceServerInfo: () => resource,
        useGrantedResource: () => true,
      },
    },
    ttl: { ClientCredentials: 600 },
  })
  Object.assign(console, { warn, info })
  const handler = made.callback()
  return {
    issuer: url,
    async token() {
      const body = new URLSearchParams({ grant_type: 'client_credentials', scope: 'models.use' })
      const authorization = `Basic ${Buffer.from('reporting:secret').toString('base64')}`
      const answer = await fetch(`${url}/token`, { method: 'POST', headers: { authorization }, body })
      return String(((await answer.json()) as { access_token: string }).access_token)
    },
  }
}

const openai = (apiKey: string) => new OpenAI({ apiKey, baseURL: `${running.url}/v1`, maxRetries: 0 })
const ask = (text = 'Good day', rest = {}) => ({
  model: MODEL,
  messages: [{ role: 'user' as const, content: text }],
  ...rest,
})
const statusOf = (promise: Promise<unknown>) =>
  promise.then(
    () => 200,
    (error: { status?: number }) => error.status,
  )

describe('a token in place of a key', () => {
  it('opens what a key opens, for both SDKs, and is recorded by its client, its issuer and its person', async () => {
    await openai(token).chat.completions.create(ask())
    const anthropic = new Anthropic({ apiKey: token, baseURL: running.url, maxRetries: 0 })
    await anthropic.messages.create({ ...ask(), max_tokens: 20 })
    const bearer = new Anthropic({ apiKey: null, authToken: token, baseURL: running.url, maxRetries: 0 })
    await bearer.messages.create({ ...ask(), max_tokens: 20 })
    const events = await running.decisionsSince(ledgerSize)
    expect(events).toHaveLength(3)
    for (const { actor, data } of events) {
      expect(actor).toEqual({ type: 'key', id: expect.stringMatching(/^jwt_/) })
      expect(data).toMatchObject({ issuer: 'corp', endUser: expect.stringMatching(/^eu_/) })
      expect(String(data.project)).toMatch(/^prj_/)
    }
  })

  it('names the person behind it, whatever the request says', async () => {
    await openai(token).chat.completions.create(ask('Good day', { user: 'somebody-else' }))
    await openai(token).chat.completions.create(ask())
    const [first, second] = await running.decisionsSince(ledgerSize)
    expect(first?.data.endUser).toBe(second?.data.endUser)
  })

  it('is refused what the policy refuses', async () => {
    const { choices } = await openai(token).chat.completions.create(ask(testString('biological')))
    expect(choices[0]?.finish_reason).toBe('content_filter')
    expect((await running.decisionsSince(ledgerSize))[0]?.data).toMatchObject({ outcome: 'refuse', issuer: 'corp' })
  })

  it('counts against its project’s limits', async () => {
    const small = await issuer.token({ org: 'acme', department: 'small' })
    await openai(small).chat.completions.create(ask())
    const [event] = await running.decisionsSince(ledgerSize)
    await running.app.accounts.setProjectLimits(String(event?.data.project), { requestsPerMinute: 1 }, OPERATOR)
    const statuses = [
      await statusOf(openai(small).chat.completions.create(ask())),
      await statusOf(openai(small).chat.completions.create(ask())),
    ]
    expect(statuses).toContain(429)
    expect(await statusOf(openai(token).chat.completions.create(ask()))).toBe(200)
  })

  it('stops at a restriction of its person, its client or its organisation, and by revoking the client', async () => {
    const mine = await issuer.token({ org: 'other', department: 'one', sub: 'eve', azp: 'app-9' })
    await openai(mine).chat.completions.create(ask())
    const [event] = await running.decisionsSince(ledgerSize)
    const { enforcement, accounts } = running.app
    const subjects = [
      { type: 'end_user' as const, id: String(event?.data.endUser) },
      { type: 'key' as const, id: String(event?.actor.id) },
      { type: 'organisation' as const, id: String(event?.data.organisation) },
    ]
    const colleague = await issuer.token({ org: 'other', department: 'one', sub: 'bob', azp: 'app-9' })
    const app2 = await issuer.token({ org: 'other', department: 'one', sub: 'bob', azp: 'app-2' })
    const seen: (number | undefined)[][] = []
    for (const subject of subjects) {
      await enforcement.restrict({ subject, step: 'suspend', reason: 'security' }, OPERATOR)
      seen.push(
        await Promise.all([mine, colleague, app2].map((one) => statusOf(openai(one).chat.completions.create(ask())))),
      )
    }
    expect(seen).toEqual([
      [403, 200, 200],
      [403, 403, 200],
      [403, 403, 403],
    ])
    const app3 = await issuer.token({ org: 'third', department: 'one', azp: 'app-3' })
    const size = running.app.ledger.size
    await openai(app3).chat.completions.create(ask())
    await accounts.revokeKey(String((await running.decisionsSince(size))[0]?.actor.id), OPERATOR)
    expect(await statusOf(openai(app3).chat.completions.create(ask()))).toBe(401)
  })

  it('is told what is wrong in the caller’s own dialect', async () => {
    const old = await issuer.token({ org: 'acme', department: 'research', exp: Math.floor(Date.now() / 1_000) - 100 })
    const error = await openai(old)
      .chat.completions.create(ask())
      .catch((thrown: unknown) => thrown)
    expect(error).toMatchObject({ status: 401, message: expect.stringContaining('the token has expired') })
  })

  it('reads what customers may read of themselves', async () => {
    await openai(token).chat.completions.create(ask(testString('biological')))
    const [event] = await running.decisionsSince(ledgerSize)
    const read = () =>
      fetch(`${running.url}/v1/safelevel/decisions/${event?.id}`, { headers: { authorization: `Bearer ${token}` } })
    await expect.poll(async () => (await read()).status, { timeout: 10_000 }).toBe(200)
  })

  it('of a real provider is taken by discovery', async () => {
    await openai(await provider.token()).chat.completions.create(ask())
    expect((await running.decisionsSince(ledgerSize))[0]?.data).toMatchObject({ issuer: 'oidc' })
  })

  it('leaves nothing of itself in the log, the data folder or the ledger', async () => {
    for (const part of token.split('.')) expect(running.logText()).not.toContain(part)
    const [, , signature = '-'] = token.split('.')
    for await (const { name, bytes } of running.storedFiles())
      expect([name, bytes.includes(signature), name.includes('ledger') && bytes.includes('mallory')]).toEqual([
        name,
        false,
        false,
      ])
  })

  it('waits for nobody while its issuer is away: known keys serve, and readiness names it', async () => {
    issuer.respond = (_, res) => void res.writeHead(503).end()
    const key = await issuer.rotate('ES256')
    const unknown = await issuer.token({ org: 'acme', department: 'research' }, { key })
    expect(await statusOf(openai(unknown).chat.completions.create(ask()))).toBe(401)
    expect(await statusOf(openai(token).chat.completions.create(ask()))).toBe(200)
    await expect(running.app.identity.check()).rejects.toMatchObject({ code: 'IDENTITY_UNAVAILABLE' })
    const { ready, conditions } = running.app.readiness()
    const words = 'the keys of the issuer "corp" can’t be read'
    expect([ready, conditions.find(({ code }) => code === 'issuer_keys')?.words]).toEqual([
      true,
      expect.stringContaining(words),
    ])
  })
})
