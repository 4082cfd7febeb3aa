/** A place in the sidebar. */
export interface Place {
  readonly label: string
  readonly href: string
  /** Who may not do this doesn't see the place; null = everybody who is signed in. */
  readonly action: string | null
  readonly group: 'work' | 'house'
  /** Other words by which ⌘K finds it. */
  readonly words?: string
  /** A number beside it, from the session. */
  readonly badge?: 'approvals'
}

/** In the order of the sidebar: first what is worked on, then what keeps the house. */
export const PLACES: readonly Place[] = [
  { label: 'Now', href: '/', action: null, group: 'work', words: 'overview home status' },
  {
    label: 'Approvals',
    href: '/approvals',
    action: 'approvals.read',
    group: 'work',
    badge: 'approvals',
    words: 'inbox requests',
  },
  { label: 'People', href: '/people', action: 'people.read', group: 'house', words: 'staff roles team invite' },
  { label: 'Ledger', href: '/ledger', action: 'ledger.read', group: 'house', words: 'log entries proof checkpoint' },
]

/** What an identifier begins with -> where its object has its page. */
const OBJECTS: readonly (readonly [prefix: string, label: string, path: string])[] = [
  ['per_', 'Person', '/people/'],
  ['apr_', 'Approval', '/approvals/'],
]

/** Where something that was typed or pasted leads; empty when it is no identifier. */
export function objectsNamed(text: string): { label: string; group: string; href: string }[] {
  const known = OBJECTS.filter(([prefix]) => text.startsWith(prefix) && /^[a-z]+_[A-Za-z0-9]+$/.test(text))
  const found = known.map(([, label, path]) => ({ label: `${label} ${text}`, group: 'Open', href: `${path}${text}` }))
  const position = /^#?(\d{1,15})$/.exec(text)?.[1]
  if (position === undefined) return found
  return [...found, { label: `Ledger entry ${position}`, group: 'Open', href: `/ledger/${position}` }]
}
