import { access } from 'node:fs/promises'
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
  type KnownHead,
  type LogSource,
  type NoteVerifier,
  openCheckpoint,
  parseCheckpoint,
  parseNote,
  parseVkey,
  TlogError,
} from './tlog/index.ts'
import { urlSource } from './url-source.ts'

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
  readonly onProgress?: (entries: number, of: number) => void
}

export interface VerifyLedgerReport extends AuditReport {
  readonly origin: string
  readonly size: number
  /** base64 */
  readonly root: string
  readonly vkey: string
  /** `first-use`: nothing vouched for the key but the log itself; it is pinned from now on. */
  readonly keyFrom: 'given' | 'pinned' | 'first-use'
  /** The head verified before, of which this log is a continuation. */
  readonly previous: { readonly size: number; readonly verifiedAt: string } | null
  readonly witnessed: boolean
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
 * @throws {AppError} VERIFICATION_FAILED with what is wrong; REQUEST_INVALID when there is no key to verify with.
 */
export async function verifyLedger(options: VerifyLedgerOptions): Promise<VerifyLedgerReport> {
  try {
    return await verify(options)
  } catch (error) {
    if (error instanceof TlogError) throw new AppError('VERIFICATION_FAILED', error.message, { cause: error })
    throw error
  }
}

async function verify({ place, knownLogs, clock, vkey, onProgress }: VerifyLedgerOptions): Promise<VerifyLedgerReport> {
  const note = await readNote(place)
  const { origin } = parseCheckpoint(parseNote(note).text)
  const known = knownLogs.byOrigin(origin)
  const { key, keyFrom } = await chooseKey(place, knownLogs, origin, vkey)
  const checkpoint = await openCheckpoint(note, key)
  const head = known && (await knownHead(known, key))
  const { bodies } = await auditLedger({
    source: place.source,
    checkpoint,
    segments: place.segments,
    known: head ?? undefined,
    prefetch: place.remote ? 16 : 4,
    onProgress: (entries) => onProgress?.(entries, checkpoint.size),
  })
  await remember(knownLogs, place, key, note, clock, known)
  return {
    origin,
    size: checkpoint.size,
    root: Buffer.from(checkpoint.root).toString('base64'),
    vkey: key.vkey,
    keyFrom,
    previous: known && head && { size: head.size, verifiedAt: known.verifiedAt },
    witnessed: false,
    bodies,
  }
}

/** The signed note of a place, as text. @throws {AppError} NOT_FOUND */
export async function readNote(place: LedgerPlace): Promise<string> {
  const note = await place.source.read('checkpoint')
  if (note === null) throw new AppError('NOT_FOUND', `there is no ledger at ${place.location}: it has no checkpoint`)
  return Buffer.from(note).toString('utf8')
}

/** Given, else pinned, else the one that the log shows of itself. */
async function chooseKey(place: LedgerPlace, knownLogs: KnownLogs, origin: string, given: string | undefined) {
  const pinned = knownLogs.byOrigin(origin)
  if (given !== undefined) {
    const key = parseGivenKey(given)
    if (pinned !== null && pinned.vkey !== key.vkey)
      throw new TlogError('SIGNATURE', `the key given is not the one pinned for ${origin} in ${knownLogs.path}`)
    return { key, keyFrom: 'given' as const }
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

/** @throws {AppError} REQUEST_INVALID */
export function parseGivenKey(vkey: string): NoteVerifier {
  try {
    return parseVkey(vkey)
  } catch (cause) {
    throw new AppError('REQUEST_INVALID', '--key is not a verifier key: <name>+<8 hex digits>+<base64>', { cause })
  }
}

async function knownHead(known: KnownLog, key: NoteVerifier): Promise<KnownHead> {
  const { size, root }: Checkpoint = await openCheckpoint(known.checkpoint, key)
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
