import { z } from 'zod'
import { Sha256, When } from '../registry/index.ts'
import { Line } from './text.ts'

export const EVIDENCE_TYPES = [
  'evaluation',
  'refusal',
  'policy',
  'ledger',
  'checkpoint',
  'deployment',
  'external',
] as const

/** What a claim rests on. Its digest ties the claim to what was read, so that what changes underneath is noticed. */
export const Evidence = z
  .strictObject({
    type: z.enum(EVIDENCE_TYPES).meta({
      description:
        '`evaluation`: an assessment and its report; `refusal`: an evaluation of refusals, or a comparison of two; `policy`: a version of the acceptable use policy; `ledger`: an event; `external`: what nobody here can check',
    }),
    id: Line(300).meta({
      description:
        'asm_…, rev_…, the version of the policy, the id of the event, model/checkpoint, the deployment; of what is external, where it stands',
    }),
    digest: z.union([Sha256, z.null()]).default(null).meta({
      description:
        'SHA-256: of the capability report, of the figures of the evaluation or the comparison of refusals, of the policy, of the leaf of the event, of the record as canonical JSON, of the external document',
    }),
    asOf: When.meta({ description: 'when it was so' }),
  })
  .meta({ id: 'CardEvidence' })
export type Evidence = z.infer<typeof Evidence>

const MAX_EVIDENCE = 20
export const EvidenceList = z.array(Evidence).max(MAX_EVIDENCE).default([])

/** A number that somebody may rely on. */
export const Figure = z
  .strictObject({
    name: Line(120),
    value: z.number().min(-1e40).max(1e40),
    unit: Line(40).meta({ description: '`FLOP`, `kWh`, `tokens`, `share`' }),
    note: Line(500).nullable().default(null),
    evidence: EvidenceList,
  })
  .meta({ id: 'CardFigure' })
export type Figure = z.infer<typeof Figure>
