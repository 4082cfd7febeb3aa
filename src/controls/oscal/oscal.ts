import { oscalResults } from './assessment.ts'
import { oscalCatalog, oscalComponent, oscalProfile, profileFile } from './catalog.ts'
import { COMPONENT_UUID } from './document.ts'
import { oscalPoam } from './poam.ts'
import type { OscalInput } from './standing.ts'

/** A document of OSCAL, to be written under its name beside the others, since they refer to each other by name. */
export interface OscalFile {
  readonly name: string
  /** JSON. */
  readonly text: string
}

/**
 * Everything as others read it: catalogue, profiles, what the product contributes, what was found, and what is to be done. The same input gives the same
 * bytes.
 *
 * @returns without `plan-of-action-and-milestones.json` where every control holds
 * @throws {AppError} NOT_FOUND when there is no such profile
 * @see https://pages.nist.gov/OSCAL/ edition 1.2
 */
export function oscalFiles(input: OscalInput): OscalFile[] {
  const { catalogue, profile, overlays, at } = input
  const poam = oscalPoam(input)
  return [
    file('catalog.json', oscalCatalog(catalogue, at)),
    ...catalogue.profiles.map(({ id }) => file(profileFile(id), oscalProfile(catalogue, id, at))),
    file('component-definition.json', oscalComponent(catalogue, [profile, ...overlays], COMPONENT_UUID, at)),
    file('assessment-results.json', oscalResults(input)),
    ...(poam === null ? [] : [file('plan-of-action-and-milestones.json', poam)]),
  ]
}

function file(name: string, document: object): OscalFile {
  return { name, text: `${JSON.stringify(document, null, 2)}\n` }
}
