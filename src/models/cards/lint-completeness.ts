import { mayWithhold, standsAt, viewFor } from './audience.ts'
import type { Fact } from './facts.ts'
import { type CardFinding, error, warning } from './finding.ts'
import type { LintContext } from './lint-evidence.ts'
import type { Measured } from './measured.ts'
import type { ModelCard } from './schema.ts'

/** What a card owes by the ASL-2 standard: without it, it is none. */
const OWED: readonly { path: string; words: string; stands(card: ModelCard): boolean }[] = [
  { path: '/summary', words: 'say what the model is, in a paragraph', stands: ({ summary }) => summary !== null },
  {
    path: '/identity/developer',
    words: 'say who made it',
    stands: ({ identity }) => identity.developer !== null,
  },
  {
    path: '/intendedUses',
    words: 'say what it is meant for',
    stands: ({ intendedUses }) => intendedUses.length > 0,
  },
  {
    path: '/outOfScopeUses',
    words: 'say what it is not meant for',
    stands: ({ outOfScopeUses }) => outOfScopeUses.length > 0,
  },
  {
    path: '/capabilities',
    words: 'say what it can do, and cite what shows it',
    stands: ({ capabilities }) => capabilities.length > 0,
  },
  {
    path: '/limitations',
    words: 'say what it can’t do, or does badly',
    stands: ({ limitations }) => limitations.length > 0,
  },
  {
    path: '/evaluations',
    words:
      'give the results of an evaluation of this checkpoint: conclude one (safelevel eval), then safelevel card renew',
    stands: ({ evaluations }) => evaluations.some(({ evidence }) => evidence.some(({ type }) => type === 'evaluation')),
  },
  {
    path: '/risks/thresholds',
    words: 'give the verdict on each capability threshold: conclude an assessment, then safelevel card renew',
    stands: ({ risks }) => risks.thresholds.length > 0,
  },
  {
    path: '/safeguards/policy',
    words: 'name the acceptable use policy in force (safelevel card renew)',
    stands: ({ safeguards }) => safeguards.policy !== null,
  },
  { path: '/reporting', words: 'say where to report what goes wrong', stands: ({ reporting }) => reporting.length > 0 },
]

/** What readers expect, and what forms ask for. */
const EXPECTED: typeof OWED = [
  { path: '/identity/released', words: 'the day of release', stands: ({ identity }) => identity.released !== null },
  { path: '/identity/licence', words: 'the licence', stands: ({ identity }) => identity.licence !== null },
  { path: '/identity/languages', words: 'its languages', stands: ({ identity }) => identity.languages.length > 0 },
  {
    path: '/identity/modalities',
    words: 'what goes in and comes out',
    stands: ({ identity: { modalities } }) => modalities.input.length > 0 && modalities.output.length > 0,
  },
  { path: '/identity/contacts', words: 'whom to write to', stands: ({ identity }) => identity.contacts.length > 0 },
  { path: '/trainingData', words: 'what it was trained on', stands: ({ trainingData }) => trainingData.words !== null },
  { path: '/compute/flops', words: 'the compute of its training', stands: ({ compute }) => compute.flops !== null },
  {
    path: '/risks/catastrophic',
    words: 'how catastrophic risks were assessed',
    stands: ({ risks }) => risks.catastrophic !== null,
  },
  {
    path: '/safeguards/refusal',
    words: 'how it was taught to refuse',
    stands: ({ safeguards }) => safeguards.refusal.length > 0,
  },
  { path: '/distribution', words: 'how it is handed out', stands: ({ distribution }) => distribution.weights !== null },
  {
    path: '/acceptableUse',
    words: 'the restrictions on its use',
    stands: ({ acceptableUse }) => acceptableUse !== null,
  },
  { path: '/changelog', words: 'what has changed', stands: ({ changelog }) => changelog.length > 0 },
]

export function completenessFindings(card: ModelCard): CardFinding[] {
  return [
    ...OWED.filter(({ stands }) => !stands(card)).map(({ path, words }) => error('owed', path, words)),
    ...EXPECTED.filter(({ stands }) => !stands(card)).map(({ path, words }) =>
      warning('not_stated', path, `not stated: ${words}`),
    ),
    ...verdictFindings(card),
    ...countFindings(card),
    ...identityFindings(card),
  ]
}

