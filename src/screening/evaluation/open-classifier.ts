import { parseConfig } from '../../base/config.ts'
import { AppError } from '../../base/errors.ts'
import { type OpenClassifier, openBuiltIn } from '../classifiers/built-in.ts'

export type { OpenClassifier } from '../classifiers/built-in.ts'
export type SideThresholds = OpenClassifier['thresholds']

/** As an installation runs it unless it is configured otherwise. */
const { bandShift } = parseConfig({}).classifier

const OPENERS: Readonly<Record<string, () => Promise<OpenClassifier>>> = {
  screen: () => openBuiltIn('screen'),
  cascade: () => openBuiltIn('cascade', { bandShift }),
  // The encoder reads what the screen would settle, too: shows what the cascade's saving costs.
  'cascade-always': () => openBuiltIn('cascade', { encode: 'always' }),
  encoder: () => openBuiltIn('encoder'),
}

/** What `openClassifier` knows. */
export const CLASSIFIER_IDS: readonly string[] = Object.keys(OPENERS)

/**
 * Opens a classifier by name; close it when done.
 *
 * @throws {AppError} REQUEST_INVALID for an unknown name, and what `openBuiltIn` throws
 */
export async function openClassifier(id: string): Promise<OpenClassifier> {
  const open = Object.hasOwn(OPENERS, id) ? OPENERS[id] : undefined
  if (open === undefined)
    throw new AppError('REQUEST_INVALID', `no classifier is called ${id}; there are: ${CLASSIFIER_IDS.join(', ')}`)
  return await open()
}
