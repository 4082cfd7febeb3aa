import { z } from 'zod'
import type { CardView, Redaction } from './audience.ts'
import type { Evidence, Figure } from './evidence.ts'
import { AUDIENCES, type Audience, type EvaluationClaim, type ModelCard } from './schema.ts'

export const CARD_CHANGES = [
  'figure_moved',
  'figure_added',
  'figure_removed',
  'verdict_changed',
  'evidence_renewed',
  'item_added',
  'item_removed',
  'item_reworded',
  'words_changed',
  'fact_changed',
  'audience_narrowed',
  'audience_widened',
] as const

export const CardChange = z
  .object({
    change: z.enum(CARD_CHANGES),
    section: z.string().meta({ description: 'limitations, evaluations, …' }),
    subject: z.string().meta({ description: 'what it is about, by name' }),
    words: z.string().meta({ description: 'what it means' }),
    before: z.string().nullable(),
    after: z.string().nullable(),
  })
  .meta({ id: 'CardChange' })
export type CardChange = z.infer<typeof CardChange>

export const CardDiff = z
  .object({
    model: z.string(),
    from: z.string().meta({ description: 'checkpoint of the earlier card' }),
    to: z.string(),
    changes: z.array(CardChange),
  })
  .meta({ id: 'CardDiff' })
export type CardDiff = z.infer<typeof CardDiff>

/** What has changed between two cards in meaning: not which lines. Both as one audience reads them. */
export function diffCards(before: CardView, after: CardView): CardDiff {
  const [a, b] = [before.card, after.card]
  return {
    ...{ model: b.identity.model, from: a.identity.checkpoint, to: b.identity.checkpoint },
    changes: [
      ...facts(a, b),
      ...wordsOf(a, b),
      ...lists(a, b),
      ...claims('capabilities', a.capabilities, b.capabilities),
      ...claims(
        'safeguards',
        [...a.safeguards.classifiers, ...a.safeguards.refusal, ...a.safeguards.other],
        [...b.safeguards.classifiers, ...b.safeguards.refusal, ...b.safeguards.other],
      ),
      ...evaluations(a.evaluations, b.evaluations),
      ...figures('training data', a.trainingData.figures, b.trainingData.figures),
      ...figures('compute', computeFigures(a), computeFigures(b)),
      ...thresholds(a, b),
      ...audiences(a.withheld, b.withheld, after.audience),
    ],
  }
}

function facts(a: ModelCard, b: ModelCard): CardChange[] {
  const pairs: [string, string, unknown, unknown][] = [
    ...Object.keys(b.identity).map((key): [string, string, unknown, unknown] => [
      'identity',
      key,
      Reflect.get(a.identity, key),
      Reflect.get(b.identity, key),
    ]),
    ['safeguards', 'policy', a.safeguards.policy?.version ?? null, b.safeguards.policy?.version ?? null],
    ['distribution', 'weights', a.distribution.weights, b.distribution.weights],
    ['training data', 'cutoff', a.trainingData.cutoff, b.trainingData.cutoff],
    ['training data', 'sources', a.trainingData.sources, b.trainingData.sources],
    ['deployment', 'places', places(a), places(b)],
    ['reporting', 'where to report', a.reporting, b.reporting],
    ['freshness', 'maxAgeDays', a.freshness.maxAgeDays, b.freshness.maxAgeDays],
  ]
  return pairs.flatMap(([section, subject, old, now]) => {
    const [before, after] = [print(old), print(now)]
    if (before === after) return []
    return [change('fact_changed', section, subject, `${subject} has changed`, before, after)]
  })
}

const places = ({ deployment }: ModelCard) =>
  deployment.places.map(
    (one) => `${one.deployment} (${one.surfaces.map(({ kind, name }) => `${kind} ${name}`).join(', ')})`,
  )

function wordsOf(a: ModelCard, b: ModelCard): CardChange[] {
  const pairs: [string, string, string | null, string | null][] = [
    ['summary', 'summary', a.summary, b.summary],
    ['training data', 'description', a.trainingData.words, b.trainingData.words],
    ['training data', 'curation', a.trainingData.curation, b.trainingData.curation],
    ['training data', 'unlawful data and bias', a.trainingData.unlawfulAndBias, b.trainingData.unlawfulAndBias],
    ['compute', 'hardware', a.compute.hardware, b.compute.hardware],
    ['compute', 'duration', a.compute.duration, b.compute.duration],
    ['compute', 'process', a.compute.process, b.compute.process],
    ['risks', 'description', a.risks.words, b.risks.words],
    ['risks', 'catastrophic risks', a.risks.catastrophic, b.risks.catastrophic],
    ['risks', 'third parties', a.risks.thirdParties, b.risks.thirdParties],
    ['risks', 'framework', a.risks.framework, b.risks.framework],
    ['distribution', 'description', a.distribution.words, b.distribution.words],
    ['distribution', 'integration', a.distribution.integration, b.distribution.integration],
    ['acceptable use', 'restrictions', a.acceptableUse, b.acceptableUse],
  ]
  return pairs.flatMap(([section, subject, before, after]) => {
    if (before === after) return []
    const words =
      before === null
        ? `${subject}: now stated`
        : after === null
          ? `${subject}: no longer stated`
          : `${subject}: reworded`
    return [change('words_changed', section, subject, words, before, after)]
  })
}

