import { AppError } from '../../../base/errors.ts'
import type { UpstreamRequest, UpstreamResponse } from '../upstream.ts'

/** A request as one kind of server wants it. */
export interface WireRequest {
  /** With its leading slash and its query. */
  readonly path: string
  readonly body: Uint8Array
  readonly headers: Readonly<Record<string, string>>
}

/** How a kind of server is spoken to: where its paths lie, what it wants in a body, how its answers come. Knows no credentials. */
export interface Wire {
  readonly origin: string
  /** @throws {AppError} MODEL_NOT_FOUND when this kind has no such route. */
  request(request: UpstreamRequest): WireRequest
  /** An answer below 400 as its dialect has it. */
  answer?(request: UpstreamRequest, response: UpstreamResponse): UpstreamResponse
}

/** What the upstream calls the model. */
export function modelOf({ model }: UpstreamRequest): string {
  if (model === undefined) throw new AppError('INTERNAL', 'internal error')
  return model
}

export function noSuchRoute(kind: string, path: string): AppError {
  return new AppError('MODEL_NOT_FOUND', `the model is not served on ${path}: ${kind} has no such route`)
}

/** A model's name in a path, with the marks that clouds put into names left readable. */
export function segmentOf(model: string): string {
  return encodeURIComponent(model).replaceAll('%3A', ':').replaceAll('%40', '@')
}

/** Anthropic's API had one version of its own name on each cloud until this one. */
const FIRST_COMMON_VERSION = '2026-01-01'

/**
 * The version that a body names on a cloud: the client's own where the clouds know it, else the cloud's first.
 *
 * @param first `bedrock-2023-05-31`
 */
export function versionFor({ 'anthropic-version': asked }: UpstreamRequest['headers'], first: string): string {
  return asked !== undefined && /^\d{4}-\d{2}-\d{2}$/.test(asked) && asked >= FIRST_COMMON_VERSION ? asked : first
}
