import { useQuery } from '@tanstack/react-query'
import { useNavigate, useSearch } from '@tanstack/react-router'
import { useState } from 'react'
import type { InsiderModel, InsiderRule } from '../../app/api/schema.ts'
import { EmptyState, Section } from '../../components/page.tsx'
import { ProblemNote } from '../../components/problem-note.tsx'
import { Filter } from '../../components/select.tsx'
import { StateMark } from '../../components/state-mark.tsx'
import { type Column, Table } from '../../components/table.tsx'
import { CoverageMap } from './coverage-map.tsx'
import { rulesQuery } from './queries.ts'
import { areaOf, FAMILIES, nats } from './words.ts'

/** What is looked for: rules, models of behaviour, and which techniques of insiders they cover. */
export function RulesTab() {
  const { sort } = useSearch({ from: '/shell/insider' })
  const navigate = useNavigate({ from: '/insider' })
  const { data, error } = useQuery(rulesQuery)
  const [area, setArea] = useState('any')
  const [says, setSays] = useState<'something' | 'any'>('something')
  const areas = [...new Set(data?.items.map(({ file }) => areaOf(file)))]
  const rows = data?.items.filter(
    ({ file, weight }) => (area === 'any' || areaOf(file) === area) && (says === 'any' || weight > 0),
  )
  return (
    <div className="flex flex-col gap-6">
      {error !== null && <ProblemNote problem={error} />}
      {data !== undefined && <CoverageMap coverage={data.coverage} />}
      <Section title="Rules" note="in Sigma’s format; what one says adds to the risk of who did it">
        <Table
          label="Rules"
          rows={rows ?? (error === null ? undefined : [])}
          columns={RULES}
          rowKey={({ cause }) => cause}
          href={({ cause }) => `/insider/rules/${cause}`}
          sort={sort}
          onSort={(next) => navigate({ search: (before) => ({ ...before, sort: next }) })}
          filters={
            <>
              <Filter
                label="About"
                value={area}
                onChange={setArea}
                choices={[{ value: 'any', label: 'anything' }, ...areas.map((one) => ({ value: one, label: one }))]}
              />
              <Filter<'something' | 'any'>
                label="Show"
                value={says}
                onChange={setSays}
                choices={[
                  { value: 'something', label: 'those that tell of something' },
                  { value: 'any', label: 'those for other rules as well' },
                ]}
              />
            </>
          }
          empty={<EmptyState title="No rule is in force">Models of behaviour watch by themselves.</EmptyState>}
        />
      </Section>
      <Section
        title="Models of behaviour"
        note="how unusual it is of this person, of those who do the same work, and of everybody"
      >
        <Table
          label="Models of behaviour"
          rows={data?.models ?? (error === null ? undefined : [])}
          columns={MODELS}
          rowKey={({ cause }) => cause}
          empty={<EmptyState title="No model is in force">Rules watch by themselves.</EmptyState>}
        />
      </Section>
    </div>
  )
}

const LEVELS = ['informational', 'low', 'medium', 'high', 'critical']

function Severity({ rule: { level, isCertain, weight } }: { readonly rule: InsiderRule }) {
  if (isCertain) return <StateMark state="fails">certain</StateMark>
  if (weight === 0) return <span className="text-quiet">for other rules</span>
  return <span>{level}</span>
}

const RULES: readonly Column<InsiderRule>[] = [
  { id: 'title', header: 'Rule', value: ({ title }) => title, cell: ({ title }) => title },
  {
    id: 'level',
    header: 'Severity',
    value: ({ level, isCertain, weight }) => (isCertain ? 9 : weight === 0 ? -1 : LEVELS.indexOf(level)),
    cell: (rule) => <Severity rule={rule} />,
  },
  {
    id: 'weight',
    header: 'Nats',
    numeric: true,
    wide: true,
    value: ({ weight }) => weight,
    cell: ({ weight }) => (weight === 0 ? <span className="text-quiet">–</span> : nats(weight)),
  },
  {
    id: 'techniques',
    header: 'Techniques',
    wide: true,
    value: ({ techniques }) => techniques.join(' '),
    cell: ({ techniques }) => <span className="text-quiet">{techniques.join(' ')}</span>,
  },
  {
    id: 'correlation',
    header: 'Kind',
    wide: true,
    value: ({ correlation }) => correlation ?? 'event',
    cell: ({ correlation }) => (correlation ?? 'one event').replaceAll('_', ' '),
  },
  {
    id: 'file',
    header: 'About',
    wide: true,
    value: ({ file }) => areaOf(file),
    cell: ({ file }) => <span className="whitespace-nowrap">{areaOf(file)}</span>,
  },
]

const MODELS: readonly Column<InsiderModel>[] = [
  { id: 'says', header: 'It says of somebody that they', value: ({ says }) => says, cell: ({ says }) => says },
  {
    id: 'family',
    header: 'About',
    wide: true,
    value: ({ family }) => FAMILIES[family] ?? family,
    cell: ({ family }) => FAMILIES[family] ?? family,
  },
  {
    id: 'weight',
    header: 'At most',
    numeric: true,
    value: ({ weight }) => weight,
    cell: ({ weight }) => nats(weight),
  },
  {
    id: 'halfLifeDays',
    header: 'Half forgotten after',
    numeric: true,
    wide: true,
    value: ({ halfLifeDays }) => halfLifeDays,
    cell: ({ halfLifeDays }) => `${halfLifeDays} d`,
  },
]
