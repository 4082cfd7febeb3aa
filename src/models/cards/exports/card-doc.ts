import type { CardView } from '../audience.ts'
import type { Evidence, Figure } from '../evidence.ts'
import type { EvaluationClaim, ModelCard } from '../schema.ts'
import type { CardHead, CardStanding } from '../versions.ts'
import { type Block, type Cell, type Doc, NOT_STATED, type Section } from './blocks.ts'
import { computeChart, evaluationChart, percent } from './charts.ts'
import { staleWords } from './stale-words.ts'

/** What stands around a card: which version it is, and whether it still holds. */
export interface CardSetting {
  readonly version: CardHead
  /** null: of a draft nobody asks. */
  readonly standing: CardStanding | null
  readonly nowMs: number
}

const FOR = { customers: 'customers', authorities: 'authorities', internal: 'the developer alone' } as const
export const EDITIONS = {
  public: 'Edition for everybody',
  customers: 'Edition for customers',
  authorities: 'Edition for authorities',
  internal: 'Whole text, for the developer alone',
} as const

/** A card as people read it, in the order in which they ask. */
export function cardDoc(view: CardView, setting: CardSetting): Doc {
  const { card } = view
  const refs = new References(card)
  const { version } = setting
  const which =
    version.number === null ? 'Draft' : `Version ${version.number}, published ${version.publishedAt?.slice(0, 10)}`
  const sections = [
    identity(card),
    section('uses', 'What it is for', [
      heading('Intended uses', card.intendedUses),
      heading('Out of scope', card.outOfScopeUses),
      ...words('Restrictions on its use', card.acceptableUse),
    ]),
    section('capabilities', 'What it can do', [
      { kind: 'list', items: card.capabilities.map((one) => refs.cite(one.words, one.evidence)) },
    ]),
    section('limitations', 'What it can’t do', [
      { kind: 'list', items: card.limitations },
      ...(card.tradeoffs.length === 0 ? [] : [heading('Trade-offs', card.tradeoffs)]),
    ]),
    evaluations(card, refs),
    risks(card, refs),
    safeguards(card, refs),
    trainingData(card, refs),
    compute(card, refs),
    deployment(card, refs),
    section('reporting', 'Where to report what goes wrong', [
      { kind: 'facts', rows: card.reporting.map((one): [string, Cell] => [one.for, linkTo(one.where)]) },
    ]),
    section('changes', 'What has changed', [
      { kind: 'facts', rows: card.changelog.map((one): [string, Cell] => [one.date, one.words]) },
    ]),
    register(view),
    ...refs.section(),
  ]
  return {
    title: `${card.identity.title}: model card`,
    subtitle: `${card.identity.checkpoint}. ${which}. ${EDITIONS[view.audience]}.`,
    lead: [...notices(view, setting), ...prose(card.summary)],
    sections: sections.filter(({ blocks }) => blocks.length > 0),
  }
}

/** What readers must not miss, before anything else. */
export function notices(
  { withheld, whole }: Pick<CardView, 'withheld' | 'whole'>,
  { version, standing }: CardSetting,
): Block[] {
  const found: Block[] = []
  if (version.withdrawn !== null)
    found.push({
      kind: 'notice',
      title: `This card was withdrawn on ${version.withdrawn.at.slice(0, 10)}`,
      lines: [version.withdrawn.reason],
    })
  if (version.state === 'superseded')
    found.push({ kind: 'notice', title: 'This is an earlier version', lines: ['A newer one has taken its place.'] })
  if (standing !== null && standing.reasons.length > 0) {
    const lines = staleWords(whole, withheld, standing.reasons).slice(0, 12)
    found.push({ kind: 'notice', title: 'Some of this no longer holds', lines })
  }
  if (withheld.length > 0) {
    const n = withheld.length
    const line = `${n} ${n === 1 ? 'part is' : 'parts are'} withheld from this edition. What, from whom and why stands under “What is withheld”.`
    found.push({ kind: 'notice', title: 'Not everything is shown here', lines: [line] })
  }
  return found
}

function section(id: string, title: string, blocks: readonly Block[]): Section {
  const kept = blocks.filter(
    (block) =>
      !(block.kind === 'list' && block.items.length === 0) && !(block.kind === 'facts' && block.rows.length === 0),
  )
  return {
    id,
    title,
    blocks:
      kept.length === 0 ? [{ kind: 'prose', text: `${NOT_STATED[0]?.toUpperCase()}${NOT_STATED.slice(1)}.` }] : kept,
  }
}

function prose(text: string | null): Block[] {
  return text === null ? [] : [{ kind: 'prose', text }]
}

function heading(label: string, items: readonly string[]): Block {
  return {
    kind: 'facts',
    rows: items.length === 0 ? [[label, NOT_STATED]] : items.map((item, i) => [i === 0 ? label : '', item]),
  }
}

function words(label: string, text: string | null): Block[] {
  return text === null ? [] : [{ kind: 'facts', rows: [[label, text]] }]
}

