import { claimsOf, type PlacedClaim, proseOf } from './claims.ts'
import { type Fact, keyOf } from './facts.ts'
import { type CardFinding, error } from './finding.ts'
import type { LintContext } from './lint-evidence.ts'
import type { Measured } from './measured.ts'
import type { EvaluationClaim, ModelCard, ThresholdClaim } from './schema.ts'

/** Whether a claim says what its evidence says. */
export function figureFindings(placed: PlacedClaim, context: LintContext): CardFinding[] {
  const facts = placed.evidence.flatMap((one) => context.facts.get(keyOf(one)) ?? [])
  const external = placed.evidence.some(({ type }) => type === 'external')
  const { path } = placed
  switch (placed.kind) {
    case 'evaluation':
      return evaluationFindings(placed.claim, path, facts, external)
    case 'threshold':
      return thresholdFindings(placed.claim, path, facts)
    case 'flops':
      return flopsFindings(placed.claim.value, path, facts)
    case 'figure':
      return external ? [] : numberFindings(placed.claim.value, path, facts, placed.evidence.length)
    case 'policy': {
      const { version } = placed.claim
      if (facts.some((fact) => fact.type === 'policy' && fact.version === version)) return []
      return [error('figure_unborne', path, `cite the policy of version ${version} itself`)]
    }
    case 'deployment':
      return placeFindings(placed.claim, path, facts)
    case 'words':
      return []
  }
}

function evaluationFindings(
  claim: EvaluationClaim,
  path: string,
  facts: readonly Fact[],
  external: boolean,
): CardFinding[] {
  const found = facts.filter((fact) => fact.type === 'evaluation' || fact.type === 'refusal')
  if (found.length === 0 && external) {
    if (claim.by !== null) return []
    return [
      error(
        'measured_by',
        `${path}`,
        'it was measured elsewhere: say by whom (`by`), since nobody here can bear it out',
      ),
    ]
  }
  if (found.length === 0) return [error('figure_unborne', path, 'cite the assessment that it was measured in')]
  return found.flatMap((fact) => {
    const { id, all } = measuredBy(fact)
    const measured = all.find((one) => one.suite === claim.suite && one.snapshot === claim.snapshot)
    if (measured === undefined) {
      const what = claim.snapshot === null ? claim.suite : `${claim.suite}, ${claim.snapshot},`
      return [error('figure_unborne', path, `${id} has no result of ${what} in its report`)]
    }
    return [...differences(claim, measured, path), ...dateFindings(claim.date, path, fact)]
  })
}

/** What an evaluation measured, and its id. */
function measuredBy(fact: Extract<Fact, { type: 'evaluation' | 'refusal' }>) {
  if (fact.type === 'refusal') return { id: fact.figures.id, all: fact.figures.measured }
  return { id: fact.assessment.id, all: fact.measured }
}

function differences(claim: EvaluationClaim, measured: Measured, path: string): CardFinding[] {
  const { interval: said } = claim
  const { interval: was } = measured
  const pairs: [string, string | number | null, string | number | null][] = [
    ['n', claim.n, measured.n],
    ['tries', claim.tries, measured.tries],
    ['metric', claim.metric, measured.metric],
    ['value', claim.value, measured.value],
    ['unit', claim.unit, measured.unit],
    ['line', claim.line, measured.line],
    ['interval/lower', said?.lower ?? null, was?.lower ?? null],
    ['interval/upper', said?.upper ?? null, was?.upper ?? null],
    ['interval/level', said?.level ?? null, was?.level ?? null],
    ['interval/method', said?.method ?? null, was?.method ?? null],
  ]
  return pairs.flatMap(([field, says, is]) => {
    if (same(says, is)) return []
    const words = `the card says ${says ?? 'nothing'}, and the evidence says ${is ?? 'nothing'}: figures are compiled, never typed (safelevel card renew)`
    return [error('figure_differs', `${path}/${field}`, words)]
  })
}

function dateFindings(
  date: string,
  path: string,
  fact: Extract<Fact, { type: 'evaluation' | 'refusal' }>,
): CardFinding[] {
  const at = fact.type === 'refusal' ? fact.figures.at : fact.assessment.concludedAt
  const was = at?.slice(0, 10) ?? null
  if (was === null || was === date) return []
  return [error('figure_differs', `${path}/date`, `the card says ${date}, and it was concluded on ${was}`)]
}

function thresholdFindings(claim: ThresholdClaim, path: string, facts: readonly Fact[]): CardFinding[] {
  const found = facts.filter((fact) => fact.type === 'evaluation')
  if (found.length === 0)
    return [
      error(
        'figure_unborne',
        path,
        'a verdict on a threshold rests on an assessment on record here, and on nothing else',
      ),
    ]
  return found.flatMap((fact) => {
    const stands = fact.thresholds.find(({ threshold }) => threshold === claim.threshold)
    if (stands === undefined)
      return [error('figure_unborne', path, `${fact.assessment.id} says nothing about ${claim.threshold}`)]
    const wrong = stands.verdict === claim.verdict ? [] : [{ at: 'verdict', says: claim.verdict, is: stands.verdict }]
    const other = stands.domain === claim.domain ? [] : [{ at: 'domain', says: claim.domain, is: stands.domain }]
    const differing = [...wrong, ...other].map(({ at, says, is }) =>
      error('figure_differs', `${path}/${at}`, `the card says ${says}, and ${fact.assessment.id} came to ${is}`),
    )
    return [...differing, ...dateFindings(claim.date, path, fact)]
  })
}

