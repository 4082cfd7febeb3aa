import { hash } from 'node:crypto'
import { z } from 'zod'

export const SEVERITIES = ['medium', 'high', 'critical'] as const
/** From which multiple of the threshold on an alert is so severe; an episode that rises is told of once at each. */
export const RISING = { medium: 1, high: 1.4, critical: 2 } as const satisfies Record<
  (typeof SEVERITIES)[number],
  number
>

/** What somebody should look at: one person, once per episode. */
export const Alert = z.object({
  id: z.string().meta({ description: 'the same whenever the same activities are looked at' }),
  person: z.string(),
  timeMs: z.number(),
  risk: z.number().meta({ description: 'nats' }),
  severity: z.enum(SEVERITIES),
  isCertain: z.boolean().meta({ description: 'raised at once, whatever else is known' }),
  isOverBudget: z
    .boolean()
    .meta({ description: 'more alerts came that day than are to be looked at: it waits behind them' }),
  reasons: z.array(
    z.object({ cause: z.string(), nats: z.number(), says: z.string(), activity: z.string(), timeMs: z.number() }),
  ),
  grants: z.array(z.string()),
  hosts: z.array(z.string()),
  activities: z.array(z.string()).meta({ description: 'evidence: the last ones that gave a reason in this episode' }),
})
export type Alert = Readonly<z.infer<typeof Alert>>

/** A new height of somebody's risk. An alert at any threshold is the first one of an episode that reaches it. */
export interface Peak {
  readonly person: string
  readonly timeMs: number
  readonly risk: number
  /** The same for all peaks of an episode. */
  readonly episode: string
}

/** @param startId the activity with which the episode begins */
export function episodeId(person: string, startMs: number, startId: string): string {
  return hash('sha256', `safelevel insider episode\n${person}\n${startMs}\n${startId}`).slice(0, 32)
}

export function severityOf(risk: number, threshold: number, isCertain: boolean): (typeof SEVERITIES)[number] {
  if (isCertain || risk >= RISING.critical * threshold) return 'critical'
  return risk >= RISING.high * threshold ? 'high' : 'medium'
}
