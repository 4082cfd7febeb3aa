import { z } from 'zod'
import { type InsiderConfig, Step } from './config.ts'
import { thresholdOf } from './detection.ts'
import { RISING } from './risk/index.ts'

const Steps = z.array(Step)

/** How the programme is set, with what follows from it. */
export const InsiderSettings = z
  .object({
    watch: z.boolean(),
    threshold: z.number().meta({ description: 'risk from which an alert is raised, in nats' }),
    high: z.number().meta({ description: 'risk from which one is high' }),
    critical: z.number().meta({ description: 'risk from which one is critical' }),
    alertsPerAnalyst: z.int(),
    analysts: z.int().meta({ description: 'people who work cases' }),
    casesPerDay: z.int().meta({ description: 'today’s budget of them together; certain and critical ones never wait' }),
    containment: z.object({ certain: Steps, critical: Steps, high: Steps, medium: Steps }),
    mostContained: z.int().meta({ description: 'people an hour, by policy' }),
    activityDays: z.int(),
    benignDays: z.int(),
    caseDays: z.int(),
  })
  .meta({ id: 'InsiderSettings' })
export type InsiderSettings = z.infer<typeof InsiderSettings>

export function settingsOf(config: InsiderConfig, analysts: number): InsiderSettings {
  const threshold = thresholdOf(config)
  const casesPerDay = config.alertsPerAnalyst * Math.max(1, analysts)
  const levels = { high: RISING.high * threshold, critical: RISING.critical * threshold }
  // By what names people go elsewhere is nobody's business here.
  const { people: _, ...shown } = config
  return { ...shown, threshold, ...levels, analysts, casesPerDay }
}
