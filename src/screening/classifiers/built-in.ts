import { existsSync } from 'node:fs'
import { join } from 'node:path'
import { AppError } from '../../base/errors.ts'
import { shipped } from '../../base/shipped.ts'
import { readCascadeCalibration } from './cascade/calibration.ts'
import { Cascade, type CascadeOptions } from './cascade/cascade.ts'
import type { Classifier, ClassifyRequest } from './classifier.ts'
import { EncoderClassifier, type EncoderOptions } from './encoder/encoder-classifier.ts'
import { LinearScreen, type Thresholds } from './linear/linear-screen.ts'

const ASSETS = shipped('assets')

export interface OpenClassifier {
  readonly classifier: Classifier
  /** Scores from which a label counts as found. */
  readonly thresholds: Readonly<Record<ClassifyRequest['side'], Thresholds>>
  /** The judge that is configured beside it, to be asked by itself; absent = none is. */
  readonly judge?: Classifier | undefined
  close(): Promise<void>
}

/** `screen` alone; the encoder alone; or a `cascade` of both, in which the encoder reads what the screen leaves uncertain. */
export type BuiltInMode = 'screen' | 'cascade' | 'encoder'

/** The built-in linear screen: at once, in this process. */
export function loadScreen(): LinearScreen {
  return LinearScreen.load(join(ASSETS, 'screen'))
}

/**
 * Opens what ships with Safelevel; close it when done.
 *
 * @throws {AppError} CONFIG_INVALID when its weights are not installed or can't be used; VERIFICATION_FAILED when they are not the ones
 *   that their manifest names
 */
export async function openBuiltIn(
  mode: BuiltInMode,
  options: CascadeOptions & { readonly encoder?: EncoderOptions } = {},
): Promise<OpenClassifier> {
  if (mode === 'screen') {
    const screen = loadScreen()
    return { classifier: screen, thresholds: screen.thresholds, close: async () => {} }
  }
  const encoder = await openEncoder(options.encoder)
  const close = () => encoder.close()
  if (mode === 'encoder') return { classifier: encoder, thresholds: encoder.thresholds, close }
  try {
    const calibration = readCascadeCalibration(join(ASSETS, 'cascade', 'calibration.json'))
    const cascade = new Cascade(loadScreen(), encoder, { calibration, ...options })
    return { classifier: cascade, thresholds: cascade.thresholds, close }
  } catch (error) {
    await encoder.close()
    throw error
  }
}

async function openEncoder(options: EncoderOptions | undefined): Promise<EncoderClassifier> {
  const dir = join(ASSETS, 'encoder')
  if (!existsSync(join(dir, 'manifest.json')))
    throw new AppError('CONFIG_INVALID', `the encoder is not installed: ${dir} has no manifest.json`)
  return await EncoderClassifier.open(dir, options)
}
