import { AppError } from '../base/errors.ts'
import type { Tracer } from '../base/trace.ts'
import type { JudgedCall } from './call.ts'
import { editMembers } from './upstreams/edit-members.ts'

const FORWARDED_HEADERS = ['anthropic-version', 'anthropic-beta', 'openai-beta', 'user-agent'] as const

/** The body as it came, but for the model's name where the upstream has another for it, or another model answers. */
export function renamed({ body, model, request }: JudgedCall): Uint8Array {
  const { upstreamModel } = model
  return request.model === upstreamModel ? body : editMembers(body, { set: { model: upstreamModel } })
}

/** Our own, the few of the client's that the model's server understands, and the trace where there is one. */
export function upstreamHeaders(call: JudgedCall, tracer: Tracer | undefined): Record<string, string> {
  const { req, trace } = call
  const { stream } = call.request
  const headers: Record<string, string> = {
    'content-type': 'application/json',
    accept: stream ? 'text/event-stream' : 'application/json',
    'accept-encoding': 'identity',
  }
  for (const name of FORWARDED_HEADERS) {
    const value = req.headers[name]
    if (typeof value === 'string') headers[name] = value
  }
  if (tracer !== undefined) Object.assign(headers, trace === null ? tracer.passOn(req.headers) : trace.onward)
  return headers
}

/** @throws {AppError} UPSTREAM_UNAVAILABLE */
export function checkAnswerType(contentType: string, stream: boolean): void {
  const expected = stream ? 'text/event-stream' : 'application/json'
  if (!contentType.toLowerCase().startsWith(expected)) {
    throw new AppError('UPSTREAM_UNAVAILABLE', `the model server answered with something other than ${expected}`)
  }
}
