import { stringify } from 'yaml'
import type { CardView } from '../audience.ts'
import type { EvaluationClaim, ModelCard } from '../schema.ts'
import { type CardSetting, cardDoc } from './card-doc.ts'
import { markdown } from './markdown.ts'

/** Names that the hub knows, by SPDX id in lower case; everything else is `other` with a name. */
const LICENCES: ReadonlySet<string> = new Set([
  ...[
    'apache-2.0',
    'mit',
    'openrail',
    'bsd',
    'bsd-2-clause',
    'bsd-3-clause',
    'cc0-1.0',
    'cc-by-4.0',
    'cc-by-sa-4.0',
    'cc-by-nc-4.0',
  ],
  ...[
    'cc-by-nc-sa-4.0',
    'cc-by-nd-4.0',
    'cc-by-nc-nd-4.0',
    'afl-3.0',
    'artistic-2.0',
    'agpl-3.0',
    'gpl-3.0',
    'gpl-2.0',
    'lgpl-3.0',
    'mpl-2.0',
    'isc',
    'unlicense',
  ],
])

/**
 * A README as the Hugging Face hub reads it: YAML between two lines of dashes, then the card. Intervals have no place of their own in `model-index`: they
 * stand in the arguments of the metric.
 */
export function huggingFaceReadme(view: CardView, setting: CardSetting): string {
  return `---\n${stringify(metadata(view.card), { lineWidth: 0, defaultStringType: 'QUOTE_DOUBLE', defaultKeyType: 'PLAIN' })}---\n\n${markdown(cardDoc(view, setting))}`
}

function metadata({ identity, evaluations }: ModelCard): Record<string, unknown> {
  const { licence, languages, baseModel, task } = identity
  const id = licence?.id.toLowerCase() ?? null
  const known = id !== null && LICENCES.has(id)
  return {
    ...(languages.length === 0 ? {} : { language: [...languages] }),
    ...(id === null ? {} : { license: known ? id : 'other' }),
    ...(licence === null || known ? {} : { license_name: licence.name ?? licence.id }),
    ...(licence === null || known || licence.url === null ? {} : { license_link: licence.url }),
    // The hub takes the name of a repository there, and not any words.
    ...(baseModel !== null && /^[\w.-]{1,96}\/[\w.-]{1,96}$/.test(baseModel) ? { base_model: baseModel } : {}),
    pipeline_tag: task,
    tags: ['safelevel-card'],
    'model-index': [{ name: identity.title, results: evaluations.map((one) => resultOf(one, task)) }],
  }
}

function resultOf(one: EvaluationClaim, task: string) {
  const { suite, snapshot, name, metric, value, interval, n, tries, unit, line, date, by, evidence } = one
  return {
    task: { type: task },
    dataset: { type: slug(suite), name, ...(snapshot === null ? {} : { config: snapshot }) },
    metrics: [
      {
        type: slug(metric),
        value,
        name: metric,
        args: {
          ...{ n, tries, unit, date, line, lower: interval?.lower ?? null, upper: interval?.upper ?? null },
          ...{ level: interval?.level ?? null, method: interval?.method ?? null, reported_by: by },
          evidence: evidence.map(({ type, id, digest }) => ({ type, id, digest })),
        },
      },
    ],
  }
}

function slug(text: string): string {
  return (
    text
      .toLowerCase()
      .replaceAll(/[^a-z0-9._-]+/g, '-')
      .replaceAll(/^-+|-+$/g, '') || 'unnamed'
  )
}