function lists(a: ModelCard, b: ModelCard): CardChange[] {
  return [
    ...items('intended uses', 'use', a.intendedUses, b.intendedUses),
    ...items('out-of-scope uses', 'use', a.outOfScopeUses, b.outOfScopeUses),
    ...items('limitations', 'limitation', a.limitations, b.limitations),
    ...items('trade-offs', 'trade-off', a.tradeoffs, b.tradeoffs),
    ...items('distribution', 'channel', a.distribution.channels, b.distribution.channels),
  ]
}

/** Sentences that were added or removed; one that is mostly the same was reworded. */
function items(section: string, what: string, a: readonly string[], b: readonly string[]): CardChange[] {
  const gone = a.filter((one) => !b.includes(one))
  const changes = b
    .filter((one) => !a.includes(one))
    .map((after) => {
      const at = gone.findIndex((one) => alike(one, after))
      const [before] = at < 0 ? [] : gone.splice(at, 1)
      if (before === undefined) return change('item_added', section, what, `a ${what} was added`, null, after)
      return change('item_reworded', section, what, `a ${what} was reworded`, before, after)
    })
  return [
    ...changes,
    ...gone.map((before) => change('item_removed', section, what, `a ${what} was removed`, before, null)),
  ]
}

/** Half of the words of either are in both. */
function alike(one: string, other: string): boolean {
  const [a, b] = [one, other].map((text) => new Set(text.toLowerCase().match(/[\p{L}\p{N}]+/gu) ?? []))
  if (a === undefined || b === undefined) return false
  const common = [...a].filter((word) => b.has(word)).length
  return common * 2 >= Math.max(a.size, b.size, 1)
}

interface Saying {
  readonly words: string
  readonly evidence: readonly Evidence[]
}

function claims(section: string, a: readonly Saying[], b: readonly Saying[]): CardChange[] {
  const said = items(
    section,
    'claim',
    a.map(({ words }) => words),
    b.map(({ words }) => words),
  )
  const renewals = b.flatMap((after) => {
    const before = a.find(({ words }) => words === after.words)
    return before === undefined ? [] : renewal(section, short(after.words), before.evidence, after.evidence)
  })
  return [...said, ...renewals]
}

function evaluations(a: readonly EvaluationClaim[], b: readonly EvaluationClaim[]): CardChange[] {
  const key = ({ suite, snapshot, name }: EvaluationClaim) => (snapshot === null ? name : `${suite} ${snapshot}`)
  const changes = b.flatMap((after) => {
    const before = a.find((one) => key(one) === key(after))
    if (before === undefined)
      return [
        change('figure_added', 'evaluations', after.name, `a result was added: ${result(after)}`, null, result(after)),
      ]
    return [...moved(before, after), ...renewal('evaluations', after.name, before.evidence, after.evidence)]
  })
  const gone = a.filter((one) => !b.some((after) => key(after) === key(one)))
  return [
    ...changes,
    ...gone.map((one) =>
      change('figure_removed', 'evaluations', one.name, 'a result is no longer stated', result(one), null),
    ),
  ]
}

function moved(before: EvaluationClaim, after: EvaluationClaim): CardChange[] {
  const [old, now] = [result(before), result(after)]
  if (old === now) return []
  if (before.metric !== after.metric || before.unit !== after.unit)
    return [
      change(
        'figure_moved',
        'evaluations',
        after.name,
        'it is measured otherwise now: the two can’t be compared',
        old,
        now,
      ),
    ]
  const difference = after.value - before.value
  const way = difference === 0 ? 'its value is the same' : `it has ${difference > 0 ? 'risen' : 'fallen'}`
  return [change('figure_moved', 'evaluations', after.name, `${way}; ${overlap(before, after)}`, old, now)]
}

/** Whether two results may be the same but for chance. */
function overlap({ interval: a }: EvaluationClaim, { interval: b }: EvaluationClaim): string {
  if (a === null || b === null) return 'without an interval on both, nobody can tell whether by chance'
  const apart = a.upper < b.lower || b.upper < a.lower
  return apart ? 'the intervals lie apart: more than chance' : 'the intervals overlap: it may be chance'
}

function result({ metric, value, unit, interval, n }: EvaluationClaim): string {
  const within = interval === null ? '' : ` (${interval.lower} to ${interval.upper})`
  return `${metric} ${value} ${unit}${within}, n ${n}`
}

function computeFigures({ compute }: ModelCard): Figure[] {
  if (compute.flops === null) return compute.figures
  const { value, evidence } = compute.flops
  return [{ name: 'training compute', value, unit: 'FLOP', note: null, evidence }, ...compute.figures]
}

