import { type NoteVerifier, openCheckpoint, type TrustPolicy, verifyDisclosure } from '../../ledger/index.ts'
import { STATES } from '../probe.ts'
import { checkEntries, checkFiles, checkSeal, disclosureIn, failed, fileOf, held, parse } from './checks.ts'
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
    checkSeal(seal, manifestBytes, form.MADE_EVENT)
    const manifest = parse(form.Manifest, manifestBytes, form.MANIFEST, form.BUNDLE_FORMAT)
    if (manifest.log.origin !== seal.origin) throw failed('the manifest names another log than the seal')
    checkFiles(files, manifest)
    await openCheckpoint(fileOf(files, form.CHECKPOINT_FILE), log)
    await checkEntries(files, manifest.entries, log, trust.policy)
    checkStates(
      parse(form.BundledStates, fileOf(files, form.STATES_FILE), form.STATES_FILE, form.BUNDLE_FORMAT).controls,
      manifest,
    )
    const number = (told: form.CitedEntry['told']) => manifest.entries.filter((one) => one.told === told).length
    const { organisation, madeAt, profile, counts } = manifest
    return {
      ...{ organisation, madeAt, profile, counts, origin: seal.origin, sealedAt: seal.position },
      ...{ proven: number('proof'), erased: number('erased'), withheld: number('withheld') },
      witnessed: trust.policy !== undefined && trust.policy.quorum !== null,
    }
  })
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
