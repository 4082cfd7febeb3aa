import { hash } from 'node:crypto'
import { AppError } from '../../base/errors.ts'
import {
  canonicalJson,
  checkDisclosure,
  type Disclosure,
  LedgerEvent,
  type NoteVerifier,
  openCheckpoint,
  openWitnessed,
  parseDisclosure,
  TlogError,
  type TrustPolicy,
  verifyDisclosure,
} from '../../ledger/index.ts'
import { STATES } from '../probe.ts'
import * as form from './schema.ts'
import { readZip } from './zip.ts'

/** What a bundle says, once all of it has been checked. */
export interface BundleReport {
  readonly organisation: string
  readonly madeAt: string
  readonly profile: string | null
  readonly counts: form.Manifest['counts']
  readonly origin: string
  /** The entry by which it was sealed. */
  readonly sealedAt: number
  readonly proven: number
  readonly erased: number
  readonly withheld: number
  /** Whether every proven entry is under a checkpoint that witnesses cosigned, as a trust policy asks. */
  readonly witnessed: boolean
}

/** By what a bundle is checked. */
export interface BundleTrust {
  /** The key of the log of this name, from a place that who made the bundle does not control. */
  key(origin: string): Promise<NoteVerifier>
  /** Whose cosignatures proven entries must have. */
  readonly policy?: TrustPolicy | undefined
}

/**
 * Checks a bundle without any server: that it was sealed on the ledger as it is, that no byte of it is another, and that every entry that it proves
 * is on the log. Hostile input.
 *
 * @throws {AppError} VERIFICATION_FAILED saying what is wrong
 */
export async function verifyBundle(zip: Buffer, trust: BundleTrust): Promise<BundleReport> {
  const files = new Map(readZip(zip).map(({ path, bytes }) => [path, Buffer.from(bytes)]))
  const manifestBytes = fileOf(files, form.MANIFEST)
  return held(async () => {
    const seal = disclosureIn(files, form.SEAL)
    const log = await trust.key(seal.origin)
    await verifyDisclosure(seal, log)
    checkSeal(seal, manifestBytes)
    const manifest = parse(form.Manifest, manifestBytes, form.MANIFEST)
    if (manifest.log.origin !== seal.origin) throw failed('the manifest names another log than the seal')
    checkFiles(files, manifest)
    await openCheckpoint(fileOf(files, form.CHECKPOINT_FILE), log)
    for (const { entry, event, told } of manifest.entries) {
      if (told !== 'proof') continue
      const proof = disclosureIn(files, proofPath(entry))
      await checkProof(proof, log, trust.policy)
      if (proof.position !== entry || proof.origin !== seal.origin || LedgerEvent.parse(proof.event).kind !== event)
        throw failed(`proofs/${entry}.json proves something else than the manifest says`)
    }
    checkStates(parse(form.BundledStates, fileOf(files, form.STATES_FILE), form.STATES_FILE).controls, manifest)
    const number = (told: form.CitedEntry['told']) => manifest.entries.filter((one) => one.told === told).length
    const { organisation, madeAt, profile, counts } = manifest
    return {
      ...{ organisation, madeAt, profile, counts, origin: seal.origin, sealedAt: seal.position },
      ...{ proven: number('proof'), erased: number('erased'), withheld: number('withheld') },
      witnessed: trust.policy !== undefined && trust.policy.quorum !== null,
    }
  })
}

/** The ledger knows the manifest by its digest; what it knows of a bundle is nothing else. */
function checkSeal({ event }: Disclosure, manifest: Buffer): void {
  const { kind, digests } = LedgerEvent.parse(event)
  if (kind !== form.MADE_EVENT) throw failed(`the seal is an entry of kind ${kind}, not that of a bundle`)
  if (digests.manifest !== hash('sha256', manifest)) throw failed('manifest.json is not the one that was sealed')
}

function checkFiles(files: ReadonlyMap<string, Buffer>, manifest: form.Manifest): void {
  for (const [path, bytes] of files) {
    if (path === form.MANIFEST || path === form.SEAL) continue
    if (!Object.hasOwn(manifest.files, path)) throw failed(`the manifest knows no file ${path}`)
    if (manifest.files[path] !== hash('sha256', bytes)) throw failed(`${path} is not the file that was sealed`)
  }
  const gone = Object.keys(manifest.files).find((path) => !files.has(path))
  if (gone !== undefined) throw failed(`${gone} is missing`)
}

async function checkProof(proof: Disclosure, log: NoteVerifier, policy: TrustPolicy | undefined): Promise<void> {
  if (policy === undefined) {
    await verifyDisclosure(proof, log)
    return
  }
  checkDisclosure(proof, await openWitnessed(proof.checkpoint, policy, log))
}

/** Sealed by who made it, yet not believed: what is counted must be there, and what is cited must be told of. */
function checkStates(controls: readonly form.BundledControl[], { counts, entries }: form.Manifest): void {
  for (const state of STATES) {
    const found = controls.filter((one) => one.state === state).length
    if (found !== counts[state]) throw failed(`the manifest counts ${counts[state]} controls as ${state}, not ${found}`)
  }
  const told = new Set(entries.map(({ entry }) => entry))
  for (const { id, evidence, entries: cited } of controls) {
    const rests = [...cited, ...evidence.flatMap((one) => (one.kind === 'entry' ? [one.entry] : []))]
    const silent = rests.find((entry) => !told.has(entry))
    if (silent !== undefined) throw failed(`${id} rests on entry ${silent}, of which the bundle says nothing`)
  }
}

function proofPath(entry: number): string {
  return `proofs/${entry}.json`
}

function fileOf(files: ReadonlyMap<string, Buffer>, path: string): Buffer {
  const bytes = files.get(path)
  if (bytes === undefined) throw failed(`${path} is missing`)
  return bytes
}

/** In the one form that it has: what else reads as the same proof is not the one that was made. */
function disclosureIn(files: ReadonlyMap<string, Buffer>, path: string): Disclosure {
  const words = fileOf(files, path).toString('utf8')
  const proof = parseDisclosure(words)
  if (canonicalJson(proof) !== words) throw failed(`${path} is not canonical JSON`)
  return proof
}

function parse<T>(
  schema: { safeParse(value: unknown): { success: true; data: T } | { success: false } },
  bytes: Buffer,
  path: string,
): T {
  let value: unknown
  try {
    value = JSON.parse(bytes.toString('utf8'))
  } catch (cause) {
    throw new AppError('VERIFICATION_FAILED', `${path} is not JSON`, { cause })
  }
  const parsed = schema.safeParse(value)
  if (!parsed.success) throw failed(`${path} is not of the form ${form.BUNDLE_FORMAT}`)
  return parsed.data
}

/** What the log's own library finds wrong is wrong with the bundle. */
async function held<T>(check: () => Promise<T>): Promise<T> {
  try {
    return await check()
  } catch (cause) {
    if (cause instanceof AppError) throw cause
    const why = cause instanceof TlogError ? cause.message : 'an event in it is none'
    throw new AppError('VERIFICATION_FAILED', why, { cause })
  }
}

function failed(why: string): AppError {
  return new AppError('VERIFICATION_FAILED', why)
}
