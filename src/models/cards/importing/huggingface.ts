import { isAlias, parseDocument, visit } from 'yaml'
import { z } from 'zod'
import { AppError } from '../../../base/errors.ts'
import { MAX_CARD_BYTES } from '../read.ts'
import { CARD_FORMAT, type EvaluationClaim, MODALITIES, ModelCard } from '../schema.ts'
import { plain } from '../text.ts'
import { readSections } from './sections.ts'

/** A draft made from somebody's README, with what became of the rest of it. */
export interface ImportedCard {
  readonly card: ModelCard
  /** What was not understood, or was left out, in words. */
  readonly notes: readonly string[]
}

export interface ImportSetting {
  /** The model line that the card is to be of. */
  readonly model: string
  readonly checkpoint: string
  /** ISO 8601. */
  readonly at: string
}

const OneOrMore = <T extends z.ZodType>(one: T) =>
  z.union([one, z.array(one).max(500)]).transform((value) => [value].flat())
const Text = z.union([z.string(), z.number()]).transform(String)
const Metric = z.looseObject({
  type: Text.optional(),
  name: Text.optional(),
  value: z.union([z.number(), z.string()]).optional(),
  args: z.unknown().optional(),
})
const Result = z.looseObject({
  task: z.looseObject({ type: Text.optional() }).optional(),
  dataset: z
    .looseObject({ type: Text.optional(), name: Text.optional(), config: Text.nullable().optional() })
    .optional(),
  metrics: z.array(Metric).max(500).optional(),
  source: z.looseObject({ name: Text.optional(), url: Text.optional() }).optional(),
})
const FrontMatter = z.looseObject({
  language: OneOrMore(Text).optional().catch(undefined),
  license: Text.optional().catch(undefined),
  license_name: Text.optional().catch(undefined),
  license_link: Text.optional().catch(undefined),
  base_model: OneOrMore(Text).optional().catch(undefined),
  datasets: OneOrMore(Text).optional().catch(undefined),
  pipeline_tag: Text.optional().catch(undefined),
})
const ModelIndex = z
  .array(z.looseObject({ name: Text.optional(), results: z.array(Result).max(500).optional() }))
  .max(20)
/** What a card of ours puts into the arguments of a metric, since `model-index` has no place for it. */
const Args = z.looseObject({
  n: z.int().min(0).optional().catch(undefined),
  tries: z.int().min(0).nullable().optional().catch(undefined),
  lower: z.number().nullable().optional().catch(undefined),
  upper: z.number().nullable().optional().catch(undefined),
  level: z.number().min(0).max(1).nullable().optional().catch(undefined),
  unit: z.string().optional().catch(undefined),
  date: z.iso.date().optional().catch(undefined),
})

const UNDERSTOOD: ReadonlySet<string> = new Set([
  ...[
    'language',
    'license',
    'license_name',
    'license_link',
    'base_model',
    'datasets',
    'pipeline_tag',
    'model-index',
    'tags',
    'library_name',
    'metrics',
  ],
])
const MAX_NOTES = 100

/**
 * Reads a model card of the Hugging Face hub. Its figures come over as claims of others that nothing here bears out, so that the draft does not pass
 * before somebody has evidenced each. HTML and scripts come over as the text that they are.
 *
 * @throws {AppError} REQUEST_TOO_LARGE, REQUEST_INVALID for metadata that is no YAML
 */
export function importHuggingFace(readme: string, setting: ImportSetting): ImportedCard {
  if (Buffer.byteLength(readme) > MAX_CARD_BYTES)
    throw new AppError('REQUEST_TOO_LARGE', `a card has at most ${MAX_CARD_BYTES} bytes`)
  const notes: string[] = []
  const { yaml, body } = split(readme.replaceAll('\r\n', '\n').replace(/^\ufeff/, ''))
  const metadata = readYaml(yaml, notes)
  const { words, left } = readSections(body)
  for (const heading of left)
    notes.push(`the section “${heading}” has no place in the card: take over what should stay`)
  for (const key of Object.keys(metadata))
    if (!UNDERSTOOD.has(key)) notes.push(`the key “${plain(key, 80)}” was not understood`)
  const front = FrontMatter.parse(metadata)
  const index = ModelIndex.safeParse(metadata['model-index'] ?? [])
  if (!index.success) notes.push('model-index is not in the form that the hub knows: no results were read')
  const models = index.success ? index.data : []
  const evaluations = models.flatMap(({ results = [] }) =>
    results.flatMap((result) => resultsOf(result, setting, notes)),
  )
  const title =
    plain(models[0]?.name ?? setting.model, 200)
      .replaceAll(/\s+/g, ' ')
      .trim() || setting.model
  const card = ModelCard.parse({
    format: CARD_FORMAT,
    identity: { model: setting.model, checkpoint: setting.checkpoint, title, ...identityOf(front, notes) },
    summary: words.summary ?? null,
    ...{
      intendedUses: words.intendedUses ?? [],
      outOfScopeUses: words.outOfScopeUses ?? [],
      limitations: words.limitations ?? [],
    },
    trainingData: {
      words: words.training ?? null,
      curation: words.curation ?? null,
      sources: (front.datasets ?? []).slice(0, 100).map((name) => ({ name: line(name, 200), kind: 'public' })),
    },
    compute: { hardware: words.hardware ?? null, process: words.process ?? null },
    evaluations: unique(evaluations).slice(0, 200),
    risks: { words: words.risks ?? null },
    acceptableUse: words.acceptableUse ?? null,
    changelog: [{ date: setting.at.slice(0, 10), words: 'Taken over from a card of the Hugging Face hub.' }],
  })
  if (front.datasets !== undefined) notes.push('every dataset was taken for public: say of what kind each is')
  return { card, notes: notes.slice(0, MAX_NOTES) }
}

