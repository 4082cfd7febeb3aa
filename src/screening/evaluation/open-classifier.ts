import { existsSync } from 'node:fs'
import { join } from 'node:path'
import { AppError } from '../../base/errors.ts'
import { readCascadeCalibration } from '../classifiers/cascade/calibration.ts'
import { Cascade } from '../classifiers/cascade/cascade.ts'
import type { Classifier, ClassifyRequest } from '../classifiers/classifier.ts'
import { EncoderClassifier } from '../classifiers/encoder/encoder-classifier.ts'
import { LinearScreen, type Thresholds } from '../classifiers/linear/linear-screen.ts'

/** Where the shipped weights lie, whether run from source or from the built package. */
const ASSETS = join(import.meta.dirname, '..', '..', '..', 'assets')

export type SideThresholds = Readonly<Record<ClassifyRequest['side'], Thresholds>>

export interface OpenClassifier {
  readonly classifier: Classifier
  /** Scores from which a label counts as found. */
  readonly thresholds: SideThresholds
  close(): Promise<void>
}

const OPENERS: Readonly<Record<string, () => Promise<OpenClassifier>>> = {
  screen: async () => {
    const screen = LinearScreen.load(join(ASSETS, 'screen'))
    return { classifier: screen, thresholds: screen.thresholds, close: async () => {} }
  },
  cascade: () => openCascade('uncertain'),
  'cascade-always': () => openCascade('always'),
  encoder: async () => {
    const encoder = await openEncoder()
    return { classifier: encoder, thresholds: encoder.thresholds, close: () => encoder.close() }
  },
}

/** What `openClassifier` knows. */
export const CLASSIFIER_IDS: readonly string[] = Object.keys(OPENERS)

/**
 * Opens a classifier by name; close it when done.
 *
 * @throws {AppError} REQUEST_INVALID for an unknown name; CONFIG_INVALID when its weights are not installed or can't be used;
 *   VERIFICATION_FAILED when they are not the ones that their manifest names
 */
export async function openClassifier(id: string): Promise<OpenClassifier> {
  const open = Object.hasOwn(OPENERS, id) ? OPENERS[id] : undefined
  if (open === undefined)
    throw new AppError('REQUEST_INVALID', `no classifier is called ${id}; there are: ${CLASSIFIER_IDS.join(', ')}`)
  return await open()
}

/** `always` lets the encoder read what the screen would settle, too: what the cascade's saving costs. */
async function openCascade(encode: 'uncertain' | 'always'): Promise<OpenClassifier> {
  const calibration = readCascadeCalibration(join(ASSETS, 'cascade', 'calibration.json'))
  const encoder = await openEncoder()
  try {
    const cascade = new Cascade(LinearScreen.load(join(ASSETS, 'screen')), encoder, { encode, calibration })
    return { classifier: cascade, thresholds: cascade.thresholds, close: () => encoder.close() }
  } catch (error) {
    await encoder.close()
    throw error
  }
}

async function openEncoder(): Promise<EncoderClassifier> {
  const dir = join(ASSETS, 'encoder')
  if (!existsSync(join(dir, 'manifest.json')))
    throw new AppError('CONFIG_INVALID', `the encoder is not installed: ${dir} has no manifest.json`)
  return await EncoderClassifier.open(dir)
}
