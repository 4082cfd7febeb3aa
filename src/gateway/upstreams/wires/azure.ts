import type { UpstreamRequest } from '../upstream.ts'
import { modelOf, type Wire, type WireRequest } from './wire.ts'

/**
 * Azure OpenAI. Its v1 API has OpenAI's paths below `/openai/v1` and takes the deployment as `model`; the API by deployments, with its version
 * in the query, has the deployment in the path.
 *
 * @see https://learn.microsoft.com/azure/ai-services/openai/reference
 */
export class AzureWire implements Wire {
  readonly origin: string
  readonly #basePath: string
  readonly #apiVersion: string | undefined

  /** @param baseUrl `https://RESOURCE.openai.azure.com`, with or without `/openai` or `/openai/v1`. */
  constructor(baseUrl: string, apiVersion: string | undefined) {
    const { origin, pathname } = new URL(baseUrl)
    this.origin = origin
    this.#basePath = `${pathname.replace(/\/?(openai\/?)?(v1\/?)?$/, '')}/openai`
    this.#apiVersion = apiVersion
  }

  request(request: UpstreamRequest): WireRequest {
    const { path, body, headers } = request
    if (this.#apiVersion === undefined) return { path: this.#basePath + path, body, headers }
    const route = path.replace(/^\/v1/, '')
    // Responses name their model in the body, deployments or not.
    const place = route === '/responses' ? '' : `/deployments/${encodeURIComponent(modelOf(request))}`
    return { path: `${this.#basePath}${place}${route}?api-version=${this.#apiVersion}`, body, headers }
  }
}
