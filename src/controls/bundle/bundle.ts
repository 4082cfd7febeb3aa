import { hash } from 'node:crypto'
import { setTimeout as wait } from 'node:timers/promises'
import { type Clock, iso } from '../../base/clock.ts'
import { AppError } from '../../base/errors.ts'
import type { Ids } from '../../base/ids.ts'
import { VERSION } from '../../base/version.ts'
import { record, toEvent } from '../../journal/index.ts'
import {
  type Actor,
  canonicalJson,
  type Ledger,
  type LedgerEvent,
  parseCheckpoint,
  parseNote,
} from '../../ledger/index.ts'
import type { Catalogue, Control } from '../catalogue/index.ts'
import { STATES } from '../probe.ts'
import type { Entries } from '../probes/world.ts'
import type { ControlBoard, ControlView } from '../standing/schema.ts'
import { readmeOf } from './readme.ts'
import * as form from './schema.ts'
import { type BundleFile, writeZip } from './zip.ts'

/** What is said of controls, by whoever looks at them. */
export interface ControlsSeen {
  /** How all stand. */
  board(): Promise<Pick<ControlBoard, 'profile' | 'overlays' | 'lookedAt'>>
  /** All there is to one. @throws {AppError} NOT_FOUND */
  view(id: string): Promise<ControlView>
}

export interface BundleDeps {
  readonly controls: ControlsSeen
  readonly catalogue: Catalogue
  readonly entries: Pick<Entries, 'last'>
  readonly ledger: Pick<Ledger, 'append' | 'entry' | 'find' | 'proof' | 'checkpoint' | 'refresh' | 'origin' | 'vkey'>
  /** The newest checkpoint with cosignatures of witnesses; null: nobody is asked for any. */
  readonly witnessing: { served(): string } | null
  readonly organisation: () => string
  readonly clock: Clock
  readonly ids: Ids
}

/** Changes of each control that are told: the newest. */
const MOST_CHANGES = 5
const MOST_ATTESTATIONS = 5
const PLACE_TRIES = 50
const PLACE_WAIT_MS = 100

/**
 * Evidence of controls in one file that a third party checks without us: how each stands, what that rests on, and every cited entry of the ledger
 * with its proof. That it was made, and of what, stands on the ledger first.
 *
 * @param withheld whether an event is told to nobody who asks here
 * @returns a zip
 * @throws {AppError} NOT_FOUND for a profile or control that there is not; LEDGER_UNAVAILABLE
 */
export async function makeBundle(
  deps: BundleDeps,
  request: form.BundleRequest,
  by: Actor,
  withheld: (event: LedgerEvent) => boolean,
): Promise<Buffer> {
  const { catalogue, clock, ledger, organisation, controls } = deps
  const { lookedAt, ...inForce } = await controls.board()
  const { profile, chosen } = choose(catalogue, request, inForce)
  const bundled: form.BundledControl[] = []
  for (const { id } of chosen) bundled.push(await bundledOf(deps, await controls.view(id)))
  const told = await tell(deps, new Set(bundled.flatMap(({ entries }) => entries)), withheld)
  const checkpoint = deps.witnessing?.served() ?? ledger.checkpoint()
  const about = {
    ...({ format: form.BUNDLE_FORMAT, organisation: organisation(), product: `Safelevel ${VERSION}` } as const),
    ...{ madeAt: iso(clock.now()), lookedAt, profile, catalogue: catalogue.digest, counts: countsOf(bundled) },
    log: { origin: ledger.origin, size: parseCheckpoint(parseNote(checkpoint).text).size },
    entries: told.map(({ cited }) => cited),
  }
  const files: BundleFile[] = [
    text('README.md', readmeOf(about)),
    json('catalogue.json', { digest: catalogue.digest, profile, controls: chosen }),
    json(form.STATES_FILE, { controls: bundled }),
    text(form.CHECKPOINT_FILE, checkpoint),
    text(form.KEY_FILE, `${ledger.vkey}\n`),
    ...told.flatMap(({ file }) => file ?? []),
  ]
  const digests = Object.fromEntries(files.map(({ path, bytes }) => [path, hash('sha256', bytes)]))
  const manifest = text(form.MANIFEST, canonicalJson(form.Manifest.parse({ ...about, files: digests })))
  const seal = text(form.SEAL, await sealOf(deps, by, manifest, about))
  return writeZip([...files, manifest, seal])
}

