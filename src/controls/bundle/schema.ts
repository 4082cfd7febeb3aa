import { z } from 'zod'
import { AuditFinding, AuditSample, AuditSampleRow } from '../../audit/index.ts'
import { ControlId, FAMILIES, MODES } from '../catalogue/index.ts'
import { STATES } from '../probe.ts'

export const BUNDLE_FORMAT = 'safelevel-evidence/v1'
export const MANIFEST = 'manifest.json'
export const SEAL = 'seal.json'
export const STATES_FILE = 'states.json'
export const CHECKPOINT_FILE = 'ledger/checkpoint'
export const KEY_FILE = 'ledger/key'
/** The event by which a bundle was sealed. */
export const MADE_EVENT = 'controls.bundle_made'

const When = z.iso.datetime()
const Sha256 = z.hash('sha256')
const Position = z.int().nonnegative()
const Words = z.string().max(10_000)

/** Which controls: those of the profile in force, of another one, or named one by one. */
export const BundleRequest = z
  .strictObject({
    profile: z.string().min(1).max(40).optional(),
    controls: z.array(ControlId).min(1).max(200).optional(),
  })
  .refine(({ profile, controls }) => profile === undefined || controls === undefined, 'a profile, or controls by name')
  .meta({ id: 'EvidenceBundleRequest' })
export type BundleRequest = z.infer<typeof BundleRequest>

/** `proof`: the bundle proves it. `erased`: its body is gone, and only its place on the ledger is left. `withheld`: it is told to nobody outside a case. */
export const Told = z.enum(['proof', 'erased', 'withheld'])

/** An entry of the ledger that something in the bundle rests on. */
export const CitedEntry = z.object({
  entry: Position,
  event: z.string().nullable().meta({ description: 'null where it is not told' }),
  told: Told,
})
export type CitedEntry = z.infer<typeof CitedEntry>

export const Manifest = z.strictObject({
  format: z.literal(BUNDLE_FORMAT),
  organisation: Words,
  product: Words,
  madeAt: When,
  lookedAt: When.nullable().meta({ description: 'when the controls were last looked at' }),
  profile: z.string().nullable().meta({ description: 'null where controls were named one by one' }),
  catalogue: Sha256.meta({ description: 'digest of the whole catalogue' }),
  counts: z.record(z.enum(STATES), z.int().nonnegative()),
  log: z.object({ origin: z.string(), size: Position }),
  entries: z.array(CitedEntry).max(20_000),
  files: z.record(z.string(), Sha256).meta({ description: 'SHA-256 of every file but the manifest and its seal' }),
})
export type Manifest = z.infer<typeof Manifest>

const Evidence = z.discriminatedUnion('kind', [
  z.object({ kind: z.literal('entry'), entry: Position, event: z.string(), at: When }),
  z.object({ kind: z.literal('record'), type: z.string(), id: z.string() }),
  z.object({ kind: z.literal('seen'), says: Words }),
])

/** A control as the bundle has it: what was found, and what people did, without the words in which they did it. */
export const BundledControl = z.object({
  id: ControlId,
  family: z.enum(FAMILIES),
  title: Words,
  mode: z.enum(MODES),
  owner: z.string(),
  state: z.enum(STATES),
  says: Words,
  since: When.nullable(),
  evidence: z.array(Evidence),
  attestations: z.array(
    z.object({
      id: z.string(),
      holds: z.boolean(),
      at: When,
      until: When,
      digest: Sha256.meta({ description: 'of who said what: held against their words, which are handed over apart' }),
    }),
  ),
  exceptions: z.array(z.object({ approval: z.string(), at: When, until: When })),
  history: z.array(
    z.object({ event: z.string(), from: z.enum(STATES).nullable(), to: z.enum(STATES), at: When, says: Words }),
  ),
  entries: z.array(Position).meta({ description: 'every entry of the ledger that any of this rests on' }),
})
export type BundledControl = z.infer<typeof BundledControl>

export const BundledStates = z.object({ controls: z.array(BundledControl).max(1_000) })

export const SAMPLE_FORMAT = 'safelevel-audit-sample/v1'
export const SAMPLE_FILE = 'sample.json'
export const FRAME_FILE = 'frame.txt'
export const TREE_FILE = 'ledger/tree.json'
/** The event by which the bundle of a sample was sealed. */
export const SAMPLE_MADE_EVENT = 'audit.sample_bundled'

/** The sample as the auditor has it, with what they found: their own working paper, so their words are in it. */
export const BundledSample = AuditSample.extend({
  drawn: AuditSampleRow.shape.drawn.unwrap(),
  findings: z.array(AuditFinding).max(1_000),
})
export type BundledSample = z.infer<typeof BundledSample>

/** The tree from which the seed follows, and the path from it to the checkpoint (RFC 6962, 2.1.2). */
export const SampleTree = z.strictObject({
  size: z.int().positive(),
  root: Sha256,
  consistency: z.array(Sha256).max(100),
})

export const SampleManifest = z.strictObject({
  format: z.literal(SAMPLE_FORMAT),
  organisation: Words,
  product: Words,
  madeAt: When,
  sample: z.string(),
  log: z.object({ origin: z.string(), size: Position }),
  entries: z.array(CitedEntry).max(2_000),
  files: z.record(z.string(), Sha256),
})
export type SampleManifest = z.infer<typeof SampleManifest>
