import { assessedParts, operator, people } from './assessment.ts'
import { metadata, prop } from './document.ts'
import type { OscalInput } from './standing.ts'
import { stableUuid } from './uuid.ts'

/**
 * What is to be done: an item for each control that is not shown to hold, be it that it fails, or that nobody can say.
 *
 * @returns null where every control holds, since OSCAL knows no empty plan
 */
export function oscalPoam(input: OscalInput) {
  const { catalogue, profile, overlays, system, at } = input
  const open = assessedParts(input).flatMap(({ risk, ...rest }) => (risk === null ? [] : [{ ...rest, risk }]))
  if (open.length === 0) return null
  const title = `What is to be done so that the controls of ${[profile, ...overlays].join(' with ')} hold`
  return {
    'plan-of-action-and-milestones': {
      uuid: stableUuid('poam', system, input.lookedAt ?? at, profile, ...overlays),
      metadata: metadata({ title, at, digest: catalogue.digest, parties: [operator(system), ...people(input)] }),
      'system-id': { id: system },
      observations: open.flatMap(({ observations }) => observations),
      risks: open.map(({ risk }) => risk),
      findings: open.map(({ finding }) => finding),
      'poam-items': open.map(({ controlId, observations, finding, risk }) => ({
        uuid: stableUuid('poam-item', system, controlId),
        title: `${controlId}: ${finding.title}`,
        description: finding.description,
        props: [prop('control', controlId), ...finding.props],
        'related-findings': [{ 'finding-uuid': finding.uuid }],
        'related-observations': observations.map(({ uuid }) => ({ 'observation-uuid': uuid })),
        'related-risks': [{ 'risk-uuid': risk.uuid }],
      })),
    },
  }
}
