import { generateKeyPairSync } from 'node:crypto'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import Anthropic from '@anthropic-ai/sdk'
import { importSPKI, jwtVerify } from 'jose'
import OpenAI from 'openai'
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { testString } from '../../src/screening/index.ts'
import { signatureProblem } from '../support/aws-signature.ts'
import { makeCertificate } from '../support/certificates.ts'
import {
  connectProxy,
  type LocalServer,
  listenLocally,
  messageEvents,
  messageOf,
  readRequest,
  type Seen,
} from '../support/clouds.ts'
import { encodeChunk, encodeException } from '../support/event-stream.ts'
import { type RunningApp, startApp } from '../support/running-app.ts'

/** Azure, Bedrock and Vertex as their own servers see us: each checks who we are by means of its own. */
const AWS = { accessKeyId: 'AKIDEXAMPLE', secretKey: 'wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY', region: 'eu-west-3' }
const CLIENT_SECRET = 'entra-secret-do-not-tell'
const { publicKey, privateKey } = generateKeyPairSync('rsa', { modulusLength: 2048 })
const BEDROCK_MODEL = 'eu.anthropic.claude-sonnet-4-5-20250929-v1:0'

const resources = new AsyncDisposableStack()
const seen: Seen[] = []
const tokens = { entra: 0, google: 0 }
let says = 'Good day to you, and a fine one.'
let bedrockBreaks: string | null = null
/** Tokens that Azure takes no longer. */
const revoked = new Set<string>()
let running: RunningApp
let proxy: LocalServer & { readonly asked: string[] }
let anthropic: Anthropic
let openai: OpenAI

beforeAll(async () => {
  const dir = mkdtempSync(join(tmpdir(), 'safelevel-clouds-'))
  resources.defer(() => rmSync(dir, { recursive: true, force: true }))
  const authority = makeCertificate(['Test authority'], { authority: true })
  writeFileSync(join(dir, 'ca.pem'), authority.cert)
  const account = {
    type: 'service_account',
    project_id: 'proj',
    private_key_id: 'key-1',
    private_key: privateKey.export({ type: 'pkcs8', format: 'pem' }),
    client_email: 'gateway@proj.iam.gserviceaccount.com',
    client_id: '1',
    token_uri: 'https://oauth2.googleapis.com/token',
  }
  writeFileSync(join(dir, 'google.json'), JSON.stringify(account))
  process.env.AWS_ACCESS_KEY_ID = AWS.accessKeyId
  process.env.AWS_SECRET_ACCESS_KEY = AWS.secretKey
  resources.defer(() => {
    delete process.env.AWS_ACCESS_KEY_ID
    delete process.env.AWS_SECRET_ACCESS_KEY
  })
  const bedrock = resources.use(await listenLocally((req, res) => void serveBedrock(req, res)))
  const azure = resources.use(await listenLocally((req, res) => void serveAzure(req, res)))
  const google = resources.use(
    await listenLocally(
      (req, res) => void serveGoogle(req, res),
      makeCertificate(['oauth2.googleapis.com', 'europe-west1-aiplatform.googleapis.com'], { issuer: authority }),
    ),
  )
  proxy = resources.use(await connectProxy(google, 'gate:pass word'))
  const entra = {
    type: 'entra',
    tenantId: 'tenant-1',
    clientId: 'client-1',
    clientSecretEnv: 'X',
    authority: azure.url,
  }
  running = resources.use(
    await startApp({
      config: {
        egress: { caFiles: [join(dir, 'ca.pem')] },
        upstreams: [
          { id: 'bedrock', kind: 'bedrock', region: AWS.region, baseUrl: bedrock.url },
          {
            id: 'bedrock-openai',
            kind: 'openai-compatible',
            baseUrl: `${bedrock.url}/openai`,
            auth: { type: 'aws', region: AWS.region },
          },
          { id: 'azure', kind: 'azure-openai', baseUrl: azure.url, auth: entra },
          { id: 'azure-old', kind: 'azure-openai', baseUrl: `${azure.url}/openai/v1`, apiVersion: '2024-10-21' },
          {
            id: 'vertex',
            kind: 'vertex',
            region: 'europe-west1',
            project: 'proj',
            auth: { type: 'google', credentialsFile: join(dir, 'google.json') },
          },
        ],
        models: [
          { name: 'claude-bedrock', upstream: 'bedrock', upstreamModel: BEDROCK_MODEL },
          { name: 'gpt-bedrock', upstream: 'bedrock-openai', upstreamModel: 'openai.gpt-oss-120b-1:0' },
          { name: 'gpt-azure', upstream: 'azure', upstreamModel: 'deployment-1' },
          { name: 'gpt-azure-old', upstream: 'azure-old', upstreamModel: 'deployment-2' },
          { name: 'claude-vertex', upstream: 'vertex', upstreamModel: 'claude-sonnet-4-5@20250929' },
        ],
      },
      secrets: new Map([
        ['azure', CLIENT_SECRET],
        ['azure-old', 'azure-api-key-1234'],
      ]),
      proxies: { https: `http://gate:pass%20word@127.0.0.1:${proxy.port}` },
    }),
  )
  anthropic = new Anthropic({ apiKey: running.key, baseURL: running.url, maxRetries: 0 })
  openai = new OpenAI({ apiKey: running.key, baseURL: `${running.url}/v1`, maxRetries: 0 })
}, 120_000)
afterAll(() => resources.disposeAsync())
beforeEach(() => {
  seen.length = 0
  says = 'Good day to you, and a fine one.'
  bedrockBreaks = null
})

