import { z } from 'zod'
import { AppError } from '../../base/errors.ts'

/** The key `scaling` of the configuration: what follows when a model turns out to be able to more, and what must hold to be served. */
export const ResponseConfig = z
  .strictObject({
    release: z.enum(['advise', 'enforce']).default('advise').meta({
      description:
        '`enforce`: a model of the gateway that has passed no release gate is served to nobody; `advise`: it is shown red',
    }),
    training: z.enum(['advise', 'enforce']).default('advise').meta({
      description:
        '`enforce`: the training gate lets no run go on without a safety review on record and a Responsible Scaling Officer; `advise`: its answer says what is missing',
    }),
    assessmentHours: z
      .int()
      .min(1)
      .max(8_760)
      .default(72)
      .meta({ description: 'from a halt until each deployment is assessed for an emergency' }),
    exceptionDays: z
      .int()
      .min(1)
      .max(365)
      .default(90)
      .meta({ description: 'longest exception for what is already live' }),
    leaseMinutes: z
      .int()
      .min(1)
      .max(1_440)
      .default(30)
      .meta({ description: 'how long an answer of the training gate holds' }),
    interval: z
      .number()
      .gt(1)
      .max(100)
      .default(4)
      .meta({ description: 'growth of effective compute between evaluations' }),
    buffer: z.number().gt(1).max(1_000).default(6).meta({ description: 'growth at which training pauses by itself' }),
    months: z.int().min(1).max(6).optional().meta({
      description:
        'between evaluations, where that shall be more often than the edition of `controls.profile` asks: 3 in rsp-1.0, 6 in rsp-2.2; until two people have switched it',
    }),
  })
  .meta({ id: 'ScalingConfig' })
export type ResponseConfig = z.infer<typeof ResponseConfig>

/** Reads the key `scaling` of the configuration. @throws {AppError} CONFIG_INVALID naming each bad key */
export function parseScalingConfig(raw: unknown): ResponseConfig {
  const parsed = ResponseConfig.safeParse(raw ?? {})
  if (!parsed.success) throw new AppError('CONFIG_INVALID', `scaling: ${z.prettifyError(parsed.error)}`)
  if (!(parsed.data.buffer > parsed.data.interval)) {
    throw new AppError('CONFIG_INVALID', 'scaling.buffer: must be larger than scaling.interval')
  }
  return parsed.data
}
