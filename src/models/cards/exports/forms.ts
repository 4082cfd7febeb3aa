import type { CardView } from '../audience.ts'
import type { Figure } from '../evidence.ts'
import type { ModelCard } from '../schema.ts'
import { type Doc, NOT_STATED, type Section } from './blocks.ts'
import { type CardSetting, EDITIONS, notices, register } from './card-doc.ts'
import { percent } from './charts.ts'

type Row = readonly [string, string | null]

/** A field that the card says nothing about is there all the same: who reads a form must see what is missing. */
function part(id: string, title: string, rows: readonly Row[]): Section {
  return { id, title, blocks: [{ kind: 'facts', rows: rows.map(([label, value]) => [label, value ?? NOT_STATED]) }] }
}

const listed = (items: readonly string[]) => (items.length === 0 ? null : items.join('; '))
const joined = (...parts: readonly (string | null)[]) => listed(parts.filter((one) => one !== null))

/** California SB 53, Business and Professions Code 22757.12 (c): the seven facts, then the summaries that large developers add. */
export function sb53Report(view: CardView, setting: CardSetting): Doc {
  const { card } = view
  const { identity, risks } = card
  const thresholds = risks.thresholds.map(({ threshold, verdict, date }) => `${threshold}: ${verdict} (${date})`)
  return {
    title: `Transparency report: ${identity.title}`,
    subtitle: `After California SB 53, section 22757.12 (c). ${EDITIONS[view.audience]}.`,
    lead: notices(view, setting),
    sections: [
      part('model', 'The model', [
        ['Website of the developer', identity.website],
        [
          'How people can reach the developer',
          listed([
            ...identity.contacts.map((one) => `${one.for}: ${one.address}`),
            ...card.reporting.map((one) => `${one.for}: ${one.where}`),
          ]),
        ],
        ['Release date', identity.released],
        ['Languages', listed(identity.languages)],
        ['Modalities of output', listed(identity.modalities.output)],
        ['Intended uses', listed(card.intendedUses)],
        [
          'Restrictions and conditions on its use',
          joined(card.acceptableUse, ...card.outOfScopeUses.map((one) => `not for: ${one}`)),
        ],
      ]),
      part('catastrophic-risk', 'Catastrophic risk: summaries', [
        ['Assessments under the framework', joined(risks.framework, risks.catastrophic)],
        ['Results of those assessments', joined(listed(thresholds), risks.words)],
        ['Evaluators from outside', risks.thirdParties],
        [
          'Other steps under the framework',
          listed(
            [...card.safeguards.classifiers, ...card.safeguards.refusal, ...card.safeguards.other].map(
              ({ words }) => words,
            ),
          ),
        ],
      ]),
      register(view),
    ],
  }
}

