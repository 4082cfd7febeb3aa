import type { Ids } from '../../base/ids.ts'
import { seal, unseal } from '../../base/sealing.ts'
import type { Happening } from '../../journal/index.ts'
import type { Actor } from '../../ledger/index.ts'

/** What happened, as those who may see the concern read it. */
export interface SealedFact {
  readonly concern: string
  readonly step: string
  readonly by: string | null
  readonly data?: Readonly<Record<string, string | number | boolean | null>>
}

const PLAIN_BYTES = 512
export const SYSTEM: Actor = { type: 'system', id: 'noncompliance' }

/**
 * Events of this room look alike on the ledger: the same kind, the same subject, the same actor, as many bytes. Whoever reads the ledger
 * learns from none of them what was reported, about whom, or whether it was a report at all; events that say nothing are mixed in. What
 * they say is sealed, and opens for those who may see the concern.
 */
export class SealedEvents {
  readonly #key: Uint8Array
  readonly #ids: Ids

  /** @param key 32 bytes */
  constructor(key: Uint8Array, ids: Ids) {
    this.#key = key
    this.#ids = ids
  }

  /** @param fact null = an event that says nothing. @throws {RangeError} when it is longer than what events hold */
  seal(fact: SealedFact | null): Happening & { readonly eventId: string } {
    const plain = Buffer.alloc(PLAIN_BYTES, ' ')
    const text = Buffer.from(JSON.stringify(fact))
    if (text.length > PLAIN_BYTES) throw new RangeError('a sealed event holds identifiers and numbers, and few of them')
    text.copy(plain)
    const eventId = this.#ids.next('evt')
    const sealed = seal(this.#key, plain, context(eventId), this.#ids).toString('base64')
    const subject = { type: 'noncompliance', id: '-' }
    return { kind: 'noncompliance.sealed', eventId, actor: SYSTEM, subject, data: { sealed } }
  }

  /** @returns null for one that says nothing. @throws {Error} when it was changed or moved to another event */
  open(eventId: string, sealed: string): unknown {
    return JSON.parse(unseal(this.#key, Buffer.from(sealed, 'base64'), context(eventId)).toString('utf8'))
  }
}

function context(eventId: string): string {
  return `safelevel.noncompliance.event/1\n${eventId}`
}