/** Addresses were checked when the card was read: they begin with a scheme that is known, or are paths of this site. */
function linkTo(address: string): Cell {
  return { text: address.replace(/^(mailto|tel):/i, ''), href: address }
}

function identity({ identity: of }: ModelCard): Section {
  const licence =
    of.licence === null
      ? null
      : [of.licence.name ?? of.licence.id, of.licence.url].filter((one) => one !== null).join(', ')
  const rows: [string, Cell | null][] = [
    ['Developer', [of.developer, of.developerAddress].filter((one) => one !== null).join(', ') || null],
    ['Version', of.version],
    ['Checkpoint', of.checkpoint],
    ['Released', of.released],
    ['Released in the Union', of.releasedInUnion],
    ['Licence', licence],
    ['Made from', of.baseModel],
    ['Architecture', of.architecture],
    ['Parameters', of.parameters === null ? null : of.parameters.toLocaleString('en')],
    ['Context', of.contextTokens === null ? null : `${of.contextTokens.toLocaleString('en')} tokens`],
    ['Languages', of.languages.join(', ') || null],
    ['Takes in', of.modalities.input.join(', ') || null],
    ['Gives out', of.modalities.output.join(', ') || null],
    ...of.contacts.map((one): [string, Cell] => [`Contact: ${one.for}`, linkTo(one.address)]),
    ['Website', of.website === null ? null : linkTo(of.website)],
  ]
  const optional = new Set(['Released in the Union', 'Made from', 'Architecture', 'Parameters', 'Context', 'Website'])
  const shown = rows.filter(([label, value]) => value !== null || !optional.has(label))
  return {
    id: 'identity',
    title: 'What this is',
    blocks: [{ kind: 'facts', rows: shown.map(([label, value]) => [label, value ?? NOT_STATED]) }],
  }
}

function evaluations({ evaluations: all }: ModelCard, refs: References): Section {
  if (all.length === 0) return section('evaluations', 'How it was evaluated', [])
  const svg = evaluationChart(all)
  const methods = [...new Set(all.flatMap(({ interval }) => interval?.method ?? []))].map((one) => `Intervals: ${one}.`)
  const conditions = all.filter((one) => one.conditions !== null).map((one) => `${one.name}: ${one.conditions}`)
  const blocks: Block[] = [
    ...(svg === ''
      ? []
      : [
          {
            kind: 'chart' as const,
            svg,
            caption: 'Each result with its interval. The same figures stand in the table.',
          },
        ]),
    {
      kind: 'table',
      caption: 'Results, compiled from the evaluations',
      head: ['Evaluation', 'Measured', 'Result', 'Date'],
      rows: all.map((one) => evaluationRow(one, refs)),
    },
    { kind: 'list', items: [...methods, ...conditions] },
  ]
  return section('evaluations', 'How it was evaluated', blocks)
}

function evaluationRow(one: EvaluationClaim, refs: References): Cell[] {
  const { name, by, n, metric, unit, value, interval, line, date, evidence, tries } = one
  const show = (figure: number) => (unit === 'share' ? percent(figure) : `${figure} ${unit}`)
  const level = interval?.level == null ? '' : `, ${percent(interval.level)}`
  const within = interval === null ? 'no interval stated' : `${show(interval.lower)} to ${show(interval.upper)}${level}`
  const counted = tries === null || tries === n ? `n = ${n}` : `n = ${n}, ${tries} tries`
  return [
    refs.cite(by === null ? name : `${name} (reported by ${by}; not checked here)`, evidence),
    `${metric}, ${counted}`,
    `${show(value)}; ${within}${line === null ? '' : `; the line is ${show(line)}`}`,
    date,
  ]
}

const VERDICTS = {
  BELOW: '✓ below the threshold',
  MET: '■ threshold met',
  INCONCLUSIVE: '◐ not shown to be below, which counts as met',
} as const

function risks({ risks: of }: ModelCard, refs: References): Section {
  const table: Block[] =
    of.thresholds.length === 0
      ? []
      : [
          {
            kind: 'table',
            caption: 'Capability thresholds',
            head: ['Threshold', 'Domain', 'Verdict', 'Date'],
            rows: of.thresholds.map((one) => [
              refs.cite(one.threshold, one.evidence),
              one.domain,
              one.words === null ? VERDICTS[one.verdict] : `${VERDICTS[one.verdict]}. ${one.words}`,
              one.date,
            ]),
          },
        ]
  return section('risks', 'Risks', [
    ...prose(of.words),
    ...table,
    ...words('Catastrophic risks', of.catastrophic),
    ...words('Evaluators from outside', of.thirdParties),
    ...words('Framework', of.framework),
  ])
}

function safeguards({ safeguards: of }: ModelCard, refs: References): Section {
  const claims = (label: string, all: ModelCard['safeguards']['other']): Block[] =>
    all.length === 0
      ? []
      : [
          {
            kind: 'facts',
            rows: all.map((one, i): [string, Cell] => [i === 0 ? label : '', refs.cite(one.words, one.evidence)]),
          },
        ]
  const policy: Block[] =
    of.policy === null
      ? []
      : [
          {
            kind: 'facts',
            rows: [['Acceptable use policy', refs.cite(`version ${of.policy.version}`, of.policy.evidence)]],
          },
        ]
  return section('safeguards', 'Safeguards', [
    ...policy,
    ...claims('Classifiers', of.classifiers),
    ...claims('Taught to refuse', of.refusal),
    ...claims('Others', of.other),
  ])
}

