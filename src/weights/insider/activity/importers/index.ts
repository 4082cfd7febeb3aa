import { batchesOfLines } from '../../../../base/lines.ts'
import { MAX_LINE_BYTES } from '../bounds.ts'
import { Fault } from '../fault.ts'
import { activityLines } from './activity-lines.ts'
import { auditdImporter } from './auditd.ts'
import { cloudtrailImporter } from './cloudtrail.ts'
import type { Imported, Importer, PeopleOf } from './importer.ts'
import { ocsfImporter } from './ocsf.ts'
import { oktaImporter } from './okta.ts'

export type { Imported, Importer, PeopleOf } from './importer.ts'
export { ocsfImporter } from './ocsf.ts'

const IMPORTERS = {
  ocsf: (people: PeopleOf) => ocsfImporter(people),
  cloudtrail: cloudtrailImporter,
  okta: oktaImporter,
  auditd: auditdImporter,
  activity: activityLines,
} as const

/** Formats that can be imported; `activity` is our own, `safelevel-activity/v1`. */
export type ImportFormat = keyof typeof IMPORTERS
export const IMPORT_FORMATS: readonly ImportFormat[] = ['ocsf', 'cloudtrail', 'okta', 'auditd', 'activity']

export function importerOf(format: ImportFormat, people: PeopleOf): Importer {
  return IMPORTERS[format](people)
}

/** A container of many records (a CloudTrail file, a page of Okta's log) stands on one line. */
const MAX_DOCUMENT_BYTES = 16 * 1024 * 1024

/** Everything that a stream in one of the formats holds, as many at a time as have come. */
export async function* importStream(
  format: ImportFormat,
  chunks: AsyncIterable<Uint8Array>,
  people: PeopleOf,
): AsyncGenerator<Imported> {
  const importer = importerOf(format, people)
  const isContained = format === 'cloudtrail' || format === 'okta'
  for await (const lines of batchesOfLines(chunks, isContained ? MAX_DOCUMENT_BYTES : MAX_LINE_BYTES)) {
    const imported = lines.flatMap(({ text, fault }) =>
      fault !== undefined ? [new Fault(fault)] : text === '' ? [] : importer.add(text),
    )
    if (imported.length > 0) yield imported
  }
  const rest = importer.end()
  if (rest.length > 0) yield rest
}
