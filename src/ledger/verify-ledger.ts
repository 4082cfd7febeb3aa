import { access, readFile } from 'node:fs/promises'
import { join, resolve } from 'node:path'
import type { Clock } from '../base/clock.ts'
import { AppError } from '../base/errors.ts'
import { type AuditReport, auditLedger } from './audit.ts'
import { folderSource } from './folder-source.ts'
import type { KnownLog, KnownLogs } from './known-logs.ts'
import type { Records } from './record.ts'
import { Segments } from './segments.ts'
import {
  type Checkpoint,
  followKeys,
  type KnownHead,
  type LogSource,
  misbehaviourBetween,
  type NoteVerifier,
  openCheckpoint,
  openWitnessed,
  parseCheckpoint,
  parseNote,
  parseVkey,
  readWitnessed,
  type Succession,
  sameHash,
  TileReader,
  TlogError,
  type TrustPolicy,
  type WitnessedCheckpoint,
} from './tlog/index.ts'
import { urlSource } from './url-source.ts'

/** Beside `public`: kept by a server for those who read its folder. */
export const WITNESSED_FILE = 'witnessed-checkpoint'

/** A ledger somewhere: its public files, and its bodies where they are at hand. */
export interface LedgerPlace {
  /** Absolute folder, or URL without a slash at its end. */
  readonly location: string
  readonly source: LogSource
  readonly segments: Records | null
  readonly remote: boolean
}

export interface VerifyLedgerOptions {
  readonly place: LedgerPlace
  readonly knownLogs: KnownLogs
  readonly clock: Clock
  /** The log's key, from wherever the caller trusts. */
  readonly vkey?: string | undefined
  /** Whose cosignatures it takes; its logs, if it names any, are the only ones trusted. */
  readonly policy?: TrustPolicy | undefined
  readonly onProgress?: (entries: number, of: number) => void
}

export interface VerifyLedgerReport extends AuditReport {
  readonly origin: string
  readonly size: number
  /** base64 */
  readonly root: string
  readonly vkey: string
  /** `first-use`: nothing vouched for the key but the log itself; it is pinned from now on. */
  readonly keyFrom: 'given' | 'policy' | 'pinned' | 'first-use'
  /** From the key that was trusted to the present one: who handed the log over to whom, at how many entries. */
  readonly handedOver: readonly { readonly from: string; readonly to: string; readonly size: number }[]
  /** The head verified before, of which this log is a continuation. */
  readonly previous: { readonly size: number; readonly verifiedAt: string } | null
  /** Whether the quorum of the trust policy vouches that everybody is shown this log. */
  readonly witnessed: boolean
  /** Who vouches, up to which size; null without a trust policy. */
  readonly witnesses: WitnessReport | null
  /** Names in the checkpoint's signatures whose keys are not known here: they say nothing. */
  readonly strangers: readonly string[]
}

export interface WitnessReport {
  readonly by: readonly { readonly name: string; readonly at: string }[]
  /** Witnesses in the policy. */
  readonly of: number
  /** Entries under the checkpoint that they cosigned: at most those of the newest. */
  readonly size: number
}

/** @param target A folder (a ledger's, or a copy of its public files) or a URL. @throws {AppError} NOT_FOUND */
export async function openPlace(target: string): Promise<LedgerPlace> {
  if (/^https?:\/\//.test(target)) {
    const location = target.replace(/\/+$/, '')
    return { location, source: urlSource(location), segments: null, remote: true }
  }
  const location = resolve(target)
  const whole = await exists(join(location, 'public', 'checkpoint'))
  if (!whole && !(await exists(join(location, 'checkpoint'))))
    throw new AppError('NOT_FOUND', `there is no ledger in ${location}`)
  const hasBodies = whole && (await exists(join(location, 'private')))
  return {
    location,
    source: folderSource(whole ? join(location, 'public') : location),
    segments: hasBodies ? await Segments.open(join(location, 'private')) : null,
    remote: false,
  }
}

/**
 * Verifies a whole log with a key from outside it, and that it continues what was verified before; then remembers it.
 *
 * @throws {AppError} VERIFICATION_FAILED with what is wrong, also when a policy is given and its quorum is not met; REQUEST_INVALID when there is no key to verify with.
 */
export async function verifyLedger(options: VerifyLedgerOptions): Promise<VerifyLedgerReport> {
  try {
    return await verify(options)
  } catch (error) {
    if (error instanceof TlogError) throw new AppError('VERIFICATION_FAILED', error.message, { cause: error })
    throw error
  }
}

