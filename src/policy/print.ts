import { stringify } from 'yaml'
import type { PolicyDocument } from './document.ts'

/** A document as YAML that reads back as the same document, with the same digest. Comments of the file it came from are not in it. */
export function printPolicy(document: PolicyDocument): string {
  // Quotes keep ids such as 1.10 from being read as numbers; no anchors, which a policy may not use.
  return stringify(document, { aliasDuplicateObjects: false, lineWidth: 110, version: '1.2' })
}
