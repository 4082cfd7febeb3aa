import {
  type Checkpoint,
  describeCosigners,
  meetsQuorum,
  type NoteVerifier,
  openCheckpoint,
  parseTrustPolicy,
  parseVkey,
  readWitnessed,
  TlogError,
  type TrustPolicy,
} from '../src/verify.ts'
import { type Fact, holds, watch } from './verdict.ts'

/** Whom a reader trusts: a log's key, and perhaps witnesses. */
export interface Trust {
  readonly log: NoteVerifier | undefined
  readonly policy: TrustPolicy | null
  /** Whether it came from the reader rather than from the site under check. */
  readonly own: boolean
}

/** @param text A key, a trust policy, or nothing: then what the site says of itself. @throws {TlogError} MALFORMED */
export function readTrust(text: string, site: { readonly vkey: string; readonly policy: string }): Trust {
  const own = text.trim()
  if (own === '') {
    const policy = site.policy === '' ? null : parseTrustPolicy(site.policy)
    return { log: parseVkey(site.vkey), policy, own: false }
  }
  if (!own.includes('\n') && !own.includes(' ')) return { log: parseVkey(own), policy: null, own: true }
  const policy = parseTrustPolicy(`${own}\n`)
  return { log: policy.logs.length > 0 ? undefined : parseVkey(site.vkey), policy, own: true }
}

/** Checks a note's signatures. @throws {TlogError} when the log's own is not there */
export async function checkNote(note: string, trust: Trust): Promise<{ checkpoint: Checkpoint; facts: Fact[] }> {
  const { log, policy, own } = trust
  const whose = own ? 'the key that you gave' : 'the key that this site shows of itself'
  if (policy === null) {
    if (log === undefined) throw new TlogError('MALFORMED', 'give a key or a trust policy')
    const checkpoint = await openCheckpoint(note, log)
    return { checkpoint, facts: [holds(`signed by ${whose}`), watch(`${UNWITNESSED} no trust policy names witnesses`)] }
  }
  const checkpoint = await readWitnessed(note, policy, log)
  const cosigners = new Set(checkpoint.cosignatures.map(({ witness }) => witness))
  const words = describeCosigners(policy, checkpoint.cosignatures)
  const enough = policy.quorum !== null && meetsQuorum(policy, cosigners)
  const source = own ? 'your trust policy' : 'the trust policy that this site names'
  const newest = Math.max(...checkpoint.cosignatures.map(({ timestamp }) => timestamp))
  const when = cosigners.size === 0 ? '' : `, last at ${new Date(newest * 1000).toLocaleString()}`
  const witnessed = enough ? holds(`witnessed, as ${source} asks: ${words}${when}`) : watch(`${UNWITNESSED} ${words}`)
  return { checkpoint, facts: [holds(`signed by ${whose}`), witnessed] }
}

const UNWITNESSED = 'unwitnessed: the operator alone vouches that everybody is shown this same log;'