function figures(section: string, a: readonly Figure[], b: readonly Figure[]): CardChange[] {
  const say = ({ value, unit }: Figure) => `${value} ${unit}`
  const changes = b.flatMap((after) => {
    const before = a.find(({ name }) => name === after.name)
    if (before === undefined)
      return [change('figure_added', section, after.name, 'a figure was added', null, say(after))]
    const same = say(before) === say(after)
    const factor =
      before.unit === after.unit && before.value > 0
        ? `, ${Number((after.value / before.value).toPrecision(3))} times as much`
        : ''
    return [
      ...(same
        ? []
        : [change('figure_moved', section, after.name, `it has changed${factor}`, say(before), say(after))]),
      ...renewal(section, after.name, before.evidence, after.evidence),
    ]
  })
  const gone = a.filter(({ name }) => !b.some((after) => after.name === name))
  return [
    ...changes,
    ...gone.map((one) => change('figure_removed', section, one.name, 'it is no longer stated', say(one), null)),
  ]
}

function thresholds(a: ModelCard, b: ModelCard): CardChange[] {
  const changes = b.risks.thresholds.flatMap((after) => {
    const { threshold, verdict } = after
    const before = a.risks.thresholds.find((one) => one.threshold === threshold)
    if (before === undefined)
      return [change('figure_added', 'risks', threshold, `a verdict was added: ${verdict}`, null, verdict)]
    return [
      ...(before.verdict === verdict
        ? []
        : [
            change(
              'verdict_changed',
              'risks',
              threshold,
              `${threshold} was ${before.verdict} and is ${verdict}`,
              before.verdict,
              verdict,
            ),
          ]),
      ...renewal('risks', threshold, before.evidence, after.evidence),
    ]
  })
  const gone = a.risks.thresholds.filter(
    ({ threshold }) => !b.risks.thresholds.some((one) => one.threshold === threshold),
  )
  return [
    ...changes,
    ...gone.map(({ threshold, verdict }) =>
      change('figure_removed', 'risks', threshold, 'the verdict is no longer stated', verdict, null),
    ),
  ]
}

function renewal(section: string, subject: string, a: readonly Evidence[], b: readonly Evidence[]): CardChange[] {
  const say = (all: readonly Evidence[]) =>
    all
      .map(({ type, id, digest }) => `${type} ${id} ${digest?.slice(0, 12) ?? 'without digest'}`)
      .sort()
      .join('; ')
  const [before, after] = [say(a), say(b)]
  if (before === after) return []
  const words = after === '' ? 'nothing bears it out any more' : 'it rests on other evidence now'
  return [change('evidence_renewed', section, subject, words, before || null, after || null)]
}

/** A reader of one audience learns that a part went out of sight, also where the part itself is not shown. */
function audiences(a: readonly Redaction[], b: readonly Redaction[], reader: Audience): CardChange[] {
  const rank = (all: readonly Redaction[], path: string): Audience =>
    all.find((one) => one.path === path)?.audience ?? 'public'
  const paths = [...new Set([...a, ...b].map(({ path }) => path))]
  return paths.flatMap((path) => {
    const [before, after] = [rank(a, path), rank(b, path)]
    const [from, to] = [AUDIENCES.indexOf(before), AUDIENCES.indexOf(after)]
    if (from === to) return []
    const narrowed = to > from
    const why = b.find((one) => one.path === path)?.reason
    const reason = why === undefined || (reader === 'public' && !narrowed) ? '' : `: ${why}`
    const words = narrowed
      ? `it is for ${after} now, no longer for ${before}${reason}`
      : `it is for ${after} now${reason}`
    return [change(narrowed ? 'audience_narrowed' : 'audience_widened', 'withheld', path, words, before, after)]
  })
}

function change(
  kind: CardChange['change'],
  section: string,
  subject: string,
  words: string,
  before: string | null,
  after: string | null,
): CardChange {
  return { change: kind, section, subject, words, before, after }
}

function print(value: unknown): string | null {
  if (value === null || value === undefined) return null
  return typeof value === 'string' ? value : JSON.stringify(value)
}

function short(text: string): string {
  return text.length > 80 ? `${text.slice(0, 79)}…` : text
}

const MARKS: Readonly<Record<CardChange['change'], string>> = {
  figure_moved: '~',
  figure_added: '+',
  figure_removed: '-',
  verdict_changed: '!',
  evidence_renewed: '=',
  item_added: '+',
  item_removed: '-',
  item_reworded: '~',
  words_changed: '~',
  fact_changed: '~',
  audience_narrowed: '!',
  audience_widened: '!',
}

/** For a terminal. */
export function describeDiff({ from, to, changes }: CardDiff): string {
  if (changes.length === 0) return `${from} and ${to} say the same`
  const lines = changes.flatMap(({ change: kind, section, subject, words, before, after }) => [
    `${MARKS[kind]} ${section}: ${subject}: ${words}`,
    ...(before === null ? [] : [`    was  ${short(before)}`]),
    ...(after === null ? [] : [`    is   ${short(after)}`]),
  ])
  return [`${from} -> ${to}`, ...lines].join('\n')
}
