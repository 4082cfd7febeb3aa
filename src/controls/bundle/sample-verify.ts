import { hash } from 'node:crypto'
import { belongsTo, commitmentTo, draw, frameDigest, frameText, SAMPLE_ORDERED, seedOf } from '../../audit/index.ts'
import { type LedgerEvent, openCheckpoint, verifyConsistency, verifyDisclosure } from '../../ledger/index.ts'
import { checkEntries, checkFiles, checkSeal, disclosureIn, failed, fileOf, held, parse } from './checks.ts'
import * as form from './schema.ts'
import type { BundleTrust } from './verify.ts'
import { readZip } from './zip.ts'

/** What a bundle of a sample shows, once all of it has been checked. */
export interface SampleReport {
  readonly organisation: string
  readonly madeAt: string
  readonly sample: string
  readonly origin: string
  readonly sealedAt: number
  /** The entry by which it was ordered. */
  readonly orderedAt: number
  readonly frame: number
  readonly drawn: number
  readonly proven: number
  readonly erased: number
  readonly withheld: number
  /** Whether a secret of the auditor's went into it: without one, who runs the log could have tried orders until one suited them. */
  readonly bound: boolean
  readonly findings: Readonly<Record<'ok' | 'exception' | 'not_testable', number>>
  readonly witnessed: boolean
}

/** Whether a file is of the form of samples; says nothing of whether it is sound. */
export function isSampleBundle(zip: Buffer): boolean {
  const manifest = readZip(zip).find(({ path }) => path === form.MANIFEST)
  return manifest !== undefined && Buffer.from(manifest.bytes).includes(`"format":"${form.SAMPLE_FORMAT}"`)
}

/**
 * Checks the bundle of a sample without any server, and draws it again: that the order stands on the log with frame, size and commitment; that the root
 * from which the seed follows is that of the tree that ends with the order, and no other; that exactly these entries follow; and that each belongs to
 * the population. Hostile input.
 *
 * @throws {AppError} VERIFICATION_FAILED saying what is wrong
 */
export async function verifySampleBundle(zip: Buffer, trust: BundleTrust): Promise<SampleReport> {
  const files = new Map(readZip(zip).map(({ path, bytes }) => [path, Buffer.from(bytes)]))
  const manifestBytes = fileOf(files, form.MANIFEST)
  return held(async () => {
    const seal = disclosureIn(files, form.SEAL)
    const log = await trust.key(seal.origin)
    await verifyDisclosure(seal, log)
    checkSeal(seal, manifestBytes, form.SAMPLE_MADE_EVENT)
    const manifest = parse(form.SampleManifest, manifestBytes, form.MANIFEST, form.SAMPLE_FORMAT)
    if (manifest.log.origin !== seal.origin) throw failed('the manifest names another log than the seal')
    checkFiles(files, manifest)
    const checkpoint = await openCheckpoint(fileOf(files, form.CHECKPOINT_FILE), log)
    const events = await checkEntries(files, manifest.entries, log, trust.policy)
    const sample = parse(form.BundledSample, fileOf(files, form.SAMPLE_FILE), form.SAMPLE_FILE, form.SAMPLE_FORMAT)
    const frame = frameIn(fileOf(files, form.FRAME_FILE))
    checkOrder(sample, frame, events.get(sample.drawn.order))
    const tree = parse(form.SampleTree, fileOf(files, form.TREE_FILE), form.TREE_FILE, form.SAMPLE_FORMAT)
    if (tree.size !== sample.drawn.order + 1 || tree.size !== sample.drawn.tree || tree.root !== sample.drawn.root)
      throw failed('the seed is not from the tree that ends with the order')
    const path = tree.consistency.map((one) => Buffer.from(one, 'hex'))
    verifyConsistency(tree.size, checkpoint.size, path, Buffer.from(tree.root, 'hex'), checkpoint.root)
    checkDraw(sample, frame)
    checkItems(sample, manifest, events)
    const told = (how: form.CitedEntry['told']) => manifest.entries.filter((one) => one.told === how).length
    const found = (verdict: string) => sample.findings.filter((one) => one.verdict === verdict).length
    return {
      ...{ organisation: manifest.organisation, madeAt: manifest.madeAt, sample: sample.id, origin: seal.origin },
      ...{ sealedAt: seal.position, orderedAt: sample.drawn.order, frame: frame.length, drawn: sample.entries.length },
      ...{
        proven: told('proof'),
        erased: told('erased'),
        withheld: told('withheld'),
        bound: sample.commitment !== null,
      },
      findings: { ok: found('ok'), exception: found('exception'), not_testable: found('not_testable') },
      witnessed: trust.policy !== undefined && trust.policy.quorum !== null,
    }
  })
}

/** Ascending, each once, and written in one way only. */
function frameIn(bytes: Buffer): number[] {
  const words = bytes.toString('utf8')
  const frame = words.split('\n').map(Number)
  const ascends = frame.every((one, i) => Number.isSafeInteger(one) && one > (frame[i - 1] ?? -1))
  if (!ascends || frameText(frame) !== words) throw failed(`${form.FRAME_FILE} is no list of positions`)
  return frame
}

function checkOrder(sample: form.BundledSample, frame: readonly number[], order: LedgerEvent | undefined): void {
  if (order === undefined) throw failed('the order of the sample is not proven')
  const { kind, subject, digests, data } = order
  if (kind !== SAMPLE_ORDERED || subject.id !== sample.id)
    throw failed('the order that is proven is that of something else')
  const { population, size, commitment } = sample
  const told = {
    kinds: population.kinds,
    outcomes: population.outcomes,
    from: population.from,
    until: population.until,
  }
  const stands = Object.entries({ ...told, size, commitment, entries: frame.length }).every(
    ([name, value]) => JSON.stringify(data[name]) === JSON.stringify(value),
  )
  if (!stands || digests.frame !== frameDigest(frame) || frame.some((one) => one >= sample.drawn.order))
    throw failed('what was ordered is not what the bundle says')
}

function checkDraw({ id, commitment, drawn, size, entries }: form.BundledSample, frame: readonly number[]): void {
  const { root, secret, seed } = drawn
  const keeps = commitment === null ? secret === null : secret !== null && commitmentTo(secret) === commitment
  if (!keeps) throw failed('the secret is not the one to which the order is bound')
  if (seedOf({ sample: id, root, secret }) !== seed) throw failed('the seed does not follow from root and secret')
  if (hash('sha256', draw(seed, frame, size).join()) !== hash('sha256', entries.join()))
    throw failed('other entries follow from the seed than the bundle has')
}

function checkItems(
  { entries, findings, population }: form.BundledSample,
  manifest: form.SampleManifest,
  events: ReadonlyMap<number, LedgerEvent>,
): void {
  const told = new Set(manifest.entries.map(({ entry }) => entry))
  for (const entry of entries) {
    if (!told.has(entry)) throw failed(`entry ${entry} was drawn, and the bundle says nothing of it`)
    const event = events.get(entry)
    if (event !== undefined && !belongsTo(population, event)) throw failed(`entry ${entry} is none of the population`)
  }
  const drawn = new Set(entries)
  const judged = findings.map(({ entry }) => entry)
  if (new Set(judged).size < judged.length || judged.some((entry) => !drawn.has(entry)))
    throw failed('something was found in an entry that was not drawn, or twice in one')
}
