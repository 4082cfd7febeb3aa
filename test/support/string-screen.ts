import { fileURLToPath } from 'node:url'
import {
  type Assessment,
  type Classifier,
  type ClassifyRequest,
  LABELS,
  type Label,
  LinearScreen,
} from '../../src/screening/index.ts'

/**
 * The built-in screen, of whose findings only the standard test strings count (they alone score 1): what is refused is then refused for
 * the planted string and for nothing else, whatever the weights make of the words around it.
 */
export class StringScreen implements Classifier {
  readonly #screen = LinearScreen.load(fileURLToPath(new URL('../../assets/screen', import.meta.url)))
  readonly id = `string-only/${this.#screen.id}`
  readonly covers = { prompt: new Set(LABELS), completion: new Set(LABELS) }

  classify(request: ClassifyRequest, signal?: AbortSignal): Assessment | Promise<Assessment> {
    const assessment = this.#screen.classify(request, signal)
    return assessment instanceof Promise ? assessment.then(onlyStrings) : onlyStrings(assessment)
  }
}

function onlyStrings(assessment: Assessment): Assessment {
  const scores: Partial<Record<Label, number>> = {}
  for (const label of LABELS) scores[label] = assessment.scores[label] === 1 ? 1 : 0
  return { ...assessment, scores, evidence: assessment.evidence.filter(({ score }) => score === 1) }
}
