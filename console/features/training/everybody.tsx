import { useNavigate, useSearch } from '@tanstack/react-router'
import type { TrainingRow } from '../../app/api/schema.ts'
import { EmptyState } from '../../components/page.tsx'
import { StateMark } from '../../components/state-mark.tsx'
import { type Column, Table } from '../../components/table.tsx'
import { When } from '../../components/when.tsx'
import { PersonName } from '../people/person-name.tsx'
import { roleName } from '../people/role-names.ts'
import { isLate, isOpen, STATES } from './words.ts'

const COLUMNS: readonly Column<TrainingRow>[] = [
  {
    id: 'person',
    header: 'Person',
    value: ({ person }) => person,
    cell: ({ person }) => (
      <span className="block min-w-28 md:whitespace-nowrap">
        <PersonName id={person} />
      </span>
    ),
  },
  {
    id: 'roles',
    header: 'Roles',
    wide: true,
    value: ({ roles }) => roles.map(roleName).join(', '),
    cell: ({ roles }) =>
      roles.map((role) => (
        <span key={role} className="block whitespace-nowrap">
          {roleName(role)}
        </span>
      )),
  },
  {
    id: 'done',
    header: 'Completed',
    numeric: true,
    wide: true,
    value: ({ courses }) => courses.filter((one) => !isOpen(one)).length,
    cell: ({ courses }) => `${courses.filter((one) => !isOpen(one)).length} of ${courses.length}`,
  },
  {
    id: 'open',
    header: 'Open',
    value: ({ courses }) =>
      courses
        .filter(isOpen)
        .map(({ course }) => course)
        .join(', '),
    cell: ({ courses }) => <Open courses={courses.filter(isOpen)} />,
  },
  {
    id: 'due',
    header: 'Next due',
    numeric: true,
    wide: true,
    value: ({ courses }) => courses[0]?.dueAt ?? null,
    cell: ({ courses: [first] }) => (first === undefined ? '–' : <When at={first.dueAt} />),
  },
]

function Open({ courses }: Pick<TrainingRow, 'courses'>) {
  if (courses.length === 0)
    return (
      <StateMark state="holds" className="whitespace-nowrap">
        all completed
      </StateMark>
    )
  const late = courses.filter(isLate)
  const [worst] = late.length > 0 ? late : courses
  const [state, words] = STATES[worst?.state ?? 'missing']
  const titles = (late.length > 0 ? late : courses).map(({ title }) => title)
  return (
    <>
      <StateMark state={state} className="whitespace-nowrap">
        {words}
      </StateMark>
      <span className="block text-quiet">{titles.join(' · ')}</span>
    </>
  )
}

/** Who holds a role, and how they stand. What was done elsewhere is noted on the page of the person. */
export function Everybody({ rows }: { readonly rows: readonly TrainingRow[] | undefined }) {
  const search = useSearch({ from: '/shell/training' })
  const navigate = useNavigate({ from: '/training' })
  return (
    <Table
      label="Training"
      rows={rows}
      columns={COLUMNS}
      rowKey={({ person }) => person}
      href={({ person }) => `/people/${person}`}
      sort={search.sort}
      onSort={(sort) => navigate({ search: { ...search, sort } })}
      empty={
        <EmptyState title="Nobody holds a role yet">
          Who is given one appears here, with the courses that it asks for.
        </EmptyState>
      }
    />
  )
}
