import { z } from 'zod'

export const DrillReport = z
  .object({
    id: z.string(),
    synthetic: z.literal(true).meta({ description: 'somebody who does not exist did what nobody did' }),
    startedAt: z.iso.datetime(),
    startedBy: z.string(),
    activities: z.int(),
    alertedAt: z.iso.datetime().nullable(),
    alertMs: z.number().nullable().meta({ description: 'from planting to the alert; null = there is none yet' }),
    ok: z
      .boolean()
      .nullable()
      .meta({ description: 'null = it waits; an alert that takes longer than 30 s has failed' }),
  })
  .meta({ id: 'InsiderDrill' })
export type DrillReport = z.infer<typeof DrillReport>
