import { type Dispatcher, request } from 'undici'
import { codeOf } from '../../base/error-code.ts'
import { retryAfterMs } from '../../base/retry-after.ts'
import { DeliveryError } from './channel.ts'

const LONGEST_ANSWER_BYTES = 64 * 1024
const GONE = 410

/** Posts a body and wants a 2xx. Redirects are not followed: whoever moved must say so in the configuration. @throws {DeliveryError} */
export async function post(
  url: string,
  {
    headers,
    body,
    signal,
    dispatcher,
  }: { headers: Record<string, string>; body: string; signal: AbortSignal; dispatcher?: Dispatcher },
): Promise<string> {
  try {
    const response = await request(url, {
      method: 'POST',
      headers: { 'content-type': 'application/json', 'user-agent': 'safelevel', ...headers },
      body,
      signal,
      ...(dispatcher === undefined ? {} : { dispatcher }),
    })
    const answer = await readSome(response.body)
    if (response.statusCode >= 200 && response.statusCode < 300) return answer
    throw new DeliveryError(`answered with status ${response.statusCode}`, {
      gone: response.statusCode === GONE,
      retryAfterMs: retryAfterMs(response.headers),
    })
  } catch (error) {
    if (error instanceof DeliveryError) throw error
    throw new DeliveryError(`not reached: ${describe(error)}`, { cause: error })
  }
}

async function readSome(body: AsyncIterable<Uint8Array>): Promise<string> {
  const chunks: Uint8Array[] = []
  let size = 0
  for await (const chunk of body) {
    size += chunk.length
    if (size > LONGEST_ANSWER_BYTES) break
    chunks.push(chunk)
  }
  return Buffer.concat(chunks).toString('utf8')
}

/** Of the error only its code: addresses and bodies don't belong into logs and lists. */
function describe(error: unknown): string {
  if (!(error instanceof Error)) return 'unknown error'
  return codeOf(error) ?? error.name
}
