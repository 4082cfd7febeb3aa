import { VERSION } from '../../base/version.ts'
import { stableUuid } from './uuid.ts'

/** The edition of OSCAL in which documents are written. */
export const OSCAL_VERSION = '1.2.1'

/** Of properties that OSCAL has no name for. */
export const NS = 'urn:safelevel:oscal'

/** The organisation and the product, as documents name them. */
export const ORGANISATION_UUID = stableUuid('party', 'organisation')
export const COMPONENT_UUID = stableUuid('component', 'safelevel')

export interface Prop {
  readonly name: string
  readonly ns?: string
  readonly value: string
  readonly class?: string
  readonly remarks?: string
}

/** A property of ours. Values of OSCAL are one line without space at either end. */
export function prop(name: string, value: string, more: { class?: string; remarks?: string } = {}): Prop {
  return { name, ns: NS, value: value.replace(/\s+/g, ' ').trim(), ...more }
}

export interface Party {
  readonly uuid: string
  readonly type: 'organization' | 'person'
  readonly name: string
}

export interface About {
  readonly title: string
  /** ISO 8601. */
  readonly at: string
  /** Hex, of the catalogue. */
  readonly digest: string
  readonly roles?: readonly string[]
  readonly parties?: readonly Party[]
}

/** What stands at the head of every document. */
export function metadata({ title, at, digest, roles = [], parties = [] }: About) {
  return {
    title,
    'last-modified': at,
    version: `${VERSION}+${digest.slice(0, 12)}`,
    'oscal-version': OSCAL_VERSION,
    props: [prop('catalogue-digest', digest)],
    ...(roles.length === 0 ? {} : { roles: roles.map((id) => ({ id, title: `Staff role ${id}` })) }),
    ...(parties.length === 0 ? {} : { parties }),
  }
}

/** A list where OSCAL wants no empty one. */
export function some<K extends string, T>(key: K, items: readonly T[]): { [P in K]?: readonly T[] } {
  const filled: { [P in K]?: readonly T[] } = {}
  if (items.length > 0) filled[key] = items
  return filled
}
