import { useQuery } from '@tanstack/react-query'
import { useNavigate, useSearch } from '@tanstack/react-router'
import type { RegimeView } from '../../app/api/schema.ts'
import { AppLink } from '../../components/app-link.tsx'
import { count } from '../../components/count.ts'
import { Skeleton } from '../../components/page.tsx'
import { ProblemNote } from '../../components/problem-note.tsx'
import { Filter } from '../../components/select.tsx'
import { StateMark } from '../../components/state-mark.tsx'
import { type Column, Table } from '../../components/table.tsx'
import { REGIMES, STATE_MARKS } from '../controls/words.ts'
import { type RegimeId, regimeQuery } from './queries.ts'

type Criterion = RegimeView['criteria'][number]

/** What other regimes ask for, by clause, with the controls that answer to each; and what none answers to. */
export function CriteriaTab() {
  const { regime = 'soc2', sort } = useSearch({ from: '/shell/audit' })
  const navigate = useNavigate({ from: '/audit' })
  const { data, error } = useQuery(regimeQuery(regime))
  return (
    <div className="flex flex-col gap-4">
      {error !== null && <ProblemNote problem={error} />}
      {data === undefined ? <Skeleton className="w-96" /> : <About regime={data} />}
      <Table<Criterion>
        label={`Criteria of ${REGIMES[regime] ?? regime}`}
        rows={data?.criteria}
        columns={COLUMNS}
        rowKey={({ id }) => id}
        sort={sort}
        onSort={(next) => navigate({ search: { tab: 'criteria', regime, sort: next } })}
        filters={
          <Filter<RegimeId>
            label="Regime"
            value={regime}
            onChange={(next) => navigate({ search: { tab: 'criteria', regime: next } })}
            choices={(Object.keys(REGIMES) as RegimeId[]).map((id) => ({ value: id, label: REGIMES[id] ?? id }))}
          />
        }
        empty={<p className="text-quiet">No clause is listed.</p>}
      />
    </div>
  )
}

function About({ regime: { title, note, whole, profile, criteria } }: { readonly regime: RegimeView }) {
  const gaps = criteria.filter(({ gap }) => gap !== null).length
  return (
    <div className="flex max-w-prose flex-col gap-1">
      <p className="font-medium">{title}</p>
      <p className="text-quiet">{note}</p>
      <p className="text-quiet">
        Controls answer to {criteria.length - gaps} of {count(criteria.length, 'clause')} here; {gaps} are not covered.{' '}
        {!whole && 'Not every clause is listed: what is not here is not covered either. '}
        That a control answers to a clause does not say that it satisfies it. States are those of {profile}; * is a
        control that it does not ask for.
      </p>
    </div>
  )
}

const COLUMNS: readonly Column<Criterion>[] = [
  {
    id: 'clause',
    header: 'Clause',
    value: (c) => c.id,
    cell: (c) => <span className="whitespace-nowrap">{c.id.replace('Safety and Security, ', 'S&S ')}</span>,
  },
  {
    id: 'asks',
    header: 'What it asks for',
    value: (c) => c.title,
    cell: (c) => (
      <>
        {c.title}
        {c.gap !== null && <span className="block text-quiet">{c.gap}</span>}
        <span className="block md:hidden">
          <Controls of={c} />
        </span>
      </>
    ),
  },
  {
    id: 'state',
    header: 'State',
    value: (c) => (c.gap === null ? (c.state ?? 'not asked') : 'not covered'),
    cell: (c) => {
      if (c.gap !== null)
        return (
          <StateMark state="unknown" className="whitespace-nowrap">
            not covered
          </StateMark>
        )
      if (c.state === null)
        return (
          <StateMark state="unknown" className="whitespace-nowrap">
            not in the profile
          </StateMark>
        )
      return (
        <StateMark state={STATE_MARKS[c.state][0]} className="whitespace-nowrap">
          {c.state}
        </StateMark>
      )
    },
  },
  {
    id: 'controls',
    header: 'Controls',
    wide: true,
    value: (c) => c.controls.map(({ id }) => id).join(' '),
    cell: (c) => <Controls of={c} />,
  },
]

function Controls({ of: { controls } }: { readonly of: Criterion }) {
  return (
    <span className="flex flex-wrap gap-x-3 gap-y-0.5">
      {controls.map(({ id, title, state, inProfile }) => (
        <AppLink
          key={id}
          href={`/controls/${id}`}
          title={`${title}${inProfile ? '' : ' (not in the profile in force)'}`}
          className="hover:underline"
        >
          <StateMark state={STATE_MARKS[state][0]}>
            {id}
            {!inProfile && '*'}
            <span className="sr-only">, {state}</span>
          </StateMark>
        </AppLink>
      ))}
    </span>
  )
}
