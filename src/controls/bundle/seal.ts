import { setTimeout as wait } from 'node:timers/promises'
import type { Clock } from '../../base/clock.ts'
import { AppError } from '../../base/errors.ts'
import type { Ids } from '../../base/ids.ts'
import { type Happening, record, toEvent } from '../../journal/index.ts'
import { type Actor, canonicalJson, type Ledger } from '../../ledger/index.ts'

/** What a seal is made with. */
export interface SealDeps {
  readonly ledger: Pick<Ledger, 'append' | 'find' | 'proof' | 'refresh' | 'origin'>
  readonly clock: Clock
  readonly ids: Ids
}

const PLACE_TRIES = 50
const PLACE_WAIT_MS = 100

/**
 * Records that a bundle was made, then proves that. The log's signature alone: it is checked whole, and no byte of it may be another.
 *
 * @param made holds the digest of the manifest
 * @returns canonical JSON
 * @throws {AppError} LEDGER_UNAVAILABLE
 */
export async function sealOf({ ledger, ...context }: SealDeps, by: Actor, made: Happening): Promise<string> {
  const event = toEvent(context, by, made)
  await record(ledger, [event], 'that this bundle was made could not be recorded, so it was not')
  const proof = await ledger.proof(await placeOf(ledger, event.id))
  return canonicalJson({ ...proof, checkpoint: signedByLog(proof.checkpoint, ledger.origin) })
}

/** Where several replicas share a ledger, what is recorded has its place a little later. */
async function placeOf(ledger: Pick<Ledger, 'find' | 'refresh'>, eventId: string): Promise<number> {
  for (let tries = 0; tries < PLACE_TRIES; tries += 1) {
    const entry = await ledger.find(eventId)
    if (entry !== null) return entry.position
    await wait(PLACE_WAIT_MS)
    await ledger.refresh()
  }
  throw new AppError('LEDGER_UNAVAILABLE', 'the bundle has no place on the ledger yet: see /readyz, and make it again')
}

/** A note with the lines of one signer. */
function signedByLog(note: string, origin: string): string {
  const split = note.lastIndexOf('\n\n')
  const lines = note.slice(split + 2, -1).split('\n')
  const own = lines.filter((line) => line.startsWith(`— ${origin} `)).map((line) => `${line}\n`)
  return `${note.slice(0, split + 2)}${own.join('')}`
}
