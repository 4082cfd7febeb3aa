import { describe, expect, it } from 'vitest'
import type { UpstreamRequest } from '../upstream.ts'
import { AzureWire } from './azure.ts'
import { BedrockWire } from './bedrock.ts'
import { PlainWire } from './plain.ts'
import { VertexWire } from './vertex.ts'

const request = (
  path: string,
  rest: Partial<UpstreamRequest> = {},
  body: object = { model: 'm', n: 1 },
): UpstreamRequest => ({
  dialect: 'anthropic-messages',
  path,
  body: Buffer.from(JSON.stringify(body)),
  headers: { 'content-type': 'application/json' },
  model: 'the-model',
  signal: new AbortController().signal,
  ...rest,
})
const CHAT = '/v1/chat/completions'
const MESSAGES = '/v1/messages'

describe('where a request goes', () => {
  it.each([
    ['https://api.openai.com', 'https://api.openai.com', CHAT],
    ['https://api.openai.com/v1', 'https://api.openai.com', CHAT],
    ['https://api.openai.com/v1/', 'https://api.openai.com', CHAT],
    ['http://10.0.0.1:8000/vllm/v1', 'http://10.0.0.1:8000', `/vllm${CHAT}`],
  ])('to a plain server at %s', (baseUrl, origin, path) => {
    const wire = new PlainWire(baseUrl)
    expect([wire.origin, wire.request(request(CHAT)).path]).toEqual([origin, path])
  })

  it.each([
    'https://r.openai.azure.com',
    'https://r.openai.azure.com/',
    'https://r.openai.azure.com/openai',
    'https://r.openai.azure.com/openai/v1/',
  ])('to Azure at %s', (baseUrl) => {
    const newer = new AzureWire(baseUrl, undefined)
    expect(newer.request(request(CHAT)).path).toBe(`/openai${CHAT}`)
    expect(newer.request(request('/v1/responses')).path).toBe('/openai/v1/responses')
    const older = new AzureWire(baseUrl, '2024-10-21')
    expect(older.request(request('/v1/embeddings')).path).toBe(
      '/openai/deployments/the-model/embeddings?api-version=2024-10-21',
    )
    expect(older.request(request('/v1/responses')).path).toBe('/openai/responses?api-version=2024-10-21')
  })

  it('to Azure behind a path of somebody’s own', () => {
    expect(new AzureWire('https://apim.example.com/team', undefined).request(request(CHAT)).path).toBe(
      `/team/openai${CHAT}`,
    )
  })

  it('to Bedrock, by region or by address, whatever the model is called', () => {
    expect(new BedrockWire('eu-west-3').origin).toBe('https://bedrock-runtime.eu-west-3.amazonaws.com')
    const wire = new BedrockWire('eu-west-3', 'https://vpce-1.example.com/through/')
    const arn = 'arn:aws:bedrock:eu-west-3:1:application-inference-profile/abc'
    expect(wire.request(request(MESSAGES, { model: arn })).path).toBe(
      '/through/model/arn:aws:bedrock:eu-west-3:1:application-inference-profile%2Fabc/invoke',
    )
    expect(() => wire.request(request(CHAT))).toThrow('has no such route')
    expect(() => wire.request(request('/v1/messages/count_tokens'))).toThrow('has no such route')
  })

  it('to Vertex in a region or in none', () => {
    expect(new VertexWire('europe-west1', 'p').origin).toBe('https://europe-west1-aiplatform.googleapis.com')
    const wire = new VertexWire('global', 'p')
    expect([wire.origin, wire.request(request(MESSAGES, { stream: true })).path]).toEqual([
      'https://aiplatform.googleapis.com',
      '/v1/projects/p/locations/global/publishers/anthropic/models/the-model:streamRawPredict',
    ])
    expect(() => wire.request(request(CHAT))).toThrow('has no such route')
  })
})

describe('the version that a cloud is told', () => {
  const versionAt = (wire: BedrockWire | VertexWire, asked?: string) => {
    const headers = asked === undefined ? {} : { 'anthropic-version': asked }
    const { body, headers: sent } = wire.request(request(MESSAGES, { headers }))
    expect(sent).not.toHaveProperty('anthropic-version')
    return JSON.parse(Buffer.from(body).toString()).anthropic_version
  }

  it('is the client’s where the clouds know it, and else the cloud’s first', () => {
    for (const [wire, first] of [
      [new BedrockWire('r'), 'bedrock-2023-05-31'],
      [new VertexWire('r', 'p'), 'vertex-2023-10-16'],
    ] as const) {
      expect(versionAt(wire)).toBe(first)
      expect(versionAt(wire, '2023-06-01')).toBe(first)
      expect(versionAt(wire, '2026-10-21')).toBe('2026-10-21')
      expect(versionAt(wire, '9999-99-99"}')).toBe(first)
    }
  })

  it('is never the one that a body brings along', () => {
    const body = { model: 'm', stream: true, anthropic_version: 'evil', anthropic_beta: ['evil'], messages: [] }
    const sent = new BedrockWire('r').request(request(MESSAGES, {}, body)).body
    expect(JSON.parse(Buffer.from(sent).toString())).toEqual({ anthropic_version: 'bedrock-2023-05-31', messages: [] })
  })
})
