import {
  formatAddCheckpoint,
  type PolicyWitness,
  parseSignatureLines,
  parseTreeSize,
  readCosignatures,
  signatureLine,
  TlogError,
  TREE_SIZE_TYPE,
} from '../ledger/index.ts'
import { originHash } from './witness-store.ts'

/** Room for some signatures of ML-DSA-44. */
const MAX_ANSWER_BYTES = 128 * 1024
/** A cosignature says when; one from another day says nothing about now. */
const MAX_SKEW_SECONDS = 3600

/** A head that a log signed, for witnesses to look at. */
export interface SignedHead {
  readonly origin: string
  readonly size: number
  /** The note text. */
  readonly text: string
  /** Signed by the log alone. */
  readonly note: string
}

/** Why a witness gave no cosignature. */
export type WitnessFailure =
  | { readonly kind: 'unreachable'; readonly words: string }
  /** It holds a tree of this size and wants a proof from there. */
  | { readonly kind: 'behind'; readonly size: number }
  /** It says that it saw something else. */
  | { readonly kind: 'contradicts'; readonly words: string }
  /** It answers what no witness may answer. */
  | { readonly kind: 'lies'; readonly words: string }
  | { readonly kind: 'refuses'; readonly words: string }

export type WitnessReply =
  | { readonly ok: true; readonly line: string; readonly timestamp: number }
  | { readonly ok: false; readonly failure: WitnessFailure }

/** One HTTP request, bounded in time and size, that follows no redirect. Rejects when there is no whole answer. */
export type Send = (
  url: string,
  request: {
    readonly method: 'GET' | 'POST'
    readonly body?: string
    readonly timeoutMs: number
    readonly maxBytes: number
  },
) => Promise<Answer>

export interface Answer {
  readonly status: number
  /** Content type. */
  readonly type: string
  readonly text: string
}

/** By the platform’s `fetch`. */
export const sendByFetch: Send = async (url, { method, body, timeoutMs, maxBytes }) => {
  const response = await fetch(url, {
    method,
    redirect: 'error',
    signal: AbortSignal.timeout(timeoutMs),
    headers: { 'content-type': 'text/plain; charset=utf-8' },
    ...(body === undefined ? {} : { body }),
  })
  const text = await readText(response.body ?? [], maxBytes)
  return { status: response.status, type: response.headers.get('content-type') ?? '', text }
}

/** @throws {Error} when it is longer than `maxBytes` */
export async function readText(
  body: AsyncIterable<Uint8Array> | Iterable<Uint8Array>,
  maxBytes: number,
): Promise<string> {
  const parts: Uint8Array[] = []
  let size = 0
  for await (const part of body) {
    size += part.length
    if (size > maxBytes) throw new Error('the answer is too long')
    parts.push(part)
  }
  return Buffer.concat(parts).toString('utf8')
}

/** Speaks C2SP tlog-witness to one witness, which is not trusted: its answers are bounded in size and time, and verified. */
export class WitnessClient {
  readonly witness: PolicyWitness
  readonly #url: string
  readonly #send: Send
  readonly #bounds: { readonly timeoutMs: number; readonly maxBytes: number }

  /** @param url Submission prefix. */
  constructor(witness: PolicyWitness, url: string, timeoutMs: number, send: Send = sendByFetch) {
    this.witness = witness
    this.#url = url.replace(/\/+$/, '')
    this.#send = send
    this.#bounds = { timeoutMs, maxBytes: MAX_ANSWER_BYTES }
  }

  /** Asks for a cosignature. Never throws. */
  async cosign(head: SignedHead, oldSize: number, proof: readonly Uint8Array[], nowMs: number): Promise<WitnessReply> {
    const body = formatAddCheckpoint({ oldSize, proof, checkpoint: head.note })
    let answer: Answer
    try {
      answer = await this.#send(`${this.#url}/add-checkpoint`, { ...this.#bounds, method: 'POST', body })
    } catch (error) {
      return failed({ kind: 'unreachable', words: unreachable(error) })
    }
    if (answer.status === 200) return this.#read(answer.text, head, nowMs)
    return failed(failureOf(answer, head))
  }

  /** The newest checkpoint that the witness holds of a log, unverified; null when it tells none. */
  async newest(origin: string): Promise<string | null> {
    try {
      const answer = await this.#send(`${this.#url}/${originHash(origin)}/checkpoint`, {
        ...this.#bounds,
        method: 'GET',
      })
      return answer.status === 200 ? answer.text : null
    } catch {
      return null
    }
  }

  async #read(text: string, head: SignedHead, nowMs: number): Promise<WitnessReply> {
    const { key } = this.witness
    try {
      // "The client MUST ignore any cosignatures from unknown keys."
      const own = parseSignatureLines(text).filter(({ name, id }) => name === key.name && id === key.id)
      const line = own.map((signature) => signatureLine(signature, signature.signature)).join('')
      const [cosignature] = own.length === 0 ? [] : await readCosignatures(`${head.text}\n${line}`, [key])
      if (cosignature === undefined && own.length > 0)
        return failed({ kind: 'refuses', words: 'signs by ML-DSA-44, which can’t be checked here' })
      if (cosignature === undefined)
        return failed({ kind: 'lies', words: 'answers without a signature by the key of the trust policy' })
      const { timestamp } = cosignature
      if (Math.abs(timestamp - nowMs / 1000) > MAX_SKEW_SECONDS)
        return failed({ kind: 'lies', words: 'its clock and ours are more than an hour apart' })
      return { ok: true, line, timestamp }
    } catch (error) {
      if (!(error instanceof TlogError)) throw error
      const words = error.code === 'UNSUPPORTED' ? error.message : 'its cosignature does not verify'
      return failed({ kind: 'lies', words })
    }
  }
}

function failureOf({ status, type, text }: Answer, head: SignedHead): WitnessFailure {
  if (status === 409) {
    const size = type.startsWith(TREE_SIZE_TYPE) ? parseTreeSize(text.trimEnd()) : null
    return size === null
      ? { kind: 'lies', words: 'says that its tree has another size, and not which' }
      : { kind: 'behind', size }
  }
  if (status === 404)
    return { kind: 'refuses', words: `does not watch ${head.origin}: its owner must add this log's key there` }
  if (status === 403) return { kind: 'refuses', words: 'does not know the key that this log signs with' }
  if (status === 422) return { kind: 'contradicts', words: 'says that this log contradicts what it saw before' }
  return { kind: 'unreachable', words: `answers ${status}` }
}

function failed(failure: WitnessFailure): WitnessReply {
  return { ok: false, failure }
}

/** No address and no text of a server: this stands in readiness, which anybody may read. */
function unreachable(error: unknown): string {
  if (error instanceof Error && error.name === 'TimeoutError') return 'does not answer in time'
  return 'can’t be reached'
}
