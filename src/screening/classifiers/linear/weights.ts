import { createHash } from 'node:crypto'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { z } from 'zod'
import { AppError } from '../../../base/errors.ts'
import { isLabel, LABELS, type Label } from '../../taxonomy.ts'
import { ROWS } from './features.ts'

/** One column per label, then the harm of a completion as such, then padding to a multiple of eight. */
export const COLUMNS = 24
export const COMPLETION_COLUMN = LABELS.length

const LabelNumbers = z.partialRecord(z.enum(LABELS), z.number())
/** p = 1 / (1 + exp(-(slope × raw + completionSlope × raw of the completion column + intercept))). */
const Calibration = z.object({ slope: z.number(), completionSlope: z.number(), intercept: z.number() })
const Side = z.object({
  calibration: z.partialRecord(z.enum(LABELS), Calibration),
  /** Score at or above which a label counts as found, for the false-positive budget that training was given. */
  thresholds: LabelNumbers,
})

export const ScreenManifest = z.object({
  name: z.literal('linear-screen'),
  version: z.int().positive(),
  weights: z.object({
    file: z.literal('weights.bin'),
    sha256: z.hash('sha256'),
    rows: z.literal(ROWS),
    columns: z.literal(COLUMNS),
  }),
  labels: z.array(z.enum(LABELS)).length(LABELS.length),
  scales: z.array(z.number()).length(COLUMNS),
  biases: z.array(z.number()).length(COLUMNS),
  prompt: Side,
  completion: Side,
  training: z.object({
    seed: z.int(),
    epochs: z.int(),
    folds: z.int(),
    falsePositiveBudget: z.number(),
    sources: z.array(z.object({ file: z.string(), rows: z.int(), license: z.string(), sha256: z.hash('sha256') })),
    metrics: z.record(z.string(), z.record(z.string(), z.number().nullable())),
  }),
})
export type ScreenManifest = z.infer<typeof ScreenManifest>
export type Calibration = z.infer<typeof Calibration>

export interface Weights {
  /** Row-major int8, ROWS × COLUMNS. */
  readonly table: Int8Array
  readonly scales: Float64Array
  readonly biases: Float64Array
}

export interface LoadedScreen {
  readonly manifest: ScreenManifest
  /** SHA-256 of the manifest file, which itself holds the digest of the weights: names the screen exactly. */
  readonly digest: string
  readonly weights: Weights
}

/**
 * Reads `manifest.json` and `weights.bin` from `dir`.
 *
 * @throws {AppError} CONFIG_INVALID when they are missing or malformed; VERIFICATION_FAILED when the weights are not
 *   those that the manifest names
 */
export function loadScreen(dir: string): LoadedScreen {
  const manifestBytes = read(join(dir, 'manifest.json'))
  const manifest = parseManifest(manifestBytes)
  const bytes = read(join(dir, manifest.weights.file))
  if (sha256(bytes) !== manifest.weights.sha256) {
    throw new AppError(
      'VERIFICATION_FAILED',
      'the screen weights are not the ones that their manifest names: reinstall',
    )
  }
  if (bytes.length !== ROWS * COLUMNS) throw new AppError('CONFIG_INVALID', 'the screen weights have the wrong size')
  if (manifest.labels.some((label, i) => label !== LABELS[i])) {
    throw new AppError('CONFIG_INVALID', 'the screen was trained for another taxonomy: train it again')
  }
  return {
    manifest,
    digest: sha256(manifestBytes),
    weights: {
      table: new Int8Array(bytes.buffer, bytes.byteOffset, bytes.length),
      scales: Float64Array.from(manifest.scales),
      biases: Float64Array.from(manifest.biases),
    },
  }
}

/** Labels with a calibration on a side. */
export function coverage(side: { calibration: Partial<Record<Label, Calibration>> }): ReadonlySet<Label> {
  return new Set(Object.keys(side.calibration).filter(isLabel))
}

function read(path: string): Buffer {
  try {
    return readFileSync(path)
  } catch (cause) {
    throw new AppError('CONFIG_INVALID', `the screen is not installed: ${path} can't be read`, { cause })
  }
}

function parseManifest(bytes: Buffer): ScreenManifest {
  try {
    return ScreenManifest.parse(JSON.parse(bytes.toString('utf8')))
  } catch (cause) {
    throw new AppError('CONFIG_INVALID', 'the manifest of the screen is malformed', { cause })
  }
}

function sha256(bytes: Uint8Array): string {
  return createHash('sha256').update(bytes).digest('hex')
}
