import { chatApiOf, sendTo } from '../asking/index.ts'
import type { ModelDirectory } from '../gateway/index.ts'
import type { ServedAs } from '../intake/index.ts'

/** How what the gateway serves under a name is asked past the gateway; null: it serves none, or none that chats. */
export function servedAs(directory: Pick<ModelDirectory, 'get'>, name: string): ServedAs | null {
  const model = directory.get(name)
  const api = model === undefined ? null : chatApiOf(model)
  if (model === undefined || api === null) return null
  return { api, upstreamModel: model.upstreamModel, send: (request, signal) => sendTo(model, request, signal) }
}
