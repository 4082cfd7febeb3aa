import { hash } from 'node:crypto'
import { AppError } from '../../base/errors.ts'
import {
  canonicalJson,
  checkDisclosure,
  type Disclosure,
  LedgerEvent,
  type NoteVerifier,
  openWitnessed,
  parseDisclosure,
  TlogError,
  type TrustPolicy,
  verifyDisclosure,
} from '../../ledger/index.ts'
import { type CitedEntry, MANIFEST, SEAL } from './schema.ts'

/** The ledger knows the manifest by its digest; what it knows of a bundle is nothing else. @param made the kind of event that seals it */
export function checkSeal({ event }: Disclosure, manifest: Buffer, made: string): void {
  const { kind, digests } = LedgerEvent.parse(event)
  if (kind !== made) throw failed(`the seal is an entry of kind ${kind}, not that of a bundle`)
  if (digests.manifest !== hash('sha256', manifest)) throw failed('manifest.json is not the one that was sealed')
}

export function checkFiles(
  files: ReadonlyMap<string, Buffer>,
  manifest: { readonly files: Readonly<Record<string, string>> },
): void {
  for (const [path, bytes] of files) {
    if (path === MANIFEST || path === SEAL) continue
    if (!Object.hasOwn(manifest.files, path)) throw failed(`the manifest knows no file ${path}`)
    if (manifest.files[path] !== hash('sha256', bytes)) throw failed(`${path} is not the file that was sealed`)
  }
  const gone = Object.keys(manifest.files).find((path) => !files.has(path))
  if (gone !== undefined) throw failed(`${gone} is missing`)
}

/** Each entry that the bundle says to prove is proven by its file. @returns what stands in them, by position */
export async function checkEntries(
  files: ReadonlyMap<string, Buffer>,
  entries: readonly CitedEntry[],
  log: NoteVerifier,
  policy: TrustPolicy | undefined,
): Promise<Map<number, LedgerEvent>> {
  const events = new Map<number, LedgerEvent>()
  for (const { entry, event: kind, told } of entries) {
    if (told !== 'proof') continue
    const path = `proofs/${entry}.json`
    const proof = disclosureIn(files, path)
    await checkProof(proof, log, policy)
    const event = LedgerEvent.parse(proof.event)
    if (proof.position !== entry || proof.origin !== log.name || event.kind !== kind)
      throw failed(`${path} proves something else than the manifest says`)
    events.set(entry, event)
  }
  return events
}

async function checkProof(proof: Disclosure, log: NoteVerifier, policy: TrustPolicy | undefined): Promise<void> {
  if (policy === undefined) {
    await verifyDisclosure(proof, log)
    return
  }
  checkDisclosure(proof, await openWitnessed(proof.checkpoint, policy, log))
}

export function fileOf(files: ReadonlyMap<string, Buffer>, path: string): Buffer {
  const bytes = files.get(path)
  if (bytes === undefined) throw failed(`${path} is missing`)
  return bytes
}

/** In the one form that it has: what else reads as the same proof is not the one that was made. */
export function disclosureIn(files: ReadonlyMap<string, Buffer>, path: string): Disclosure {
  const words = fileOf(files, path).toString('utf8')
  const proof = parseDisclosure(words)
  if (canonicalJson(proof) !== words) throw failed(`${path} is not canonical JSON`)
  return proof
}

export function parse<T>(
  schema: { safeParse(value: unknown): { success: true; data: T } | { success: false } },
  bytes: Buffer,
  path: string,
  format: string,
): T {
  let value: unknown
  try {
    value = JSON.parse(bytes.toString('utf8'))
  } catch (cause) {
    throw new AppError('VERIFICATION_FAILED', `${path} is not JSON`, { cause })
  }
  const parsed = schema.safeParse(value)
  if (!parsed.success) throw failed(`${path} is not of the form ${format}`)
  return parsed.data
}

/** What the log's own library finds wrong is wrong with the bundle. */
export async function held<T>(check: () => Promise<T>): Promise<T> {
  try {
    return await check()
  } catch (cause) {
    if (cause instanceof AppError) throw cause
    const why = cause instanceof TlogError ? cause.message : 'an event in it is none'
    throw new AppError('VERIFICATION_FAILED', why, { cause })
  }
}

export function failed(why: string): AppError {
  return new AppError('VERIFICATION_FAILED', why)
}
