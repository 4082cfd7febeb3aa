import { createPublicKey, type KeyObject, verify } from 'node:crypto'

const FORMAT = 'safelevel-lease/1'
/** SubjectPublicKeyInfo of an Ed25519 key up to its 32 bytes (RFC 8410, section 4). */
const SPKI = Buffer.from('302a300506032b6570032100', 'hex')
/** A lease is renewed when less than this share of its time is left. */
const RENEW_BELOW = 0.5

export interface GateOptions {
  /** Of the control plane: `http://127.0.0.1:8081`. */
  readonly url: string
  readonly token: string
  readonly model: string
  readonly run: string
  /** The gate's, raw Ed25519 in base64; answers that it has not signed then count as none. */
  readonly publicKey?: string
  readonly timeoutMs?: number
  /** How often a gate that can't be reached is asked again while the lease holds. */
  readonly retryMs?: number
  readonly now?: () => number
}

interface Held {
  readonly id: string
  readonly maxFlops: number
  readonly issuedMs: number
  readonly expiresMs: number
}

/**
 * The training gate as one run sees it. An answer is a lease: it holds until it expires or compute reaches its end. While the gate can't be
 * reached, training goes on as long as the lease holds, and stops when it ends. Anything that makes no sense counts as "pause".
 */
export class TrainingGate {
  /** Why the last answer was not to go on. */
  reasons: readonly string[] = []
  readonly #options: GateOptions
  readonly #key: KeyObject | null
  readonly #now: () => number
  #held: Held | null = null
  #askedMs = Number.NEGATIVE_INFINITY

  constructor(options: GateOptions) {
    this.#options = options
    this.#now = options.now ?? (() => Date.now())
    this.#key = options.publicKey === undefined ? null : keyOf(options.publicKey)
  }

  /** Id of the lease that holds: goes with each checkpoint. */
  get receipt(): string | null {
    return this.#held?.id ?? null
  }

  /** Whether training may go on at this cumulative compute, up to `untilFlops`; asks only when the lease runs low. */
  async mayTrain(flops: number, untilFlops = flops): Promise<boolean> {
    if (this.#holds(untilFlops)) {
      const isTooSoon = this.#now() - this.#askedMs < (this.#options.retryMs ?? 15_000)
      if (!this.#runsLow() || isTooSoon) return true
    }
    return this.ask(flops, untilFlops)
  }

  /** Asks now. */
  async ask(flops: number, untilFlops = flops): Promise<boolean> {
    this.#askedMs = this.#now()
    const { url, token, model, run, timeoutMs = 10_000 } = this.#options
    let response: Response
    try {
      response = await fetch(new URL('/api/v1/train/gate', url), {
        method: 'POST',
        headers: { authorization: `Bearer ${token}`, 'content-type': 'application/json' },
        body: JSON.stringify({ model, run, flops, ...(untilFlops > flops ? { untilFlops } : {}) }),
        signal: AbortSignal.timeout(timeoutMs),
      })
    } catch {
      return this.#unanswered('the gate can’t be reached', untilFlops)
    }
    if (response.status === 429 || response.status >= 500)
      return this.#unanswered(`the gate answers with status ${response.status}`, untilFlops)
    this.#held = null
    try {
      const { held, reasons } = this.#read(await response.json())
      this.#held = held
      this.reasons = reasons
    } catch (error) {
      this.reasons = [`the gate's answer makes no sense: ${error instanceof Error ? error.message : 'unreadable'}`]
    }
    return this.#holds(untilFlops)
  }

  #unanswered(why: string, untilFlops: number): boolean {
    this.reasons = [why]
    return this.#holds(untilFlops)
  }

  #holds(flops: number): boolean {
    return this.#held !== null && flops <= this.#held.maxFlops && this.#now() < this.#held.expiresMs
  }

  #runsLow(): boolean {
    if (this.#held === null) return true
    const { issuedMs, expiresMs } = this.#held
    return expiresMs - this.#now() < RENEW_BELOW * (expiresMs - issuedMs)
  }

  #read(answer: unknown): { held: Held | null; reasons: string[] } {
    const payload = textOf(partOf(partOf(answer, 'signed'), 'payload'))
    const signature = textOf(partOf(partOf(answer, 'signed'), 'signature'))
    const signed = Buffer.from(`${FORMAT}\n${payload}`)
    if (this.#key !== null && !verify(null, signed, this.#key, Buffer.from(signature, 'base64')))
      throw new Error('its signature is not the gate’s')
    const lease: unknown = JSON.parse(payload)
    const { model, run } = this.#options
    if (partOf(lease, 'format') !== FORMAT || partOf(lease, 'model') !== model || partOf(lease, 'run') !== run)
      throw new Error('it is for another run')
    const given = partOf(lease, 'reasons')
    const reasons = Array.isArray(given) ? given.map(String) : []
    if (partOf(lease, 'answer') !== 'continue') return { held: null, reasons }
    const maxFlops = partOf(lease, 'maxFlops')
    const issuedMs = Date.parse(textOf(partOf(lease, 'issuedAt')))
    const expiresMs = Date.parse(textOf(partOf(lease, 'expiresAt')))
    const hasEnd = typeof maxFlops === 'number' && Number.isFinite(issuedMs) && Number.isFinite(expiresMs)
    if (!hasEnd) throw new Error('it has no end')
    return { held: { id: textOf(partOf(lease, 'id')), maxFlops, issuedMs, expiresMs }, reasons }
  }
}

function keyOf(publicKey: string): KeyObject {
  const der = Buffer.concat([SPKI, Buffer.from(publicKey, 'base64')])
  return createPublicKey({ key: der, format: 'der', type: 'spki' })
}

function partOf(value: unknown, name: string): unknown {
  if (typeof value !== 'object' || value === null || !Object.hasOwn(value, name)) return undefined
  return Reflect.get(value, name)
}

function textOf(value: unknown): string {
  if (typeof value !== 'string') throw new Error('a part of it is missing')
  return value
}