function flopsFindings(value: number, path: string, facts: readonly Fact[]): CardFinding[] {
  const found = facts.filter((fact) => fact.type === 'checkpoint')
  if (found.length === 0) return [error('figure_unborne', path, 'cite the checkpoint: its compute is on record')]
  return found.flatMap(({ checkpoint }) => {
    if (same(value, checkpoint.flops)) return []
    return [
      error('figure_differs', `${path}/value`, `the card says ${value}, and ${checkpoint.id} has ${checkpoint.flops}`),
    ]
  })
}

function numberFindings(value: number, path: string, facts: readonly Fact[], cited: number): CardFinding[] {
  if (cited === 0 || facts.some((fact) => numbersOf(fact).some((one) => same(one, value)))) return []
  return [error('figure_differs', `${path}/value`, `none of what is cited says ${value}`)]
}

function placeFindings(
  { deployment, surfaces }: ModelCard['deployment']['places'][number],
  path: string,
  facts: readonly Fact[],
): CardFinding[] {
  const found = facts.filter((fact) => fact.type === 'deployment')
  const fact = found.find((one) => one.deployment.id === deployment)
  if (fact === undefined) return [error('figure_unborne', path, `cite the deployment ${deployment} itself`)]
  const say = (list: readonly { kind: string; name: string }[]) =>
    list
      .map(({ kind, name }) => `${kind} ${name}`)
      .sort()
      .join(', ')
  const [says, is] = [say(surfaces), say(fact.deployment.surfaces)]
  return says === is
    ? []
    : [error('figure_differs', `${path}/surfaces`, `the card says ${says || 'none'}, and it is on ${is}`)]
}

/** Every number that an evidence holds. */
function numbersOf(fact: Fact): number[] {
  if (fact.type === 'checkpoint') return [fact.checkpoint.flops, fact.checkpoint.loss ?? Number.NaN]
  if (fact.type === 'evaluation' || fact.type === 'refusal')
    return measuredBy(fact).all.flatMap(({ value, interval, n, tries, line }) => [
      ...[value, n, tries ?? Number.NaN, line ?? Number.NaN],
      ...(interval === null ? [] : [interval.lower, interval.upper]),
    ])
  return fact.type === 'ledger' ? numbersIn(fact.event.data) : []
}

function numbersIn(value: unknown): number[] {
  if (typeof value === 'number') return [value]
  if (typeof value !== 'object' || value === null) return []
  return Object.values(value).flatMap(numbersIn)
}

/** Figures are compiled to six digits. */
function same(a: string | number | null, b: string | number | null): boolean {
  if (typeof a !== 'number' || typeof b !== 'number') return a === b
  return Math.abs(a - b) <= 1e-9 + 1e-6 * Math.max(Math.abs(a), Math.abs(b))
}

const PERCENT = /(?<![\w.])(\d{1,3}(?:\.\d{1,9})?)\s?(?:%|percent\b|per cent\b)/g
const MAX_PER_TEXT = 20

/**
 * Shares that people write into their words: each must be one that the figures of the card bear out, to the digits in which it is written. Else a
 * figure that nothing bears out would only have to be written as a sentence.
 */
export function proseFindings(card: ModelCard): CardFinding[] {
  const shares = sharesOf(card)
  return proseOf(card).flatMap(({ path, words }) =>
    [...words.matchAll(PERCENT)].slice(0, MAX_PER_TEXT).flatMap(([text, digits = '']) => {
      const decimals = digits.split('.')[1]?.length ?? 0
      const half = 0.5 * 10 ** -decimals + 1e-9
      if (shares.some((share) => Math.abs(share * 100 - Number(digits)) <= half)) return []
      const advice = 'put it among the figures with its evidence, or say it without a number'
      return [
        error(
          'prose_figure',
          path,
          `“${text.trim()}” stands here in words alone, and no figure of the card bears it out: ${advice}`,
        ),
      ]
    }),
  )
}

function sharesOf(card: ModelCard): number[] {
  return claimsOf(card).flatMap((placed) => {
    if (placed.kind === 'evaluation') {
      const { value, unit, interval, line } = placed.claim
      const all = [
        value,
        ...(interval === null ? [] : [interval.lower, interval.upper]),
        ...(line === null ? [] : [line]),
      ]
      return unit === '%' ? all.map((one) => one / 100) : all
    }
    if (placed.kind !== 'figure') return []
    const { value, unit } = placed.claim
    return unit === 'share' ? [value] : unit === '%' ? [value / 100] : []
  })
}