async function verify(options: VerifyLedgerOptions): Promise<VerifyLedgerReport> {
  const { place, knownLogs, clock, policy, onProgress } = options
  const note = await readNote(place)
  const { origin } = parseCheckpoint(parseNote(note).text)
  const known = knownLogs.byOrigin(origin)
  const { key: trusted, keyFrom } = await chooseKey(options, note, origin)
  const { key, chain } = await presentKey(place, note, trusted)
  const served = await openCheckpoint(note, key)
  const cosigned = policy === undefined ? null : await readCosigned(place, note, policy, key)
  const head = known && (await knownHead(known))
  // What is served may be a moment behind what was seen elsewhere: the newest that witnesses cosigned, or another replica's. Then
  // what was seen is the newest, and all of it must still be there.
  const behind = head !== null && head.size > served.size
  const checkpoint = behind ? { ...served, ...head } : served
  const { bodies } = await auditOrAccuse(
    options,
    { note, known, key },
    {
      source: place.source,
      checkpoint,
      segments: place.segments,
      known: head ?? undefined,
      prefetch: place.remote ? 16 : 4,
      onProgress: (entries) => onProgress?.(entries, checkpoint.size),
    },
  )
  await checkChain(place, checkpoint.size, chain)
  if (!sameHash(served.root, await new TileReader(place.source, checkpoint.size).root(served.size)))
    throw new TlogError(
      'CONSISTENCY',
      `the log was forked: its ${served.size} entries are not the first of those seen before`,
    )
  if (behind && known !== null) await remember(knownLogs, place, parseVkey(known.vkey), known.checkpoint, clock, known)
  else await remember(knownLogs, place, key, note, clock, known)
  return {
    origin,
    size: checkpoint.size,
    root: Buffer.from(checkpoint.root).toString('base64'),
    vkey: key.vkey,
    keyFrom,
    handedOver: chain.map(({ from, to, size }) => ({ from: from.vkey, to: to.vkey, size })),
    previous: known && head && { size: head.size, verifiedAt: known.verifiedAt },
    witnessed: policy !== undefined && policy.quorum !== null && cosigned !== null,
    witnesses:
      policy === undefined || cosigned === null ? null : await reportWitnesses(place, checkpoint, cosigned, policy),
    strangers: strangersIn(note, [key, ...(policy?.witnesses.map((witness) => witness.key) ?? [])]),
    bodies,
  }
}

/** Audits; a log that turns out to have forked leaves the proof of it beside the known logs. */
async function auditOrAccuse(
  { place, knownLogs }: VerifyLedgerOptions,
  { note, known, key }: { note: string; known: KnownLog | null; key: NoteVerifier },
  audit: Parameters<typeof auditLedger>[0],
): Promise<AuditReport> {
  try {
    return await auditLedger(audit)
  } catch (error) {
    const served = parseCheckpoint(parseNote(note).text).size
    if (error instanceof TlogError && error.code === 'MISSING' && served < audit.checkpoint.size)
      throw new TlogError(
        'CONSISTENCY',
        `the log was cut off: it had ${audit.checkpoint.size} entries and now claims ${served}`,
        { cause: error },
      )
    if (!(error instanceof TlogError) || error.code !== 'CONSISTENCY' || known === null) throw error
    const proof = await misbehaviourBetween(known.checkpoint, { note, tiles: place.source }, key).catch(() => null)
    if (proof === null) throw error
    const file = await knownLogs.saveMisbehaviour(proof)
    const words = `${error.message}. The proof, which anybody can check with "safelevel ledger verify --misbehaviour FILE --key VKEY": ${file}`
    throw new TlogError('CONSISTENCY', words, { cause: error })
  }
}

/** The checkpoint that has the quorum: the newest, or the one that a server keeps beside it while it asks for more. */
async function readCosigned(place: LedgerPlace, note: string, policy: TrustPolicy, log: NoteVerifier) {
  try {
    return await openWitnessed(note, policy, log)
  } catch (error) {
    const kept = await readWitnessedNote(place)
    if (!(error instanceof TlogError) || error.code !== 'WITNESSES' || kept === null) throw error
    return openWitnessed(kept, policy, log)
  }
}

/** The newest note with the quorum that a server keeps in its ledger folder; null elsewhere. */
export async function readWitnessedNote(place: LedgerPlace): Promise<string | null> {
  if (place.remote) return null
  return readFile(join(place.location, WITNESSED_FILE), 'utf8').catch(() => null)
}

/** The tiles have been verified by now, so what they give for a smaller size is what the log had. */
async function reportWitnesses(
  place: LedgerPlace,
  newest: Checkpoint,
  cosigned: WitnessedCheckpoint,
  policy: TrustPolicy,
): Promise<WitnessReport> {
  const { size } = cosigned
  const grew = size <= newest.size
  if (!grew || !sameHash(cosigned.root, await new TileReader(place.source, newest.size).root(size)))
    throw new TlogError('CONSISTENCY', `the witnesses cosigned another history of ${size} entries`)
  const by = cosigned.cosignatures.map(({ witness, timestamp }) => ({
    name: policy.witnesses.find(({ key }) => key === witness)?.name ?? witness.name,
    at: new Date(timestamp * 1000).toISOString(),
  }))
  return { by, of: policy.witnesses.length, size }
}