async function serveBedrock(...[req, res]: Parameters<Parameters<typeof listenLocally>[0]>) {
  const request = await readRequest(req)
  seen.push(request)
  const problem = signatureProblem(request, { ...AWS, service: 'bedrock' })
  if (problem !== null)
    return res.writeHead(403, { 'content-type': 'application/json' }).end(JSON.stringify({ message: problem }))
  if (request.url === '/openai/v1/chat/completions') {
    return res.writeHead(200, { 'content-type': 'application/json' }).end(JSON.stringify(completionOf(says)))
  }
  if (request.url.endsWith('/invoke')) {
    return res.writeHead(200, { 'content-type': 'application/json' }).end(JSON.stringify(messageOf(says)))
  }
  res.writeHead(200, { 'content-type': 'application/vnd.amazon.eventstream' })
  const events = messageEvents(says).map(encodeChunk)
  const bytes = Buffer.concat(
    bedrockBreaks === null
      ? events
      : [...events.slice(0, 3), encodeException(bedrockBreaks, 'secret words of the cloud')],
  )
  for (let at = 0; at < bytes.length; at += 37) res.write(bytes.subarray(at, at + 37)) // wherever it likes
  return res.end()
}

async function serveAzure(...[req, res]: Parameters<Parameters<typeof listenLocally>[0]>) {
  const request = await readRequest(req)
  const json = (status: number, body: unknown) =>
    res.writeHead(status, { 'content-type': 'application/json' }).end(JSON.stringify(body))
  if (request.url === '/tenant-1/oauth2/v2.0/token') {
    const form = Object.fromEntries(new URLSearchParams(request.body.toString()))
    const wanted = {
      grant_type: 'client_credentials',
      client_id: 'client-1',
      client_secret: CLIENT_SECRET,
      scope: 'https://cognitiveservices.azure.com/.default',
    }
    if (JSON.stringify(form, Object.keys(wanted)) !== JSON.stringify(wanted))
      return json(401, { error: 'invalid_client' })
    return json(200, { token_type: 'Bearer', expires_in: 3599, access_token: `entra-token-${++tokens.entra}` })
  }
  seen.push(request)
  const bearer = request.headers.authorization ?? ''
  const known = /^Bearer entra-token-\d+$/.test(bearer) && !revoked.has(bearer)
  if (!known && request.headers['api-key'] !== 'azure-api-key-1234')
    return json(401, { error: { message: `Access denied for ${bearer}` } })
  return json(200, completionOf(says))
}

