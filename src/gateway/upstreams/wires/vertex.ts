import { editMembers } from '../edit-members.ts'
import type { UpstreamRequest } from '../upstream.ts'
import { modelOf, noSuchRoute, segmentOf, versionFor, type Wire, type WireRequest } from './wire.ts'

const FIRST_VERSION = 'vertex-2023-10-16'

/**
 * Anthropic's models on Google Vertex AI: the model stands in the path, the version in the body; answers and streams are Anthropic's own.
 *
 * @see https://cloud.google.com/vertex-ai/generative-ai/docs/partner-models/claude/use-claude
 */
export class VertexWire implements Wire {
  readonly origin: string
  readonly #models: string

  /** @param baseUrl in place of Google's own address for the region. */
  constructor(region: string, project: string, baseUrl?: string) {
    const url = new URL(baseUrl ?? `https://${region === 'global' ? '' : `${region}-`}aiplatform.googleapis.com`)
    this.origin = url.origin
    const base = url.pathname.replace(/\/(v1\/?)?$/, '')
    this.#models = `${base}/v1/projects/${project}/locations/${region}/publishers/anthropic/models/`
  }

  request(request: UpstreamRequest): WireRequest {
    const headers = { ...request.headers }
    delete headers['anthropic-version']
    if (request.path === '/v1/messages') {
      const verb = request.stream === true ? 'streamRawPredict' : 'rawPredict'
      return {
        path: `${this.#models}${segmentOf(modelOf(request))}:${verb}`,
        body: editMembers(request.body, {
          set: { anthropic_version: versionFor(request.headers, FIRST_VERSION) },
          remove: ['model'],
        }),
        headers,
      }
    }
    if (request.path === '/v1/messages/count_tokens')
      return { path: `${this.#models}count-tokens:rawPredict`, body: request.body, headers }
    throw noSuchRoute('Anthropic on Vertex', request.path)
  }
}