function strangersIn(note: string, known: readonly NoteVerifier[]): string[] {
  const { signatures } = parseNote(note)
  return signatures
    .filter(({ name, id }) => !known.some((key) => key.name === name && key.id === id))
    .map(({ name }) => name)
}

/** The signed note of a place, as text. @throws {AppError} NOT_FOUND */
export async function readNote(place: LedgerPlace): Promise<string> {
  const note = await place.source.read('checkpoint')
  if (note === null) throw new AppError('NOT_FOUND', `there is no ledger at ${place.location}: it has no checkpoint`)
  return Buffer.from(note).toString('utf8')
}

/** Given, else the policy's, else pinned, else the one that the log shows of itself. */
async function chooseKey({ place, knownLogs, vkey: given, policy }: VerifyLedgerOptions, note: string, origin: string) {
  const pinned = knownLogs.byOrigin(origin)
  if (given !== undefined) {
    const key = parseGivenKey(given)
    if (pinned !== null && pinned.vkey !== key.vkey && !(await leadsTo(place, pinned.vkey, key.vkey)))
      throw new TlogError('SIGNATURE', `the key given is not the one pinned for ${origin} in ${knownLogs.path}`)
    return { key, keyFrom: 'given' as const }
  }
  if (policy !== undefined && policy.logs.length > 0) {
    const { log } = await readWitnessed(note, policy)
    if (pinned !== null && pinned.vkey !== log.vkey)
      throw new TlogError(
        'SIGNATURE',
        `the key of the trust policy is not the one pinned for ${origin} in ${knownLogs.path}`,
      )
    return { key: log, keyFrom: 'policy' as const }
  }
  const before = knownLogs.originAt(place.location)
  if (before !== null && before !== origin)
    throw new TlogError('SIGNATURE', `the log here used to be ${before}, now it calls itself ${origin}`)
  if (pinned !== null) return { key: parseVkey(pinned.vkey), keyFrom: 'pinned' as const }
  const shown = await place.source.read('vkey')
  if (shown === null)
    throw new AppError('REQUEST_INVALID', `no key of ${origin} is pinned, and the log shows none: give it with --key`)
  return { key: parseVkey(Buffer.from(shown).toString('utf8').trim()), keyFrom: 'first-use' as const }
}

/** The key that speaks for the log now: the trusted one, or the one to which its last word leads. */
async function presentKey(
  place: LedgerPlace,
  note: string,
  trusted: NoteVerifier,
): Promise<{ key: NoteVerifier; chain: readonly Succession[] }> {
  try {
    await openCheckpoint(note, trusted)
    return { key: trusted, chain: [] }
  } catch (error) {
    if (!(error instanceof TlogError) || error.code !== 'SIGNATURE') throw error
    const chain = await followKeys(trusted, (path) => place.source.read(path))
    const last = chain.at(-1)
    if (last === undefined) throw error
    return { key: last.to, chain }
  }
}

async function leadsTo(place: LedgerPlace, from: string, to: string): Promise<boolean> {
  const chain = await followKeys(parseVkey(from), (path) => place.source.read(path))
  return chain.some((succession) => succession.to.vkey === to)
}

/** Each key handed over this log, not another history. The tiles have been verified by now. */
async function checkChain(place: LedgerPlace, size: number, chain: readonly Succession[]): Promise<void> {
  const reader = new TileReader(place.source, size)
  for (const succession of chain) {
    if (succession.size <= size && sameHash(succession.root, await reader.root(succession.size))) continue
    throw new TlogError('CONSISTENCY', `an earlier key handed over another history of ${succession.size} entries`)
  }
}

/** @throws {AppError} REQUEST_INVALID */
export function parseGivenKey(vkey: string): NoteVerifier {
  try {
    return parseVkey(vkey)
  } catch (cause) {
    throw new AppError('REQUEST_INVALID', '--key is not a verifier key: <name>+<8 hex digits>+<base64>', { cause })
  }
}

async function knownHead(known: KnownLog): Promise<KnownHead> {
  const { size, root }: Checkpoint = await openCheckpoint(known.checkpoint, parseVkey(known.vkey))
  return { size, root }
}

async function remember(
  knownLogs: KnownLogs,
  place: LedgerPlace,
  key: NoteVerifier,
  note: string,
  clock: Clock,
  known: KnownLog | null,
): Promise<void> {
  const now = new Date(clock.now()).toISOString()
  const locations = [...new Set([...(known?.locations ?? []), place.location])].slice(-1000)
  await knownLogs.save(key.name, {
    vkey: key.vkey,
    pinnedAt: known?.pinnedAt ?? now,
    locations,
    checkpoint: note,
    verifiedAt: now,
  })
}

function exists(path: string): Promise<boolean> {
  return access(path).then(
    () => true,
    () => false,
  )
}
