import { createHmac, timingSafeEqual } from 'node:crypto'
import type { IntakeContext } from '../context.ts'

const LEAST_AGE_MS = 3_000
const MOST_AGE_MS = 86_400_000
const NONCE_BYTES = 17
const TOKEN = /^([0-9a-z]{1,11})\.([0-9a-f]{34})\.([0-9a-f]{64})$/

/** `too_soon`: quicker than anybody writes; `too_old`: or from another clock, or none of ours. */
export type TokenVerdict = { readonly showing: string } | 'too_soon' | 'too_old'

/**
 * What the public form carries from when it is shown until it is sent: a time and a number that nobody guesses, under an HMAC. No session
 * stands behind it and nothing is stored: it slows programs down, and makes the same form sent twice the same report.
 *
 * `issued (ms, base 36) . nonce (136 bits, hex) . HMAC-SHA-256 (hex)`
 */
export class FormTokens {
  readonly #context: Pick<IntakeContext, 'macKey' | 'clock' | 'ids'>

  constructor(context: Pick<IntakeContext, 'macKey' | 'clock' | 'ids'>) {
    this.#context = context
  }

  issue(): string {
    const { clock, ids } = this.#context
    const stem = `${Math.max(0, clock.now()).toString(36)}.${ids.bytes(NONCE_BYTES).toString('hex')}`
    return `${stem}.${this.#mac(stem)}`
  }

  check(token: string): TokenVerdict {
    const [, issued, nonce, mac] = TOKEN.exec(token) ?? []
    if (issued === undefined || nonce === undefined || mac === undefined) return 'too_old'
    const own = this.#mac(`${issued}.${nonce}`)
    if (!timingSafeEqual(Buffer.from(mac, 'hex'), Buffer.from(own, 'hex'))) return 'too_old'
    const ageMs = this.#context.clock.now() - Number.parseInt(issued, 36)
    if (ageMs < 0 || ageMs > MOST_AGE_MS) return 'too_old'
    return ageMs < LEAST_AGE_MS ? 'too_soon' : { showing: nonce }
  }

  #mac(stem: string): string {
    return createHmac('sha256', this.#context.macKey).update(`safelevel.intake.form/1\n${stem}`).digest('hex')
  }
}
