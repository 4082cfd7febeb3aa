import { z } from 'zod'
import { Severity } from './config.ts'

/** What another room still has to be told. Each is safe to be told twice. */
export const Errand = z.discriminatedUnion('kind', [
  z.object({ kind: z.literal('hold'), caseId: z.string(), decisionId: z.string() }),
  z.object({ kind: z.literal('undo'), caseId: z.string(), people: z.array(z.string()) }),
  z.object({
    kind: z.literal('propose'),
    caseId: z.string(),
    by: z.string(),
    effect: z.enum(['strike', 'restrict']),
    severity: Severity,
  }),
])
export type Errand = z.infer<typeof Errand>
