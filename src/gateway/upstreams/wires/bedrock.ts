import { editMembers } from '../edit-members.ts'
import type { UpstreamRequest, UpstreamResponse } from '../upstream.ts'
import { readEventStream } from './event-stream.ts'
import { modelOf, noSuchRoute, segmentOf, versionFor, type Wire, type WireRequest } from './wire.ts'

const FIRST_VERSION = 'bedrock-2023-05-31'
const LONGEST_BETAS_CHARS = 2_000

/**
 * Anthropic's models on Amazon Bedrock: the model and whether to stream stand in the path, version and betas in the body; a stream comes as
 * AWS event stream, whose messages hold Anthropic's events.
 *
 * @see https://docs.aws.amazon.com/bedrock/latest/APIReference/API_runtime_InvokeModelWithResponseStream.html
 */
export class BedrockWire implements Wire {
  readonly origin: string
  readonly #basePath: string

  /** @param baseUrl in place of AWS's own address for the region: a VPC endpoint, say. */
  constructor(region: string, baseUrl?: string) {
    const url = new URL(baseUrl ?? `https://bedrock-runtime.${region}.amazonaws.com`)
    this.origin = url.origin
    this.#basePath = url.pathname.replace(/\/$/, '')
  }

  request(request: UpstreamRequest): WireRequest {
    if (request.path !== '/v1/messages') throw noSuchRoute('Anthropic on Bedrock', request.path)
    const { 'anthropic-beta': betas, 'anthropic-version': _, ...headers } = request.headers
    const verb = request.stream === true ? 'invoke-with-response-stream' : 'invoke'
    return {
      path: `${this.#basePath}/model/${segmentOf(modelOf(request))}/${verb}`,
      body: editMembers(request.body, {
        set: {
          anthropic_version: versionFor(request.headers, FIRST_VERSION),
          ...(betas === undefined ? {} : { anthropic_beta: split(betas) }),
        },
        remove: ['model', 'stream', 'anthropic_beta'],
      }),
      headers: request.stream === true ? { ...headers, accept: 'application/vnd.amazon.eventstream' } : headers,
    }
  }

  answer({ stream }: UpstreamRequest, response: UpstreamResponse): UpstreamResponse {
    const type = response.headers['content-type'] ?? ''
    if (stream !== true || !type.startsWith('application/vnd.amazon.eventstream')) return response
    return {
      ...response,
      headers: { ...response.headers, 'content-type': 'text/event-stream' },
      body: readEventStream(response.body),
    }
  }
}

function split(betas: string): string[] {
  return betas
    .slice(0, LONGEST_BETAS_CHARS)
    .split(',')
    .map((beta) => beta.trim())
    .filter((beta) => beta !== '')
}
