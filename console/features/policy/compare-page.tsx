import { useInfiniteQuery, useQuery } from '@tanstack/react-query'
import { useNavigate, useSearch } from '@tanstack/react-router'
import { usePermissions } from '../../app/session.ts'
import { Page } from '../../components/page.tsx'
import { ProblemNote } from '../../components/problem-note.tsx'
import { type Choice, SelectField } from '../../components/select.tsx'
import { Changes, changesInWords } from './changes.tsx'
import { diffQuery, draftsQuery, versionsQuery } from './queries.ts'
import { VERSION_STATES } from './words.ts'

/** Any two versions or drafts beside each other; which ones is part of the link. */
export function ComparePage() {
  const search = useSearch({ from: '/shell/policy/compare' })
  const navigate = useNavigate({ from: '/policy/compare' })
  const versions = useQuery(versionsQuery)
  const drafts = useInfiniteQuery({ ...draftsQuery('open'), enabled: usePermissions()('policy.read').may })
  const from = search.from ?? versions.data?.[1]?.digest ?? 'current'
  const to = search.to ?? 'current'
  const { data } = useQuery(diffQuery(from, to))
  const choices: Choice<string>[] = [
    { value: 'current', label: 'the version in force' },
    ...(versions.data ?? []).map(({ digest, version, state }) => ({
      value: digest,
      label: version,
      note: VERSION_STATES[state][1],
    })),
    ...(drafts.data?.pages.flatMap(({ items }) => items) ?? []).map(({ id, title }) => ({
      value: id,
      label: title,
      note: 'draft',
    })),
  ]
  const withName = (value: string) =>
    choices.some((choice) => choice.value === value) ? choices : [...choices, { value, label: value }]
  return (
    <Page title="Compare policies" summary={data === undefined ? undefined : changesInWords(data.changes)}>
      {versions.error !== null && <ProblemNote problem={versions.error} />}
      <div className="grid gap-4 sm:max-w-2xl sm:grid-cols-2">
        <SelectField
          label="From"
          value={from}
          choices={withName(from)}
          onChange={(next) => navigate({ search: { ...search, from: next } })}
        />
        <SelectField
          label="To"
          value={to}
          choices={withName(to)}
          onChange={(next) => navigate({ search: { ...search, to: next } })}
        />
      </div>
      <Changes from={from} to={to} />
    </Page>
  )
}
