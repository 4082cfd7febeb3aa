import type { LedgerProof } from '../../app/api/schema.ts'

const DOMAIN = 'safelevel ledger commitment v1\n'

export interface Verdict {
  /** Whether the event, by its salt and the path, leads to the root that the checkpoint names. */
  readonly holds: boolean
  /** Entries under the checkpoint. */
  readonly size: number
  /** base64 */
  readonly root: string
}

/**
 * Checks a disclosure against its own checkpoint, in this browser. The checkpoint's signature is not looked at: who serves this page could
 * serve a key as well.
 *
 * @see RFC 9162 §2.1.3.2, C2SP tlog-checkpoint
 */
export async function checkProof(proof: LedgerProof): Promise<Verdict> {
  const [, sizeLine = '', root = ''] = proof.checkpoint.split('\n')
  const size = Number(sizeLine)
  const body = new TextEncoder().encode(canonical(proof.event))
  const committed = await sha256(new TextEncoder().encode(DOMAIN), bytes(proof.salt), body)
  let hash = await sha256(Uint8Array.of(0), committed)
  let at = proof.position
  let last = size - 1
  for (const sibling of proof.inclusion.map(bytes)) {
    if (at % 2 === 1 || at === last) {
      hash = await sha256(Uint8Array.of(1), sibling, hash)
      while (at % 2 === 0 && at !== 0) {
        at /= 2
        last = Math.floor(last / 2)
      }
    } else hash = await sha256(Uint8Array.of(1), hash, sibling)
    at = Math.floor(at / 2)
    last = Math.floor(last / 2)
  }
  return { holds: last === 0 && base64(hash) === root && proof.position < size, size, root }
}

/** RFC 8785 for what JSON.parse gives: keys in the order of their UTF-16 units; numbers and strings as ECMAScript writes them. */
export function canonical(value: unknown): string {
  if (Array.isArray(value)) return `[${value.map(canonical).join(',')}]`
  if (typeof value !== 'object' || value === null) return JSON.stringify(value)
  const fields = Object.entries(value).sort(([a], [b]) => (a < b ? -1 : 1))
  return `{${fields.map(([name, field]) => `${JSON.stringify(name)}:${canonical(field)}`).join(',')}}`
}

async function sha256(...parts: readonly Uint8Array[]): Promise<Uint8Array> {
  const joined = new Uint8Array(parts.reduce((sum, { length }) => sum + length, 0))
  let at = 0
  for (const part of parts) {
    joined.set(part, at)
    at += part.length
  }
  return new Uint8Array(await crypto.subtle.digest('SHA-256', joined))
}

function bytes(text: string): Uint8Array {
  return Uint8Array.from(atob(text), (c) => c.charCodeAt(0))
}

function base64(data: Uint8Array): string {
  return btoa(String.fromCharCode(...data))
}
