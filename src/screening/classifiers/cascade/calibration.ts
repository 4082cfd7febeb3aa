import { readFileSync } from 'node:fs'
import { z } from 'zod'
import { AppError } from '../../../base/errors.ts'
import { LABELS } from '../../taxonomy.ts'

const Thresholds = z.partialRecord(z.enum(LABELS), z.number().min(0).max(1))
const Side = z.object({ thresholds: Thresholds })

/**
 * Thresholds of the whole cascade, as `training/cascade/calibrate.ts` fits them for one screen and one encoder: jointly, so that few
 * harmless texts reach any of them. They are about these two classifiers and no others, so the file names them.
 */
export const CascadeCalibration = z.object({ screen: z.string(), encoder: z.string(), prompt: Side, completion: Side })
export type CascadeCalibration = z.infer<typeof CascadeCalibration>

/**
 * @returns null when there is no such file
 * @throws {AppError} CONFIG_INVALID when it is malformed
 */
export function readCascadeCalibration(path: string): CascadeCalibration | null {
  let text: string
  try {
    text = readFileSync(path, 'utf8')
  } catch {
    return null
  }
  try {
    return CascadeCalibration.parse(JSON.parse(text))
  } catch (cause) {
    throw new AppError('CONFIG_INVALID', 'the calibration of the cascade is malformed', { cause })
  }
}
