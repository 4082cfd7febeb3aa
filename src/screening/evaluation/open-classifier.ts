import { existsSync } from 'node:fs'
import { join } from 'node:path'
import { AppError } from '../../base/errors.ts'
import type { Classifier, ClassifyRequest } from '../classifiers/classifier.ts'
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
  encoder: async () => {
    const dir = join(ASSETS, 'encoder')
    if (!existsSync(join(dir, 'manifest.json'))) throw notInstalled('encoder', dir)
    const { EncoderClassifier } = await import('../classifiers/encoder/encoder-classifier.ts')
    const encoder = await EncoderClassifier.open(dir)
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

function notInstalled(id: string, dir: string): AppError {
  return new AppError('CONFIG_INVALID', `the ${id} is not installed: ${dir} has no manifest.json`)
}