function verdictFindings({ risks }: ModelCard): CardFinding[] {
  return risks.thresholds.flatMap(({ threshold, verdict }, i) => {
    if (verdict === 'BELOW') return []
    const what = verdict === 'MET' ? 'is met' : 'is not shown to be unmet, which counts as met'
    return [
      warning(
        'threshold',
        `/risks/thresholds/${i}/verdict`,
        `${threshold} ${what}: say in the card what follows from it`,
      ),
    ]
  })
}

/** A value without n and interval says less than it seems to. */
function countFindings({ evaluations }: ModelCard): CardFinding[] {
  return evaluations.flatMap(({ n, interval }, i) => [
    ...(n > 0
      ? []
      : [error('n_not_stated', `/evaluations/${i}/n`, 'say of how many tasks: a value without n tells nothing')]),
    ...(interval !== null
      ? []
      : [
          warning(
            'interval_not_stated',
            `/evaluations/${i}`,
            'no interval is stated: readers can’t tell it from chance',
          ),
        ]),
  ])
}

function identityFindings({ identity, evaluations }: ModelCard): CardFinding[] {
  const found: CardFinding[] = []
  if (!identity.checkpoint.startsWith(`${identity.model}/`)) {
    const words = `${identity.checkpoint} is no checkpoint of ${identity.model}`
    found.push(error('identity', '/identity/checkpoint', words))
  }
  const names = new Set<string>()
  for (const [i, { name }] of evaluations.entries()) {
    if (names.has(name)) found.push(error('twice', `/evaluations/${i}/name`, `${name} stands there twice`))
    names.add(name)
  }
  return found
}

/**
 * What the cited evaluations found and the card leaves out: a card that shows the best of several results, or is silent on a threshold, misleads with
 * true figures.
 */
export function omissionFindings({ card, facts }: LintContext): CardFinding[] {
  return [...facts.values()].flatMap((fact) => {
    if (fact?.type === 'refusal' && fact.figures.checkpoint === card.identity.checkpoint)
      return resultsLeftOut(card, fact.figures.id, fact.figures.measured)
    if (fact?.type !== 'evaluation' || fact.assessment.checkpoint !== card.identity.checkpoint) return []
    return [...resultsLeftOut(card, fact.assessment.id, fact.measured), ...thresholdsLeftOut(card, fact)]
  })
}

function resultsLeftOut(card: ModelCard, id: string, measured: readonly Measured[]): CardFinding[] {
  return measured
    .filter(({ suite, snapshot }) => !card.evaluations.some((one) => one.suite === suite && one.snapshot === snapshot))
    .map(({ suite, snapshot }) => {
      const words = `${id} measured ${suite}, ${snapshot}, and the card leaves it out: state every result, or withhold it with a reason`
      return error('left_out', '/evaluations', words)
    })
}

function thresholdsLeftOut(
  card: ModelCard,
  { thresholds, assessment }: Extract<Fact, { type: 'evaluation' }>,
): CardFinding[] {
  const stated = new Set(card.risks.thresholds.map(({ threshold }) => threshold))
  return thresholds
    .filter(({ threshold }) => !stated.has(threshold))
    .map(({ threshold }) =>
      error(
        'left_out',
        '/risks/thresholds',
        `${assessment.id} came to a verdict on ${threshold}, and the card leaves it out`,
      ),
    )
}

/** What may be kept back, and whether it can be. */
export function withholdingFindings(card: ModelCard): CardFinding[] {
  const found = card.withheld.flatMap(({ path }, i) => {
    const at = `/withheld/${i}/path`
    if (!mayWithhold(path)) {
      const words = path.includes('/evidence')
        ? 'evidence is never withheld: what is claimed must not rest on nothing'
        : 'this is never withheld: who and what the card is about, where to report, and that something is kept back'
      return [error('withheld_never', at, words)]
    }
    return standsAt(card, path) ? [] : [error('withheld_nothing', at, `there is nothing at ${path}`)]
  })
  if (found.length > 0) return found
  for (const audience of ['public', 'customers', 'authorities'] as const) {
    try {
      viewFor(card, audience)
    } catch {
      return [
        error(
          'withheld_whole',
          '/withheld',
          `readers (${audience}) would get half of something: withhold the whole claim or section`,
        ),
      ]
    }
  }
  return []
}
