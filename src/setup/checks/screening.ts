import type { Clock } from '../../base/clock.ts'
import type { Config } from '../../base/config.ts'
import { AppError } from '../../base/errors.ts'
import { openBuiltIn, testString } from '../../screening/index.ts'
import { type Finding, look } from '../finding.ts'

const LABEL = 'general_harm'

/** Opens the built-in classifier as configured and has it judge the harmless test string, which it must find. */
export async function checkScreening({ classifier }: Pick<Config, 'classifier'>, clock: Clock): Promise<Finding[]> {
  const { mode, bandShift, workers } = classifier
  const finding = await look(
    'classifier',
    async () => {
      const startMs = clock.monotonic()
      const opened = await openBuiltIn(mode, { bandShift, encoder: workers === undefined ? {} : { workers } })
      try {
        const openedMs = clock.monotonic()
        const text = testString(LABEL)
        const turn = { role: 'user' as const, parts: [{ kind: 'text' as const, text, pointer: '' }] }
        const segment = { text, role: 'user' as const, kind: 'text' as const, source: '', offset: 0 }
        const { scores } = await opened.classifier.classify({
          side: 'prompt',
          exchange: { turns: [turn] },
          segments: [segment],
        })
        if ((scores[LABEL] ?? 0) < (opened.thresholds.prompt[LABEL] ?? Number.POSITIVE_INFINITY))
          throw new AppError(
            'CLASSIFIER_UNAVAILABLE',
            'it does not find the test string: its weights are not what they should be',
          )
        const opening = `opened in ${((openedMs - startMs) / 1_000).toFixed(1)} s`
        return { detail: `${mode}; ${opening}, finds the test string in ${Math.ceil(clock.monotonic() - openedMs)} ms` }
      } finally {
        await opened.close()
      }
    },
    'install Safelevel anew ("npm ci"): the classifier’s weights lie in its folder assets',
  )
  return [finding]
}
