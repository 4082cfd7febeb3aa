import { z } from 'zod'
import { Control, ControlId, FAMILIES, MODES } from '../catalogue/index.ts'
import { STATES } from '../probe.ts'

const When = z.iso.datetime({ offset: false, error: 'a time in UTC: 2026-03-31T00:00:00Z' })
const Words = (most: number) => z.string().trim().min(1).max(most)
const Sha256 = z.string().regex(/^[0-9a-f]{64}$/, 'SHA-256, 64 hexadecimal digits')

/** How many days an exception may last. */
export const MOST_EXCEPTION_DAYS = 180

export const ControlState = z.enum(STATES).meta({ id: 'ControlState' })

export const ControlEvidence = z
  .discriminatedUnion('kind', [
    z.object({
      kind: z.literal('entry'),
      entry: z.int().nonnegative().meta({ description: 'position on the ledger' }),
      event: z.string(),
      at: When,
    }),
    z.object({ kind: z.literal('record'), type: z.string(), id: z.string() }),
    z.object({ kind: z.literal('seen'), says: z.string() }),
  ])
  .meta({ id: 'ControlEvidence' })

/** What was found at one look. */
export const ControlFinding = z
  .object({
    state: ControlState,
    says: z.string().meta({ description: 'what was seen, or what is wrong' }),
    evidence: z.array(ControlEvidence),
    next: z.string().nullable().meta({ description: 'what mends it: a command, or a page of the console' }),
  })
  .meta({ id: 'ControlFinding' })
export type ControlFinding = z.infer<typeof ControlFinding>

const Reference = z
  .strictObject({
    what: Words(300).meta({ description: 'a document, a meeting, a test: where it can be found' }),
    entry: z.int().nonnegative().nullable().default(null).meta({ description: 'position on the ledger' }),
    digest: Sha256.nullable().default(null).meta({ description: 'of the document' }),
  })
  .meta({ id: 'AttestationReference' })

export const NewAttestation = z
  .strictObject({
    holds: z
      .boolean()
      .meta({ description: 'false: it does not hold, and shows as failing until somebody says otherwise' }),
    statement: Words(4_000).meta({ description: 'what was done or seen; names no customer' }),
    references: z.array(Reference).max(20).default([]),
    days: z
      .int()
      .min(1)
      .max(400)
      .optional()
      .meta({ description: 'that it counts; at most, and by default, what the control allows' }),
  })
  .meta({ id: 'NewAttestation' })
export type NewAttestation = z.input<typeof NewAttestation>

/** What somebody who answers for a control has said of it, under their own name. */
export const ControlAttestation = z
  .object({
    id: z.string(),
    control: ControlId,
    holds: z.boolean(),
    statement: z.string(),
    references: z.array(Reference),
    by: z.string().meta({ description: 'a person of the staff' }),
    at: When,
    until: When.meta({ description: 'it counts before this' }),
    digest: Sha256.meta({ description: 'of all of this but `id` and `digest`, as RFC 8785 JSON: the ledger has it' }),
  })
  .meta({ id: 'ControlAttestation' })
export type ControlAttestation = z.infer<typeof ControlAttestation>

export const NewControlException = z
  .strictObject({
    control: ControlId,
    days: z.int().min(1).max(MOST_EXCEPTION_DAYS),
    reason: Words(2_000),
    mitigation: Words(2_000).meta({ description: 'what is done meanwhile, and who looks' }),
  })
  .meta({ id: 'NewControlException' })
export type NewControlException = z.infer<typeof NewControlException>

/** Two people accept for a time that a control does not hold. It changes nothing about its state. */
export const ControlException = z
  .object({
    id: z.string().meta({ description: 'of the approval' }),
    control: ControlId,
    reason: z.string(),
    mitigation: z.string(),
    people: z.array(z.string()).meta({ description: 'who asked and who agreed' }),
    at: When,
    until: When,
  })
  .meta({ id: 'ControlException' })
export type ControlException = z.infer<typeof ControlException>

/** A change of state, as it is on record. */
export const ControlChange = z
  .object({
    id: z.string().meta({ description: 'of its event on the ledger' }),
    control: ControlId,
    from: ControlState.nullable().meta({ description: 'null: nobody had looked before' }),
    to: ControlState,
    at: When,
    says: z.string(),
    evidence: z.array(ControlEvidence),
    digest: Sha256.meta({ description: 'of words and evidence, as RFC 8785 JSON: the ledger has it' }),
  })
  .meta({ id: 'ControlChange' })
export type ControlChange = z.infer<typeof ControlChange>

/** A control as it stands now. */
export const ControlRow = z
  .object({
    id: ControlId,
    family: z.enum(FAMILIES),
    title: z.string(),
    mode: z.enum(MODES),
    owner: z.string(),
    ...ControlFinding.shape,
    since: When.nullable().meta({
      description: 'when it came to stand so, as on record; null while that is not on record',
    }),
    attestation: z.object({ id: z.string(), holds: z.boolean(), at: When, until: When }).nullable(),
    exception: z
      .object({ id: z.string(), until: When })
      .nullable()
      .meta({ description: 'of those that two people agreed to, the one in force' }),
    inProfile: z.boolean().meta({ description: 'false: the profile in force does not ask for it' }),
  })
  .meta({ id: 'ControlRow' })
export type ControlRow = z.infer<typeof ControlRow>

export const ControlCounts = z
  .object({
    holds: z.int(),
    stale: z.int(),
    fails: z.int(),
    unknown: z.int(),
    total: z.int(),
    excepted: z.int().meta({ description: 'of those that do not hold, under an exception' }),
  })
  .meta({ id: 'ControlCounts' })
export type ControlCounts = z.infer<typeof ControlCounts>

/** Every commitment at a glance. */
export const ControlBoard = z
  .object({
    profile: z.string(),
    overlays: z.array(z.string()),
    lookedAt: When.nullable().meta({ description: 'the last look; null while there was none' }),
    problem: z.string().nullable().meta({ description: 'why what is shown may not be how it is' }),
    counts: ControlCounts.meta({ description: 'of the profile in force' }),
    families: z.array(z.object({ family: z.enum(FAMILIES), title: z.string(), counts: ControlCounts })),
    controls: z.array(ControlRow),
  })
  .meta({ id: 'ControlBoard' })
export type ControlBoard = z.infer<typeof ControlBoard>

/** All there is to one control. */
export const ControlView = ControlRow.extend({
  statement: z.string(),
  sources: Control.shape.sources,
  lineage: Control.shape.lineage,
  mappings: Control.shape.mappings,
  freshDays: z.int(),
  guidance: z.string(),
  profiles: z.array(z.string()).meta({ description: 'profiles and overlays that ask for it' }),
  attestations: z.array(ControlAttestation).meta({ description: 'newest first' }),
  exceptions: z.array(ControlException).meta({ description: 'newest first' }),
  history: z.array(ControlChange).meta({ description: 'newest first' }),
}).meta({ id: 'ControlView' })
export type ControlView = z.infer<typeof ControlView>

/** Several, as they stood at one instant. */
export interface ControlViews {
  readonly lookedAt: string | null
  readonly controls: readonly ControlView[]
}
