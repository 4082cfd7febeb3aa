import { hash } from 'node:crypto'
import { type Clock, iso } from '../../base/clock.ts'
import type { Ids } from '../../base/ids.ts'
import { VERSION } from '../../base/version.ts'
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
import type { ControlsConfig } from '../standing/context.ts'
import type { ControlView, ControlViews } from '../standing/schema.ts'
import { readmeOf } from './readme.ts'
import * as form from './schema.ts'
import { sealOf } from './seal.ts'
import { jsonFile, tell, textFile } from './told.ts'
import { type BundleFile, writeZip } from './zip.ts'

/** What is said of controls, by whoever looks at them. */
export interface ControlsSeen {
  /** What the organisation answers for. */
  readonly config: ControlsConfig
  /** All there is to several, as they stood at one instant. @throws {AppError} NOT_FOUND */
  views(ids: readonly string[]): Promise<ControlViews>
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
  const { profile, chosen } = choose(catalogue, request, controls.config)
  const { lookedAt, controls: views } = await controls.views(chosen.map(({ id }) => id))
  const bundled: form.BundledControl[] = []
  for (const view of views) bundled.push(await bundledOf(deps, view))
  const told = await tell(ledger, new Set(bundled.flatMap(({ entries }) => entries)), withheld)
  const checkpoint = deps.witnessing?.served() ?? ledger.checkpoint()
  const about = {
    ...({ format: form.BUNDLE_FORMAT, organisation: organisation(), product: `Safelevel ${VERSION}` } as const),
    ...{ madeAt: iso(clock.now()), lookedAt, profile, catalogue: catalogue.digest, counts: countsOf(bundled) },
    log: { origin: ledger.origin, size: parseCheckpoint(parseNote(checkpoint).text).size },
    entries: told.map(({ cited }) => cited),
  }
  const files: BundleFile[] = [
    textFile('README.md', readmeOf(about)),
    jsonFile('catalogue.json', { digest: catalogue.digest, profile, controls: chosen }),
    jsonFile(form.STATES_FILE, { controls: bundled }),
    textFile(form.CHECKPOINT_FILE, checkpoint),
    textFile(form.KEY_FILE, `${ledger.vkey}\n`),
    ...told.flatMap(({ file }) => file ?? []),
  ]
  const digests = Object.fromEntries(files.map(({ path, bytes }) => [path, hash('sha256', bytes)]))
  const manifest = textFile(form.MANIFEST, canonicalJson(form.Manifest.parse({ ...about, files: digests })))
  const sealed = await sealOf(deps, by, {
    kind: form.MADE_EVENT,
    subject: { type: 'evidence_bundle', id: deps.ids.next('evb') },
    digests: { manifest: hash('sha256', manifest.bytes) },
    data: { profile, counts: { ...about.counts }, entries: told.length },
  })
  const seal = textFile(form.SEAL, sealed)
  return writeZip([...files, manifest, seal])
}

function choose(
  catalogue: Catalogue,
  { profile, controls }: form.BundleRequest,
  inForce: ControlsSeen['config'],
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

function countsOf(controls: readonly form.BundledControl[]): form.Manifest['counts'] {
  const [holds, fails, stale, unknown] = STATES.map((state) => controls.filter((one) => one.state === state).length)
  return { holds: holds ?? 0, fails: fails ?? 0, stale: stale ?? 0, unknown: unknown ?? 0 }
}
