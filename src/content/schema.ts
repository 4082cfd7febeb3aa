import { z } from 'zod'

export const KEEP = ['flagged', 'all', 'none'] as const

/** What is kept, and for how many days. Read once from `safelevel.yaml`. */
export interface ContentConfig {
  readonly keep: (typeof KEEP)[number]
  /** 0 = not kept at all. */
  readonly retentionDays: { readonly flagged: number; readonly other: number; readonly restricted: number }
}

/** Why somebody may look. Codes, since they go on the ledger, where no free text about people belongs. */
export const REASONS = [
  'review',
  'quality_check',
  'appeal',
  'dispute',
  'incident',
  'data_subject_request',
  'legal_request',
] as const
export const Reason = z.enum(REASONS).meta({ description: 'goes on the ledger' })
export type Reason = z.infer<typeof Reason>

const Part = z.union([
  z.object({
    kind: z.enum(['text', 'reasoning', 'refusal', 'tool_call', 'tool_result', 'tool_definition', 'other']),
    text: z.string(),
    pointer: z.string().meta({ description: 'RFC 6901 pointer into the body as it was sent' }),
  }),
  z.object({
    kind: z.literal('media'),
    media: z.enum(['image', 'audio', 'video', 'file']),
    pointer: z.string(),
  }),
])

const Evidence = z
  .object({
    label: z.string(),
    score: z.number(),
    source: z.string().meta({ description: 'pointer of a part, or name of a track' }),
    start: z.int().meta({ description: 'first character within the source' }),
    end: z.int(),
  })
  .meta({ id: 'ContentEvidence' })

/** What was said in one exchange. Media are named, never kept. */
export const SaidText = z.object({
  turns: z.array(z.object({ role: z.enum(['system', 'user', 'assistant', 'tool']), parts: z.array(Part) })),
  completion: z.array(
    z.object({
      track: z.string(),
      kind: z.string(),
      text: z.string(),
      releasedChars: z.int().nonnegative().meta({ description: 'so many characters left; the rest was withheld' }),
    }),
  ),
  evidence: z.object({ prompt: z.array(Evidence), completion: z.array(Evidence) }),
  omittedChars: z.int().nonnegative().meta({ description: 'left out, since more than 1 MiB a side is not kept' }),
})
export type SaidText = z.infer<typeof SaidText>

/** One kept exchange, as whoever may read it sees it. */
export const KeptExchange = SaidText.extend({
  decisionId: z.string(),
  at: z.iso.datetime(),
  organisation: z.string(),
  project: z.string(),
  key: z.string(),
  endUser: z.string().nullable(),
  flagged: z.boolean(),
  restricted: z.boolean(),
  expiresAt: z.iso.datetime(),
}).meta({ id: 'KeptExchange' })
export type KeptExchange = z.infer<typeof KeptExchange>

/** What can be said of a kept exchange without reading it. */
export const KeptNote = z
  .object({
    decisionId: z.string(),
    at: z.iso.datetime(),
    flagged: z.boolean(),
    restricted: z.boolean().meta({ description: 'only the restricted queue may read it' }),
    expiresAt: z.iso.datetime(),
  })
  .meta({ id: 'KeptNote' })
export type KeptNote = z.infer<typeof KeptNote>

/** A finished exchange as whoever served it hands it over. */
export interface SaidExchange {
  readonly decisionId: string
  readonly atMs: number
  readonly organisation: string
  readonly project: string
  readonly key: string
  readonly endUser: string | null
  /** Something was refused or flagged. */
  readonly flagged: boolean
  /** The labels that it was refused or flagged for. */
  readonly labels: readonly string[]
  readonly turns: readonly SaidTurn[]
  readonly completion: readonly SaidTrack[]
  readonly evidence: { readonly prompt: readonly SaidEvidence[]; readonly completion: readonly SaidEvidence[] }
}

export interface SaidTurn {
  readonly role: SaidText['turns'][number]['role']
  readonly parts: readonly SaidText['turns'][number]['parts'][number][]
}

export type SaidTrack = Readonly<SaidText['completion'][number]>
export type SaidEvidence = Readonly<z.infer<typeof Evidence>>

export const HOLD_SCOPES = ['decision', 'organisation', 'project', 'key', 'end_user'] as const

const Id = z.string().regex(/^[a-z]{2,4}_[0-9A-Za-z]{1,64}$/, 'an identifier: dec_…, org_…, prj_…, key_… or eu_…')

/** Content under a hold is deleted by nothing and nobody until the hold is lifted. */
export const NewHold = z
  .strictObject({
    scope: z.enum(HOLD_SCOPES),
    scopeId: Id,
    matter: z
      .string()
      .regex(/^[A-Za-z0-9][A-Za-z0-9._/-]{0,63}$/, 'a file number, without names')
      .meta({ description: 'file number of the case: goes on the ledger' }),
  })
  .meta({ id: 'NewHold' })
export type NewHold = z.infer<typeof NewHold>

export const Hold = NewHold.extend({
  id: z.string(),
  placedBy: z.string(),
  placedAt: z.iso.datetime(),
  liftedBy: z.string().nullable(),
  liftedAt: z.iso.datetime().nullable(),
}).meta({ id: 'Hold' })
export type Hold = z.infer<typeof Hold>

/** Whose content: one exchange, or all of an end user, project, key or organisation. */
export const ContentScope = z.strictObject({ scope: z.enum(HOLD_SCOPES), scopeId: Id })
export type ContentScope = z.infer<typeof ContentScope>

export const ErasureReport = z
  .object({
    erased: z.int().meta({ description: 'exchanges' }),
    held: z.int().meta({ description: 'exchanges that a legal hold or the duty to preserve keeps' }),
  })
  .meta({ id: 'ErasureReport' })
export type ErasureReport = z.infer<typeof ErasureReport>