function trainingData({ trainingData: of }: ModelCard, refs: References): Section {
  const sources: Block[] =
    of.sources.length === 0
      ? []
      : [
          {
            kind: 'table',
            caption: 'Sources',
            head: ['Source', 'What', 'Kind'],
            rows: of.sources.map((one) => [one.name, one.words ?? '', one.kind]),
          },
        ]
  return section('training-data', 'Training data', [
    ...prose(of.words),
    ...words('Nothing newer than', of.cutoff),
    ...sources,
    ...words('How it was chosen and cleaned', of.curation),
    ...words('Data that must not be there, and bias', of.unlawfulAndBias),
    ...figureBlocks(of.figures, refs),
  ])
}

function compute(card: ModelCard, refs: References): Section {
  const { compute: of } = card
  const svg = computeChart(card)
  const flops: [string, Cell][] =
    of.flops === null
      ? []
      : [['Training compute', refs.cite(`${of.flops.value.toExponential(2)} FLOP`, of.flops.evidence)]]
  return section('compute', 'Compute and energy', [
    { kind: 'facts', rows: flops },
    ...(svg === ''
      ? []
      : [
          {
            kind: 'chart' as const,
            svg,
            caption: 'On a scale on which each step is ten times the one before; dotted: amounts that rules name.',
          },
        ]),
    ...words('Hardware', of.hardware),
    ...words('Duration', of.duration),
    ...words('Process', of.process),
    ...figureBlocks(of.figures, refs),
  ])
}

function figureBlocks(figures: readonly Figure[], refs: References): Block[] {
  if (figures.length === 0) return []
  const rows = figures.map((one) => [refs.cite(one.name, one.evidence), one.note ?? '', `${one.value} ${one.unit}`])
  return [{ kind: 'table', caption: 'Figures', head: ['What', 'Note', 'How much'], rows }]
}

function deployment({ deployment: of, distribution }: ModelCard, refs: References): Section {
  const places = of.places.map((one): [string, Cell] => [
    one.deployment,
    refs.cite(one.surfaces.map(({ kind, name }) => `${kind}: ${name}`).join(', '), one.evidence),
  ])
  return section('deployment', 'Where it runs, and how it is handed out', [
    {
      kind: 'facts',
      rows: [
        ['AI safety level', 'none is claimed: a level would stand here only as far as it can be proven'],
        ...places,
      ],
    },
    ...words('Weights', distribution.weights),
    ...(distribution.channels.length === 0 ? [] : [heading('Channels', distribution.channels)]),
    ...prose(distribution.words),
    ...words('To build it into a system', distribution.integration),
  ])
}

/** That something is withheld, and why, is never withheld. */
export function register({ withheld }: Pick<CardView, 'withheld'>): Section {
  if (withheld.length === 0)
    return {
      id: 'withheld',
      title: 'What is withheld',
      blocks: [{ kind: 'prose', text: 'Nothing is withheld from this edition.' }],
    }
  const rows = withheld.map(({ path, audience, reason }) => [path, reason, FOR[audience]])
  return {
    id: 'withheld',
    title: 'What is withheld',
    blocks: [
      {
        kind: 'table',
        caption: 'Parts that stand in the card and not in this edition',
        head: ['Part', 'Why', 'Kept for'],
        rows,
      },
    ],
  }
}

/** Numbers the evidence in the order in which it is first cited. */
class References {
  readonly #numbers = new Map<string, { readonly number: number; readonly evidence: Evidence }>()

  constructor(card: ModelCard) {
    // Evidence of what is cited first has the lowest number, whichever section is written first.
    for (const one of card.capabilities.flatMap(({ evidence }) => evidence)) this.#number(one)
  }

  cite(text: string, evidence: readonly Evidence[]): Cell {
    return evidence.length === 0 ? text : { text, refs: [...new Set(evidence.map((one) => this.#number(one)))] }
  }

  section(): Section[] {
    const all = [...this.#numbers.values()]
    if (all.length === 0) return []
    const items = all.map(({ evidence: { type, id, digest, asOf } }) => {
      const what = type === 'external' ? 'external, not checked here' : type
      return { text: `${what}: ${id}, as of ${asOf.slice(0, 10)}`, digest }
    })
    return [{ id: 'evidence', title: 'Evidence', blocks: [{ kind: 'references', items }] }]
  }

  #number(evidence: Evidence): number {
    const key = `${evidence.type} ${evidence.id} ${evidence.digest}`
    const known = this.#numbers.get(key)
    if (known !== undefined) return known.number
    const number = this.#numbers.size + 1
    this.#numbers.set(key, { number, evidence })
    return number
  }
}
