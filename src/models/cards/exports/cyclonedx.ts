import { iso } from '../../../base/clock.ts'
import { VERSION } from '../../../base/version.ts'
import type { CardView } from '../audience.ts'
import type { EvaluationClaim, ModelCard } from '../schema.ts'
import { type CardSetting, EDITIONS } from './card-doc.ts'
import { evaluationChart } from './charts.ts'
import { staleWords } from './stale-words.ts'

/** Ids that the schema's list of licences has under the same name for sure; others go by name. */
const SPDX: ReadonlySet<string> = new Set([
  ...[
    'Apache-2.0',
    'MIT',
    'BSD-2-Clause',
    'BSD-3-Clause',
    'CC0-1.0',
    'CC-BY-4.0',
    'CC-BY-SA-4.0',
    'CC-BY-NC-4.0',
    'GPL-3.0-only',
    'AGPL-3.0-only',
    'MPL-2.0',
  ],
])

/** A machine-learning bill of materials: CycloneDX 1.6, JSON. The same card gives the same bytes but for the time. */
export function cycloneDx(view: CardView, { version, standing, nowMs }: CardSetting): string {
  const { card, audience, withheld, whole } = view
  const { identity } = card
  const bom = {
    $schema: 'http://cyclonedx.org/schema/bom-1.6.schema.json',
    bomFormat: 'CycloneDX',
    specVersion: '1.6',
    serialNumber: serialOf(version.digest),
    version: version.number ?? 1,
    metadata: {
      timestamp: version.publishedAt ?? iso(nowMs),
      tools: { components: [{ type: 'application', name: 'safelevel', version: VERSION }] },
      properties: [
        { name: 'safelevel:card-digest', value: version.digest },
        { name: 'safelevel:edition', value: EDITIONS[audience] },
        ...staleWords(whole, withheld, standing?.reasons ?? []).map((value) => ({ name: 'safelevel:stale', value })),
        ...withheld.map(({ path, audience: kept, reason }) => ({
          name: `safelevel:withheld:${path}`,
          value: `kept for ${kept}: ${reason}`,
        })),
      ],
    },
    components: [
      {
        type: 'machine-learning-model',
        'bom-ref': identity.checkpoint,
        ...(identity.developer === null ? {} : { supplier: supplierOf(card, identity.developer) }),
        name: identity.title,
        version: identity.version ?? identity.checkpoint,
        ...(card.summary === null ? {} : { description: card.summary }),
        ...licences(card),
        ...(identity.website === null ? {} : { externalReferences: [{ type: 'website', url: identity.website }] }),
        modelCard: modelCard(card),
        properties: evidenceProperties(card),
      },
    ],
  }
  return `${JSON.stringify(bom, null, 2)}\n`
}

/** RFC 9562, version 8: from the card, so that the same one keeps its number. */
function serialOf(digest: string): string {
  const hex = `${digest.slice(0, 12)}8${digest.slice(13, 16)}a${digest.slice(17, 32)}`
  return `urn:uuid:${hex.slice(0, 8)}-${hex.slice(8, 12)}-${hex.slice(12, 16)}-${hex.slice(16, 20)}-${hex.slice(20)}`
}

function supplierOf({ identity }: ModelCard, name: string) {
  const mails = identity.contacts.filter(({ address }) => /^mailto:[^@\s]+@[^@\s?]+$/i.test(address))
  return {
    name,
    ...(identity.website === null || !identity.website.startsWith('http') ? {} : { url: [identity.website] }),
    ...(mails.length === 0
      ? {}
      : { contact: mails.map((one) => ({ name: one.for, email: one.address.slice('mailto:'.length) })) }),
  }
}

function licences({ identity: { licence } }: ModelCard) {
  if (licence === null) return {}
  const url = licence.url === null ? {} : { url: licence.url }
  const of = SPDX.has(licence.id) ? { id: licence.id } : { name: licence.name ?? licence.id }
  return { licenses: [{ license: { ...of, ...url } }] }
}

function modelCard(card: ModelCard) {
  const { identity, trainingData, evaluations, intendedUses, outOfScopeUses, limitations, tradeoffs, risks } = card
  const svg = evaluationChart(evaluations)
  const datasets = trainingData.sources.map(({ name, kind, words }) => ({
    type: 'dataset',
    name,
    classification: kind,
    ...(words === null ? {} : { description: words }),
  }))
  return {
    modelParameters: {
      task: identity.task,
      ...(identity.architecture === null ? {} : { modelArchitecture: identity.architecture }),
      ...(datasets.length === 0 ? {} : { datasets }),
      ...(identity.modalities.input.length === 0
        ? {}
        : { inputs: identity.modalities.input.map((format) => ({ format })) }),
      ...(identity.modalities.output.length === 0
        ? {}
        : { outputs: identity.modalities.output.map((format) => ({ format })) }),
    },
    quantitativeAnalysis: {
      performanceMetrics: evaluations.map(metricOf),
      ...(svg === ''
        ? {}
        : {
            graphics: {
              description: 'Results with their intervals',
              collection: [
                {
                  name: 'evaluations.svg',
                  image: {
                    contentType: 'image/svg+xml',
                    encoding: 'base64',
                    content: Buffer.from(svg).toString('base64'),
                  },
                },
              ],
            },
          }),
    },
    considerations: {
      useCases: [...intendedUses, ...outOfScopeUses.map((one) => `Out of scope: ${one}`)],
      technicalLimitations: limitations,
      ...(tradeoffs.length === 0 ? {} : { performanceTradeoffs: tradeoffs }),
      ethicalConsiderations: risks.thresholds.map(({ threshold, domain, verdict, words }) => ({
        name: `${threshold} (${domain}): ${verdict}`,
        ...(words === null ? {} : { mitigationStrategy: words }),
      })),
    },
  }
}

function metricOf({ metric, value, interval, name, n }: EvaluationClaim) {
  return {
    type: metric,
    value: String(value),
    slice: `${name}, n=${n}`,
    ...(interval === null
      ? {}
      : { confidenceInterval: { lowerBound: String(interval.lower), upperBound: String(interval.upper) } }),
  }
}

function evidenceProperties(card: ModelCard) {
  const cited = [
    ...card.evaluations.map(({ name, evidence }) => [name, evidence] as const),
    ...card.risks.thresholds.map(({ threshold, evidence }) => [threshold, evidence] as const),
    ...(card.compute.flops === null ? [] : [['training compute', card.compute.flops.evidence] as const]),
  ]
  const figures = [...card.compute.figures, ...card.trainingData.figures].map(({ name, value, unit }) => ({
    name: `safelevel:figure:${name}`,
    value: `${value} ${unit}`,
  }))
  const flops =
    card.compute.flops === null ? [] : [{ name: 'safelevel:training-flop', value: String(card.compute.flops.value) }]
  return [
    ...flops,
    ...figures,
    ...cited.flatMap(([name, evidence]) =>
      evidence.map(({ type, id, digest }) => ({
        name: `safelevel:evidence:${name}`,
        value: `${type} ${id} sha256:${digest ?? 'none'}`,
      })),
    ),
  ]
}
