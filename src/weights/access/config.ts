import { z } from 'zod'
import { AppError } from '../../base/errors.ts'

/** The key `weights.access` of the configuration: how long what people agree to may last. */
export const AccessConfig = z
  .strictObject({
    grantHours: z
      .number()
      .positive()
      .max(168)
      .default(12)
      .meta({ description: 'longest window of a grant to a person' }),
    standingDays: z
      .int()
      .min(1)
      .max(90)
      .default(90)
      .meta({ description: 'longest window of a grant to an environment' }),
    glassMinutes: z
      .int()
      .min(1)
      .max(240)
      .default(60)
      .meta({ description: 'longest window after the glass was broken' }),
    glassReviewHours: z.int().min(1).max(168).default(72).meta({ description: 'until a breaking is reviewed' }),
    deviceDays: z
      .int()
      .min(1)
      .max(365)
      .default(180)
      .meta({ description: 'for which a device is approved or confirmed' }),
    environmentDays: z.int().min(1).max(90).default(90).meta({ description: 'for which an attestation holds' }),
    copyDays: z.int().min(1).max(365).default(90).meta({ description: 'longest life of a copy, and of its extension' }),
    recertifyDays: z
      .int()
      .min(7)
      .max(365)
      .default(90)
      .meta({ description: 'between two recertifications, which then begin by themselves' }),
    confirmDays: z
      .int()
      .min(1)
      .max(60)
      .default(14)
      .meta({ description: 'to confirm what is still needed; the rest is revoked' }),
  })
  .meta({ id: 'WeightsAccessConfig' })
export type AccessConfig = z.infer<typeof AccessConfig>

/** Reads the key `weights.access` of the configuration. @throws {AppError} CONFIG_INVALID naming each bad key */
export function parseAccessConfig(raw: unknown): AccessConfig {
  const parsed = AccessConfig.safeParse(raw ?? {})
  if (!parsed.success) throw new AppError('CONFIG_INVALID', `weights.access: ${z.prettifyError(parsed.error)}`)
  return parsed.data
}
