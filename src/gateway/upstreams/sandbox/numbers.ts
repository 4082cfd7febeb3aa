import { createHash } from 'node:crypto'
import type { JsonObject } from '../../../base/json.ts'
import type { Speech } from './speech.ts'

const DIMENSIONS = 8

/** Anthropic's count of tokens. */
export function countBody({ request }: Speech): JsonObject {
  return { input_tokens: request.inputTokens }
}

/** An Embeddings answer: short vectors that are the same for the same text and mean nothing. */
export function embeddingsBody({ request }: Speech): JsonObject {
  const { input, encoding_format: format } = request.body
  const texts = Array.isArray(input) ? input : [input]
  const data = texts.map((text, index) => {
    const vector = vectorOf(String(text))
    return { object: 'embedding', index, embedding: format === 'base64' ? toBase64(vector) : [...vector] }
  })
  const usage = { prompt_tokens: request.inputTokens, total_tokens: request.inputTokens }
  return { object: 'list', data, model: request.model, usage }
}

/** Of length 1. */
function vectorOf(text: string): Float32Array {
  const bytes = createHash('sha256').update(text).digest()
  const raw = Float32Array.from({ length: DIMENSIONS }, (_, i) => (bytes[i] ?? 0) / 255 - 0.5)
  const length = Math.hypot(...raw) || 1
  return raw.map((x) => x / length)
}

function toBase64(vector: Float32Array): string {
  return Buffer.from(vector.buffer, vector.byteOffset, vector.byteLength).toString('base64')
}