function choose(
  catalogue: Catalogue,
  { profile, controls }: form.BundleRequest,
  inForce: Pick<ControlBoard, 'profile' | 'overlays'>,
): { profile: string | null; chosen: readonly Control[] } {
  if (controls !== undefined)
    return { profile: null, chosen: [...new Set(controls)].map((id) => catalogue.control(id)) }
  if (profile !== undefined) return { profile, chosen: catalogue.in(profile) }
  const name = [inForce.profile, ...inForce.overlays].join(' + ')
  return { profile: name, chosen: catalogue.in(inForce.profile, ...inForce.overlays) }
}

/** People's own words stay out: they may name somebody. */
async function bundledOf(deps: BundleDeps, view: ControlView): Promise<form.BundledControl> {
  const { id, family, title, mode, owner, state, says, since, evidence } = view
  const history = view.history.slice(0, MOST_CHANGES)
  const attestations = view.attestations.slice(0, MOST_ATTESTATIONS)
  const entries = new Set(evidence.flatMap((one) => (one.kind === 'entry' ? [one.entry] : [])))
  for (const kind of ['control.attested', 'control.excepted']) {
    const note = await deps.entries.last(kind, id)
    if (note !== null) entries.add(note.entry)
  }
  for (const change of history) {
    const entry = await deps.ledger.find(change.id)
    if (entry !== null) entries.add(entry.position)
  }
  return {
    ...{ id, family, title, mode, owner, state, says, since, evidence },
    attestations: attestations.map(({ id: which, holds, at, until, digest }) => ({
      id: which,
      holds,
      at,
      until,
      digest,
    })),
    exceptions: view.exceptions.map(({ id: approval, at, until }) => ({ approval, at, until })),
    history: history.map(({ id: event, from, to, at, says: words }) => ({ event, from, to, at, says: words })),
    entries: [...entries].sort((a, b) => a - b),
  }
}

interface ToldEntry {
  readonly cited: form.CitedEntry
  readonly file?: BundleFile
}

async function tell(
  { ledger }: BundleDeps,
  entries: ReadonlySet<number>,
  withheld: (event: LedgerEvent) => boolean,
): Promise<ToldEntry[]> {
  const all: ToldEntry[] = []
  for (const entry of [...entries].sort((a, b) => a - b)) {
    const { event } = await ledger.entry(entry)
    if (event === null) all.push({ cited: { entry, event: null, told: 'erased' } })
    else if (withheld(event)) all.push({ cited: { entry, event: null, told: 'withheld' } })
    else {
      const proof = await ledger.proof(entry).catch(erasedMeanwhile)
      const told = proof === null ? ('erased' as const) : ('proof' as const)
      const cited = { entry, event: proof === null ? null : event.kind, told }
      // Canonical, so that the event lies in the file exactly as it was hashed.
      all.push(proof === null ? { cited } : { cited, file: text(`proofs/${entry}.json`, canonicalJson(proof)) })
    }
  }
  return all
}

function erasedMeanwhile(error: unknown): null {
  if (error instanceof AppError && error.code === 'LEDGER_ENTRY_NOT_FOUND') return null
  throw error
}

/** Records that it was made, then proves that. The log's signature alone: it is checked whole, and no byte of it may be another. */
async function sealOf(
  { ledger, ...context }: BundleDeps,
  by: Actor,
  manifest: BundleFile,
  { profile, counts, entries }: Pick<form.Manifest, 'profile' | 'counts' | 'entries'>,
): Promise<string> {
  const event = toEvent(context, by, {
    kind: form.MADE_EVENT,
    subject: { type: 'evidence_bundle', id: context.ids.next('evb') },
    digests: { manifest: hash('sha256', manifest.bytes) },
    data: { profile, counts: { ...counts }, entries: entries.length },
  })
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

function countsOf(controls: readonly form.BundledControl[]): form.Manifest['counts'] {
  const [holds, fails, stale, unknown] = STATES.map((state) => controls.filter((one) => one.state === state).length)
  return { holds: holds ?? 0, fails: fails ?? 0, stale: stale ?? 0, unknown: unknown ?? 0 }
}

function text(path: string, words: string): BundleFile {
  return { path, bytes: Buffer.from(words) }
}

function json(path: string, value: object): BundleFile {
  return text(path, `${JSON.stringify(value, null, 2)}\n`)
}
