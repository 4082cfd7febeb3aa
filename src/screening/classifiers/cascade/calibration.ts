import { readFileSync } from 'node:fs'
import { z } from 'zod'
import { AppError } from '../../../base/errors.ts'
import { LABELS } from '../../taxonomy.ts'

const Probabilities = z.partialRecord(z.enum(LABELS), z.number().min(0).max(1))
const Side = z.object({
  /** Screen score from which the encoder is asked about a label. */
  bands: Probabilities,
  /** Score of the whole cascade from which a label counts as found. */
  thresholds: Probabilities,
})

/**
 * What `training/cascade/calibrate.ts` fits for one pair of screen and encoder. It is about these two and no others, so it names them.
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
