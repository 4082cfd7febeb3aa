import type { Clause, PolicyDocument } from './document.ts'
import type { Path } from './tree.ts'
import { allClauses } from './tree.ts'

/** One difference between two versions, in terms that people read. */
export interface PolicyChange {
  /** `added` and `removed` are about whole clauses, overlays and the like; `changed` about one value. */
  readonly change: 'added' | 'removed' | 'changed'
  /** `clause 4.1`, `overlay minors`, `policy` */
  readonly subject: string
  readonly title: string | null
  /** `prompt.threshold`; empty for the whole. */
  readonly field: string
  /** As JSON, null where there is nothing. */
  readonly before: string | null
  readonly after: string | null
}

/** What differs between two documents, in the order of the newer one. Empty when their digests are equal. */
export function diffPolicies(before: PolicyDocument, after: PolicyDocument): PolicyChange[] {
  const { sections: sectionsBefore, overlays: overlaysBefore = [], ...restBefore } = before
  const { sections: sectionsAfter, overlays: overlaysAfter = [], ...restAfter } = after
  return [
    ...fields('policy', null, restBefore, restAfter, []),
    ...named('section', sectionsBefore.map(headOf), sectionsAfter.map(headOf)),
    ...named('clause', allClauses(before).map(ownOf), allClauses(after).map(ownOf)),
    ...named('overlay', overlaysBefore, overlaysAfter),
  ]
}

interface Named {
  readonly id: string
  readonly title: string
}

function headOf({ id, title }: PolicyDocument['sections'][number]): Named {
  return { id, title }
}

/** A clause without those below it, which are compared by themselves. */
function ownOf({ clauses: _, ...own }: Clause): Omit<Clause, 'clauses'> {
  return own
}

function named<T extends Named>(kind: string, before: readonly T[], after: readonly T[]): PolicyChange[] {
  const old = new Map(before.map((item) => [item.id, item]))
  const now = new Set(after.map(({ id }) => id))
  const changes = after.flatMap((item) => {
    const earlier = old.get(item.id)
    const subject = `${kind} ${item.id}`
    return earlier === undefined ? [whole('added', subject, item)] : fields(subject, item.title, earlier, item, [])
  })
  const removed = before.filter(({ id }) => !now.has(id)).map((item) => whole('removed', `${kind} ${item.id}`, item))
  return [...changes, ...removed]
}

function whole(change: 'added' | 'removed', subject: string, item: Named): PolicyChange {
  const text = JSON.stringify(item)
  return {
    change,
    subject,
    title: item.title,
    field: '',
    before: change === 'removed' ? text : null,
    after: change === 'added' ? text : null,
  }
}

function fields(subject: string, title: string | null, before: unknown, after: unknown, path: Path): PolicyChange[] {
  if (isRecord(before) && isRecord(after)) {
    const keys = [...new Set([...Object.keys(after), ...Object.keys(before)])]
    return keys.flatMap((key) => fields(subject, title, before[key], after[key], [...path, key]))
  }
  const [old, now] = [print(before), print(after)]
  if (old === now) return []
  return [{ change: 'changed', subject, title, field: path.join('.'), before: old, after: now }]
}

function print(value: unknown): string | null {
  return value === undefined ? null : JSON.stringify(value)
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}