function split(readme: string): { yaml: string; body: string } {
  const match = /^---[ \t]*\n(.*?)(?:^|\n)---[ \t]*(?:\n|$)/s.exec(readme)
  return match === null ? { yaml: '', body: readme } : { yaml: match[1] ?? '', body: readme.slice(match[0].length) }
}

function readYaml(text: string, notes: string[]): Record<string, unknown> {
  if (text.trim() === '') {
    notes.push('there is no metadata: a card of the hub begins with YAML between two lines of dashes')
    return {}
  }
  // What nests deeper than any metadata would cost the parser its stack.
  if (/[[{]{40}/.test(text.replaceAll(/\s/g, '')) || /^(?: {0,200}[-?:] +){40}/m.test(text) || /^ {400}/m.test(text))
    throw new AppError('REQUEST_INVALID', 'the metadata nests deeper than any card’s does')
  const doc = parseDocument(text, { prettyErrors: false, uniqueKeys: false, version: '1.2' })
  const [fault] = doc.errors
  if (fault !== undefined) throw new AppError('REQUEST_INVALID', `the metadata is no YAML: ${fault.message}`)
  let aliases = false
  visit(doc, (_, node) => {
    if (!isAlias(node)) return undefined
    aliases = true
    return visit.BREAK
  })
  if (aliases) throw new AppError('REQUEST_INVALID', 'the metadata has aliases: write it out')
  const value: unknown = doc.toJS({ maxAliasCount: 0 })
  const metadata = z.record(z.string(), z.unknown()).safeParse(value)
  if (!metadata.success) throw new AppError('REQUEST_INVALID', 'the metadata is no mapping of words')
  return metadata.data
}

function identityOf(front: z.infer<typeof FrontMatter>, notes: string[]) {
  const languages = (front.language ?? [])
    .filter((one) => /^[a-z]{2,3}(-[A-Za-z0-9]{2,8}){0,3}$/.test(one))
    .slice(0, 200)
  if (languages.length < (front.language ?? []).length)
    notes.push('some languages are no language tags (BCP 47), and were left out')
  const task = front.pipeline_tag
  const link =
    front.license_link !== undefined && /^https?:\/\/[^\s<>"'`]{1,480}$/.test(front.license_link)
      ? front.license_link
      : null
  const base = front.base_model?.[0]
  return {
    languages,
    ...(front.license === undefined
      ? {}
      : {
          licence: {
            id: line(front.license, 80),
            name: front.license_name === undefined ? null : line(front.license_name, 120),
            url: link,
          },
        }),
    ...(base === undefined ? {} : { baseModel: line(base, 200) }),
    ...(task === undefined || !/^[a-z0-9-]{1,60}$/.test(task) ? {} : { task, modalities: modalitiesOf(task) }),
  }
}

function modalitiesOf(task: string) {
  const [from = '', to = ''] = task.split('-to-')
  const of = (words: string) => MODALITIES.filter((one) => words.split('-').includes(one))
  if (task === 'text-generation') return { input: ['text'], output: ['text'] }
  return task.includes('-to-') ? { input: of(from), output: of(to) } : { input: [], output: [] }
}

function resultsOf(
  { dataset, metrics = [], source }: z.infer<typeof Result>,
  { at }: ImportSetting,
  notes: string[],
): EvaluationClaim[] {
  const suite = line(dataset?.name ?? dataset?.type ?? 'unnamed', 120)
  const snapshot = dataset?.config == null ? null : line(dataset.config, 120)
  return metrics.flatMap(({ type, name, value, args }) => {
    const metric = line(name ?? type ?? 'unnamed', 80)
    const number = typeof value === 'string' ? Number(value) : value
    if (number === undefined || !Number.isFinite(number) || Math.abs(number) > 1e12 || value === '') {
      notes.push(`${suite}, ${metric}: its value is no number, and was left out`)
      return []
    }
    const more = Args.safeParse(args ?? {})
    const {
      n = 0,
      tries = null,
      lower = null,
      upper = null,
      level = null,
      unit = 'as stated',
      date = at.slice(0, 10),
    } = more.success ? more.data : {}
    if (n === 0) notes.push(`${suite}, ${metric}: it isn’t said of how many tasks: fill in n`)
    const where = source?.url ?? dataset?.type ?? 'the imported README'
    return [
      {
        name: line(`${suite} ${metric}`, 120),
        ...{
          suite,
          snapshot,
          n,
          tries,
          metric,
          value: number,
          unit: line(unit, 40),
          line: null,
          date,
          conditions: null,
        },
        interval:
          lower === null || upper === null ? null : { lower, upper, level, method: 'as stated in the imported card' },
        by: null,
        evidence: [{ type: 'external' as const, id: line(where, 300), digest: null, asOf: at }],
      },
    ]
  })
}

/** Names that stand there twice are told apart by a number. */
function unique(evaluations: readonly EvaluationClaim[]): EvaluationClaim[] {
  const seen = new Map<string, number>()
  return evaluations.map((one) => {
    const times = (seen.get(one.name) ?? 0) + 1
    seen.set(one.name, times)
    return times === 1 ? one : { ...one, name: `${one.name.slice(0, 112)} (${times})` }
  })
}

/** One line that is not empty. */
function line(text: string, most: number): string {
  return plain(text, most).replaceAll(/\s+/g, ' ').trim() || 'unnamed'
}