async function serveGoogle(...[req, res]: Parameters<Parameters<typeof listenLocally>[0]>) {
  const request = await readRequest(req)
  const json = (status: number, body: unknown) =>
    res.writeHead(status, { 'content-type': 'application/json' }).end(JSON.stringify(body))
  if (request.headers.host === 'oauth2.googleapis.com') {
    const form = new URLSearchParams(request.body.toString())
    const key = await importSPKI(publicKey.export({ type: 'spki', format: 'pem' }).toString(), 'RS256')
    const { payload } = await jwtVerify(form.get('assertion') ?? '', key, {
      audience: 'https://oauth2.googleapis.com/token',
    })
    if (
      payload.iss !== 'gateway@proj.iam.gserviceaccount.com' ||
      payload.scope !== 'https://www.googleapis.com/auth/cloud-platform'
    )
      return json(400, { error: 'invalid_grant' })
    return json(200, { token_type: 'Bearer', expires_in: 3599, access_token: `google-token-${++tokens.google}` })
  }
  seen.push(request)
  if (!/^Bearer google-token-\d+$/.test(request.headers.authorization ?? '')) return json(401, { error: {} })
  if (request.url.endsWith('/count-tokens:rawPredict')) return json(200, { input_tokens: 7 })
  if (request.url.endsWith(':rawPredict')) return json(200, messageOf(says))
  res.writeHead(200, { 'content-type': 'text/event-stream' })
  for (const event of messageEvents(says)) res.write(`event: ${event.type}\ndata: ${JSON.stringify(event)}\n\n`)
  return res.end()
}

function completionOf(content: string) {
  const message = { role: 'assistant', content, refusal: null }
  const usage = { prompt_tokens: 1, completion_tokens: 2, total_tokens: 3 }
  return {
    id: 'c',
    object: 'chat.completion',
    created: 1,
    model: 'gpt',
    choices: [{ index: 0, message, finish_reason: 'stop', logprobs: null }],
    usage,
  }
}

const ask = (model: string, text = 'Good day') => ({
  model,
  max_tokens: 50,
  messages: [{ role: 'user' as const, content: text }],
})
const textOf = (message: Anthropic.Message) =>
  message.content.map((part) => (part.type === 'text' ? part.text : '')).join('')
const bodyOf = (request: Seen | undefined) => JSON.parse(request?.body.toString() ?? 'null')

describe('Anthropic on Amazon Bedrock', () => {
  it('answers whole and streamed, each request signed anew, with the model in the path and the version in the body', async () => {
    expect(textOf(await anthropic.messages.create(ask('claude-bedrock')))).toBe(says)
    const headers = { 'anthropic-beta': 'one-2026-01-01, two-2026-01-01' }
    expect(textOf(await anthropic.messages.stream(ask('claude-bedrock'), { headers }).finalMessage())).toBe(says)
    expect(seen.map(({ url }) => url)).toEqual([
      `/model/${BEDROCK_MODEL}/invoke`,
      `/model/${BEDROCK_MODEL}/invoke-with-response-stream`,
    ])
    const version = 'anthropic_version'
    expect(seen.map(bodyOf)).toEqual([
      {
        [version]: expect.stringMatching(/^bedrock-2023-05-31$|^20\d\d-\d\d-\d\d$/),
        max_tokens: 50,
        messages: ask('').messages,
      },
      expect.objectContaining({ anthropic_beta: ['one-2026-01-01', 'two-2026-01-01'] }),
    ])
    for (const body of seen.map(bodyOf)) expect(Object.keys(body)).not.toContain('stream')
  })

  it('is screened like any other: a refused prompt never leaves, a refused answer neither', async () => {
    const text = testString('biological')
    expect(textOf(await anthropic.messages.create(ask('claude-bedrock', text)))).not.toBe(says)
    expect(seen).toEqual([])
    says = `Here it comes: ${text} ${'and more of it '.repeat(30)}`
    for (const stream of [false, true]) {
      const answer = stream
        ? await anthropic.messages.stream(ask('claude-bedrock')).finalMessage()
        : await anthropic.messages.create(ask('claude-bedrock'))
      expect(textOf(answer)).not.toContain(text)
      expect(answer.stop_reason).toBe('refusal')
    }
  })

  it('that breaks off in mid-stream breaks off for the client too, without the cloud’s words', async () => {
    for (const name of ['throttlingException', 'modelStreamErrorException', 'internalServerException']) {
      bedrockBreaks = name
      const error = await anthropic.messages
        .stream(ask('claude-bedrock'))
        .finalMessage()
        .then(() => null, String)
      expect(error).not.toBeNull()
      expect(error).not.toContain('secret words')
    }
  })

  it('has the OpenAI API too, with the same signature', async () => {
    const { choices } = await openai.chat.completions.create(ask('gpt-bedrock'))
    expect(choices[0]?.message.content).toBe(says)
    expect(bodyOf(seen[0]).model).toBe('openai.gpt-oss-120b-1:0')
  })
})

