import type { ModelDirectory, ServedModel } from '../gateway/index.ts'
import type { ServedAs } from '../intake/index.ts'
import { type ChatApi, MAX_ANSWER_BYTES } from '../models/evaluation/index.ts'

const APIS = ['openai-chat', 'anthropic-messages'] as const satisfies readonly ChatApi[]

/** How what the gateway serves under a name is asked past the gateway; null: it serves none, or none that chats. */
export function servedAs(directory: Pick<ModelDirectory, 'get'>, name: string): ServedAs | null {
  const model = directory.get(name)
  const api = APIS.find((one) => model?.dialects.has(one) === true)
  if (model === undefined || api === undefined) return null
  const { upstreamModel } = model
  return { api, upstreamModel, send: (request, signal) => ask(model, request, signal) }
}

async function ask(
  { upstream, upstreamModel }: ServedModel,
  { api, path, headers, body }: Parameters<ServedAs['send']>[0],
  signal: AbortSignal,
): Promise<Awaited<ReturnType<ServedAs['send']>>> {
  const sent = { dialect: api, path, headers, body, model: upstreamModel, stream: false, signal }
  const answer = await upstream.send(sent)
  const chunks: Uint8Array[] = []
  let size = 0
  for await (const chunk of answer.body) {
    size += chunk.length
    if (size > MAX_ANSWER_BYTES) throw new Error('the answer is larger than 16 MiB')
    chunks.push(chunk)
  }
  return { status: answer.status, headers: answer.headers, body: Buffer.concat(chunks).toString('utf8') }
}