/** The model documentation form of the EU's code of practice for general-purpose AI (transparency chapter, July 2025), by its fields. */
export function euForm(view: CardView, setting: CardSetting): Doc {
  const { card } = view
  const { identity, trainingData, compute, distribution } = card
  const sections = [
    part('general', '1. General information', [
      ['1.1 Legal name of the provider', joined(identity.developer, identity.developerAddress)],
      ['1.2 Model name', joined(identity.title, identity.checkpoint, identity.version)],
      ['1.3 Authenticity', authenticity(card)],
      ['1.4 Release date', identity.released],
      ['1.5 Release date in the Union', identity.releasedInUnion],
      ['1.6 Models that it depends on', identity.baseModel],
    ]),
    part('properties', '2. Properties of the model', [
      ['2.1 Architecture', identity.architecture],
      ['2.2 Design specifications', card.summary],
      ['2.3 Modalities of input', listed(identity.modalities.input)],
      [
        '2.4 Largest input',
        identity.contextTokens === null ? null : `${identity.contextTokens.toLocaleString('en')} tokens`,
      ],
      ['2.5 Modalities of output', listed(identity.modalities.output)],
      [
        '2.6 Total size',
        identity.parameters === null ? null : `${identity.parameters.toLocaleString('en')} parameters`,
      ],
    ]),
    part('distribution', '3. Distribution and licences', [
      [
        '3.1 Channels',
        joined(
          listed(distribution.channels),
          distribution.weights === null ? null : `weights: ${distribution.weights}`,
          distribution.words,
        ),
      ],
      [
        '3.2 Licence',
        identity.licence === null ? null : joined(identity.licence.id, identity.licence.name, identity.licence.url),
      ],
    ]),
    part('use', '4. Use', [
      [
        '4.1 Acceptable use policy',
        joined(
          card.acceptableUse,
          card.safeguards.policy === null ? null : `policy version ${card.safeguards.policy.version}`,
        ),
      ],
      ['4.2 Intended uses', listed(card.intendedUses)],
      ['4.3 Uses that are restricted or out of scope', listed(card.outOfScopeUses)],
      ['4.4 Systems in which it can be integrated, and what that takes', distribution.integration],
    ]),
    part('training', '5. Training process', [
      ['5.1 Stages, methods and what they are for', compute.process],
      ['5.2 Choices that were made, and why', listed(card.tradeoffs)],
    ]),
    part('data', '6. Data for training, testing and validation', [
      ['6.1 Kinds and modalities of data', trainingData.words],
      [
        '6.2 Where it comes from',
        listed(
          trainingData.sources.map(({ name, kind, words }) => `${name} (${kind})${words === null ? '' : `: ${words}`}`),
        ),
      ],
      ['6.3 Newest data', trainingData.cutoff],
      ['6.4 Amount', figures(trainingData.figures)],
      ['6.5 How it was obtained, chosen and curated', trainingData.curation],
      ['6.6 Unsuitable sources and biases: how they are found', trainingData.unlawfulAndBias],
      ['6.7 Testing and evaluation', evaluations(card)],
    ]),
    part('compute', '7. Compute in training', [
      ['7.1 Training time', compute.duration],
      ['7.2 Amount of compute', compute.flops === null ? null : `${compute.flops.value.toExponential(2)} FLOP`],
      [
        '7.3 How it was measured',
        compute.flops === null ? null : `cumulative, as recorded with the checkpoint ${identity.checkpoint}`,
      ],
      ['7.4 Hardware', compute.hardware],
    ]),
    part('energy', '8. Energy in training and in use', [
      ['8.1 Energy of training', figures(energy(compute.figures, 'training'))],
      ['8.2 Energy and compute in use', figures(energy(compute.figures, 'inference'))],
      [
        '8.3 Other figures',
        figures(compute.figures.filter((one) => !energy([one], 'training')[0] && !energy([one], 'inference')[0])),
      ],
    ]),
    register(view),
  ]
  const subtitle = `By the fields of the model documentation form (EU code of practice for general-purpose AI, transparency). ${EDITIONS[view.audience]}.`
  return { title: `Model documentation: ${identity.title}`, subtitle, lead: notices(view, setting), sections }
}

function authenticity({ compute, identity }: ModelCard): string | null {
  const digest = compute.flops?.evidence.find(({ type }) => type === 'checkpoint')?.digest ?? null
  return digest === null ? null : `record of the checkpoint ${identity.checkpoint}, SHA-256 ${digest}`
}

function energy(all: readonly Figure[], when: string): Figure[] {
  return all.filter(({ name, unit }) => /wh$|joule/i.test(unit) && name.toLowerCase().includes(when))
}

function figures(all: readonly Figure[]): string | null {
  return listed(
    all.map(({ name, value, unit, note }) => `${name}: ${value} ${unit}${note === null ? '' : ` (${note})`}`),
  )
}

function evaluations({ evaluations: all }: ModelCard): string | null {
  return listed(
    all.map(({ name, metric, value, unit, interval, n }) => {
      const show = (figure: number) => (unit === 'share' ? percent(figure) : `${figure} ${unit}`)
      const within = interval === null ? '' : ` (${show(interval.lower)} to ${show(interval.upper)})`
      return `${name}: ${metric} ${show(value)}${within}, n=${n}`
    }),
  )
}
