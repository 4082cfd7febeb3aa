import { hash } from 'node:crypto'
import { type AuditSampleView, frameText } from '../../audit/index.ts'
import { type Clock, iso } from '../../base/clock.ts'
import { AppError } from '../../base/errors.ts'
import type { Ids } from '../../base/ids.ts'
import { VERSION } from '../../base/version.ts'
import {
  type Actor,
  canonicalJson,
  type Ledger,
  type LedgerEvent,
  parseCheckpoint,
  parseNote,
  TileReader,
} from '../../ledger/index.ts'
import { sampleReadme } from './readme.ts'
import * as form from './schema.ts'
import { sealOf } from './seal.ts'
import { jsonFile, tell, textFile } from './told.ts'
import { type BundleFile, writeZip } from './zip.ts'

export interface SampleBundleDeps {
  readonly samples: {
    view(id: string): Promise<AuditSampleView>
    frame(id: string): Promise<number[]>
  }
  readonly ledger: Pick<
    Ledger,
    'append' | 'entry' | 'find' | 'proof' | 'checkpoint' | 'refresh' | 'origin' | 'vkey' | 'tiles'
  >
  readonly witnessing: { served(): string } | null
  readonly organisation: () => string
  readonly clock: Clock
  readonly ids: Ids
}

/**
 * A sample in one file that a third party checks without us: that its order was recorded before anybody could know what it draws, that exactly these
 * entries follow from it, and what stands in each.
 *
 * @param withheld whether an event is told to nobody who asks here
 * @returns a zip
 * @throws {AppError} NOT_FOUND; CONFLICT while it is not drawn; LEDGER_UNAVAILABLE
 */
export async function makeSampleBundle(
  deps: SampleBundleDeps,
  id: string,
  by: Actor,
  withheld: (event: LedgerEvent) => boolean,
): Promise<Buffer> {
  const { clock, ledger, organisation, samples } = deps
  const sample = await samples.view(id)
  const { drawn } = sample
  if (drawn === null) throw new AppError('CONFLICT', 'it is not drawn yet: there is nothing to prove')
  const told = await tell(ledger, new Set([drawn.order, ...sample.entries]), withheld)
  const checkpoint = deps.witnessing?.served() ?? ledger.checkpoint()
  const { size } = parseCheckpoint(parseNote(checkpoint).text)
  const path = await new TileReader(ledger.tiles, size).consistencyProof(drawn.tree)
  const tree = { size: drawn.tree, root: drawn.root, consistency: path.map((one) => Buffer.from(one).toString('hex')) }
  const about = {
    ...({ format: form.SAMPLE_FORMAT, organisation: organisation(), product: `Safelevel ${VERSION}` } as const),
    ...{ madeAt: iso(clock.now()), sample: id, log: { origin: ledger.origin, size } },
    entries: told.map(({ cited }) => cited),
  }
  const files: BundleFile[] = [
    textFile('README.md', sampleReadme(about, sample)),
    jsonFile(form.SAMPLE_FILE, form.BundledSample.parse(sample)),
    textFile('items.csv', csvOf(sample, new Map(told.map(({ cited }) => [cited.entry, cited.event])))),
    textFile(form.FRAME_FILE, frameText(await samples.frame(id))),
    jsonFile(form.TREE_FILE, tree),
    textFile(form.CHECKPOINT_FILE, checkpoint),
    textFile(form.KEY_FILE, `${ledger.vkey}\n`),
    ...told.flatMap(({ file }) => file ?? []),
  ]
  const digests = Object.fromEntries(files.map(({ path: name, bytes }) => [name, hash('sha256', bytes)]))
  const manifest = textFile(form.MANIFEST, canonicalJson(form.SampleManifest.parse({ ...about, files: digests })))
  const sealed = await sealOf(deps, by, {
    kind: form.SAMPLE_MADE_EVENT,
    subject: { type: 'audit_sample', id },
    digests: { manifest: hash('sha256', manifest.bytes) },
    data: { entries: told.length },
  })
  return writeZip([...files, manifest, textFile(form.SEAL, sealed)])
}

/** As spreadsheets read it. Words that would be taken for a formula are put in quotes of their own. */
function csvOf({ entries, findings }: AuditSampleView, kinds: ReadonlyMap<number, string | null>): string {
  const found = new Map(findings.map((one) => [one.entry, one]))
  const rows = entries.map((entry) => {
    const one = found.get(entry)
    return [`${entry}`, kinds.get(entry) ?? '', one?.verdict ?? '', one?.words ?? '', one?.by ?? '', one?.at ?? '']
  })
  return [['entry', 'event', 'verdict', 'words', 'by', 'at'], ...rows]
    .map((row) => `${row.map(cell).join(',')}\r\n`)
    .join('')
}

function cell(text: string): string {
  const inert = /^[=+\-@\t\r]/.test(text) ? `'${text}` : text
  return /[",\r\n]/.test(inert) ? `"${inert.replaceAll('"', '""')}"` : inert
}
