import { z } from 'zod'
import { categoriesOf, coveredLabels, toLabels } from '../../taxonomies/taxonomies.ts'
import { coversBoth, type GuardAdapter, raise, silent } from '../adapter.ts'
import { asScore } from '../verdict.ts'

const Probability = z.number().min(0).max(1)
/** Categories may be added; none of the thirteen may be missing. */
const Answer = z.object({
  results: z.tuple([
    z.object({
      category_scores: z.object(Object.fromEntries(categoriesOf('openai').map(({ id }) => [id, Probability]))),
    }),
  ]),
})
const LABELS_COVERED = coveredLabels('openai')

/**
 * OpenAI's moderation endpoint. It sees one text without its conversation, so completions are judged without their question. It names
 * six of our labels; for the others it is silent, whatever they hold.
 *
 * @see OpenAI API reference, `POST /v1/moderations`; shapes as in the openai package's resources/moderations
 */
export function openaiModeration(options: { readonly model: string }): GuardAdapter {
  return {
    name: `openai-moderation:${options.model}`,
    fingerprint: JSON.stringify([options, categoriesOf('openai')]),
    covers: coversBoth(LABELS_COVERED),
    render: (view) => [
      { path: '/v1/moderations', about: 'text', body: { model: options.model, input: [view.judged] } },
    ],
    read(_question, answer) {
      const parsed = Answer.safeParse(answer)
      if (!parsed.success) return null
      const scores = silent(LABELS_COVERED)
      for (const [category, score] of Object.entries(parsed.data.results[0].category_scores)) {
        raise(scores, toLabels('openai', category, asScore(score)))
      }
      return scores
    },
  }
}
