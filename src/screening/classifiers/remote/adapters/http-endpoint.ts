import { z } from 'zod'
import { isLabel, type Label } from '../../../taxonomy.ts'
import { coversBoth, type GuardAdapter } from '../adapter.ts'
import { asScore } from '../verdict.ts'

export const REQUEST_SCHEMA = 'safelevel.classify/1'
export const RESPONSE_SCHEMA = 'safelevel.scores/1'

const Answer = z.strictObject({
  schema: z.literal(RESPONSE_SCHEMA),
  scores: z.record(z.string(), z.number().min(0).max(1)),
})

/**
 * Any service that speaks this contract, at the path that it likes: the request names the labels that it wants scored; the answer scores
 * each of them and no other. Documented in docs/guide/classifiers.md.
 */
export function httpEndpoint(options: { readonly path: string; readonly labels: readonly Label[] }): GuardAdapter {
  const wanted = new Set<string>(options.labels)
  return {
    name: 'http',
    fingerprint: JSON.stringify([options, REQUEST_SCHEMA]),
    covers: coversBoth(options.labels),
    render: (view) => [
      {
        path: options.path,
        about: 'exchange',
        body: {
          schema: REQUEST_SCHEMA,
          side: view.side,
          labels: [...options.labels],
          messages: view.messages.map(({ role, text }) => ({ role, text })),
        },
      },
    ],
    read(_question, answer) {
      const parsed = Answer.safeParse(answer)
      if (!parsed.success) return null
      const scores: Partial<Record<Label, number>> = {}
      for (const [label, score] of Object.entries(parsed.data.scores)) {
        if (!isLabel(label) || !wanted.has(label)) return null
        scores[label] = asScore(score)
      }
      return Object.keys(scores).length === wanted.size ? scores : null
    },
  }
}