describe('Anthropic on Google Vertex', () => {
  it('answers whole and streamed, through the proxy, by the certificate that we were told to trust', async () => {
    expect(textOf(await anthropic.messages.create(ask('claude-vertex')))).toBe(says)
    expect(textOf(await anthropic.messages.stream(ask('claude-vertex')).finalMessage())).toBe(says)
    const path = '/v1/projects/proj/locations/europe-west1/publishers/anthropic/models/claude-sonnet-4-5@20250929'
    expect(seen.map(({ url }) => url)).toEqual([`${path}:rawPredict`, `${path}:streamRawPredict`])
    expect(seen.map((one) => [bodyOf(one).model, bodyOf(one).stream])).toEqual([
      [undefined, undefined],
      [undefined, true],
    ])
    expect(proxy.asked).toContain('oauth2.googleapis.com:443')
    expect(proxy.asked).toContain('europe-west1-aiplatform.googleapis.com:443')
    expect(tokens.google).toBe(1)
  })

  it('counts tokens', async () => {
    const { input_tokens } = await anthropic.messages.countTokens({
      model: 'claude-vertex',
      messages: ask('').messages,
    })
    expect(input_tokens).toBe(7)
    expect([seen[0]?.url, bodyOf(seen[0]).model]).toEqual([
      '/v1/projects/proj/locations/europe-west1/publishers/anthropic/models/count-tokens:rawPredict',
      'claude-sonnet-4-5@20250929',
    ])
  })
})

describe('Azure OpenAI', () => {
  it('is asked with a token of Entra ID, fetched once, and again when it is not taken any more', async () => {
    for (let i = 0; i < 3; i++) await openai.chat.completions.create(ask('gpt-azure'))
    const [first] = seen
    expect([first?.url, first?.headers['api-key'], bodyOf(first).model]).toEqual([
      '/openai/v1/chat/completions',
      undefined,
      'deployment-1',
    ])
    const before = tokens.entra
    revoked.add(first?.headers.authorization ?? '')
    const { choices } = await openai.chat.completions.create(ask('gpt-azure'))
    expect(choices[0]?.message.content).toBe(says)
    expect(tokens.entra).toBe(before + 1)
  })

  it('is asked with a key at the deployment’s own address where a version is set', async () => {
    await openai.chat.completions.create(ask('gpt-azure-old'))
    expect([seen[0]?.url, seen[0]?.headers.authorization, seen[0]?.headers['api-key']]).toEqual([
      '/openai/deployments/deployment-2/chat/completions?api-version=2024-10-21',
      undefined,
      'azure-api-key-1234',
    ])
  })
})

it('nothing of a credential stands in the log, in the data folder or in the ledger', async () => {
  const secrets = [
    CLIENT_SECRET,
    AWS.secretKey,
    'entra-token-',
    'google-token-',
    'azure-api-key-1234',
    'pass word',
    'pass%20word',
  ]
  for (const secret of secrets) expect(running.logText()).not.toContain(secret)
  for await (const { name, bytes } of running.storedFiles())
    for (const secret of secrets) expect([name, bytes.includes(secret)]).toEqual([name, false])
})
