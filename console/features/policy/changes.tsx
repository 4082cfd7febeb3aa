import { useQuery } from '@tanstack/react-query'
import type { ReactNode } from 'react'
import type { PolicyDiff } from '../../app/api/schema.ts'
import { count } from '../../components/count.ts'
import { EmptyState, Skeleton } from '../../components/page.tsx'
import { ProblemNote } from '../../components/problem-note.tsx'
import { diffQuery } from './queries.ts'
import { diffWords } from './word-diff.ts'

type Change = PolicyDiff['changes'][number]

/** What differs between two versions or drafts, for people to read: by clause, and in texts word by word. */
export function Changes({ from, to }: { readonly from: string; readonly to: string }) {
  const { data, error } = useQuery(diffQuery(from, to))
  if (error !== null) return <ProblemNote problem={error} />
  if (data === undefined) return <Skeleton className="h-40" />
  if (data.changes.length === 0)
    return <EmptyState title="They say the same">Only layout and comments may differ, which decide nothing.</EmptyState>
  return <ChangeList changes={data.changes} />
}

export function ChangeList({ changes }: { readonly changes: readonly Change[] }) {
  const bySubject = Map.groupBy(changes, ({ subject }) => subject)
  return (
    <ul className="flex flex-col border-t border-line">
      {[...bySubject].map(([subject, group]) => (
        <li key={subject} className="grid gap-x-6 gap-y-1 border-b border-line py-2 md:grid-cols-[14rem_minmax(0,1fr)]">
          <p>
            <span className="font-medium">{nameOf(subject)}</span>{' '}
            {group[0]?.title !== null && <span className="text-quiet">{group[0]?.title}</span>}
          </p>
          <dl className="flex min-w-0 flex-col gap-2">
            {group.map((change) => (
              <OneChange key={`${change.change} ${change.field}`} change={change} />
            ))}
          </dl>
        </li>
      ))}
    </ul>
  )
}

/** `14 changes in 3 clauses` */
export function changesInWords(changes: readonly Change[]): string {
  const clauses = new Set(changes.map(({ subject }) => subject).filter((subject) => subject.startsWith('clause ')))
  const all = count(changes.length, 'change')
  return clauses.size === 0 ? all : `${all} in ${count(clauses.size, 'clause')}`
}

function nameOf(subject: string): string {
  const name = subject.replace(/^clause /, '')
  return name === subject ? subject.charAt(0).toUpperCase() + subject.slice(1) : name
}

const FIELDS: Record<string, string> = {
  'prompt.threshold': 'on the prompt, acts from',
  'prompt.action': 'on the prompt',
  'prompt.refuseFrom': 'on the prompt, refuses from',
  'prompt.whenUnavailable': 'on the prompt, when nobody can judge',
  'prompt.terms': 'on the prompt, words',
  'prompt.patterns': 'on the prompt, patterns',
  'completion.threshold': 'on the answer, acts from',
  'completion.action': 'on the answer',
  'completion.refuseFrom': 'on the answer, refuses from',
  'completion.whenUnavailable': 'on the answer, when nobody can judge',
  'completion.terms': 'on the answer, words',
  'completion.patterns': 'on the answer, patterns',
}

function OneChange({ change: { change, field, before, after } }: { readonly change: Change }) {
  if (field === '')
    return (
      <div>
        <dt className="font-medium">{change === 'added' ? 'Added' : 'Removed'}</dt>
        <dd className={change === 'removed' ? 'text-quiet line-through' : undefined}>
          <Whole json={after ?? before} />
        </dd>
      </div>
    )
  return (
    <div className="grid gap-x-4 sm:grid-cols-[12rem_minmax(0,1fr)]">
      <dt className="text-quiet">{FIELDS[field] ?? field.replaceAll('.', ' · ')}</dt>
      <dd className="min-w-0">
        <BeforeAfter before={read(before)} after={read(after)} />
      </dd>
    </div>
  )
}

function BeforeAfter({ before, after }: { readonly before: unknown; readonly after: unknown }) {
  if (typeof before === 'string' && typeof after === 'string' && /\s/.test(before + after))
    return (
      <span className="max-w-prose whitespace-pre-line">
        {diffWords(before, after).map(({ kind, text }, i) =>
          kind === 'same' ? (
            <bdi key={i}>{text}</bdi>
          ) : kind === 'removed' ? (
            <Gone key={i}>{text}</Gone>
          ) : (
            <Fresh key={i}>{text}</Fresh>
          ),
        )}
      </span>
    )
  const [gone, fresh] = listDifference(before, after)
  return (
    <span className="flex flex-wrap gap-2">
      {gone.map((text) => (
        <Gone key={`-${text}`}>{text}</Gone>
      ))}
      {gone.length > 0 && fresh.length > 0 && (
        <span aria-hidden="true" className="text-quiet">
          →
        </span>
      )}
      {fresh.map((text) => (
        <Fresh key={`+${text}`}>{text}</Fresh>
      ))}
      {gone.length === 0 && fresh.length === 0 && <span className="text-quiet">another order</span>}
    </span>
  )
}

/** Of lists only the items that came or went; of anything else the whole. */
function listDifference(before: unknown, after: unknown): readonly [readonly string[], readonly string[]] {
  const [a, b] = [before, after].map((value) =>
    (Array.isArray(value) ? value : value === undefined ? [] : [value]).map(print),
  )
  return [
    (a ?? []).filter((item) => b?.includes(item) !== true),
    (b ?? []).filter((item) => a?.includes(item) !== true),
  ]
}

function Gone({ children }: { readonly children: ReactNode }) {
  return <del className="rounded-sm bg-fails-soft px-0.5 text-fails">{children}</del>
}

function Fresh({ children }: { readonly children: ReactNode }) {
  return <ins className="rounded-sm bg-holds-soft px-0.5 text-holds no-underline">{children}</ins>
}

function Whole({ json }: { readonly json: string | null }) {
  const item = read(json)
  if (typeof item !== 'object' || item === null || !('title' in item)) return <code>{json}</code>
  const wording = 'wording' in item && typeof item.wording === 'string' ? item.wording : null
  const severity = 'severity' in item && typeof item.severity === 'string' ? item.severity : null
  return (
    <>
      {String(item.title)}
      {severity !== null && <span className="text-quiet">, severity {severity}</span>}
      {wording !== null && <span className="block max-w-prose">{wording}</span>}
    </>
  )
}

function read(json: string | null): unknown {
  return json === null ? undefined : JSON.parse(json)
}

function print(value: unknown): string {
  return typeof value === 'string' ? value.replaceAll('_', ' ') : JSON.stringify(value)
}
