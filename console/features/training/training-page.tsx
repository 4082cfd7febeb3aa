import { useQuery } from '@tanstack/react-query'
import { useNavigate, useSearch } from '@tanstack/react-router'
import type { CourseStanding } from '../../app/api/schema.ts'
import { usePermissions } from '../../app/session.ts'
import { EmptyState, Page } from '../../components/page.tsx'
import { ProblemNote } from '../../components/problem-note.tsx'
import { StateMark } from '../../components/state-mark.tsx'
import { type Column, Table } from '../../components/table.tsx'
import { Tabs } from '../../components/tabs.tsx'
import { When } from '../../components/when.tsx'
import { roleName } from '../people/role-names.ts'
import { Everybody } from './everybody.tsx'
import { OtherCourses } from './other-courses.tsx'
import { everybodyQuery, ownTrainingQuery } from './queries.ts'
import { isLate, isOpen, STATES } from './words.ts'

const COLUMNS: readonly Column<CourseStanding>[] = [
  {
    id: 'course',
    header: 'Course',
    value: ({ title }) => title,
    cell: ({ title }) => <span className="font-medium">{title}</span>,
  },
  {
    id: 'roles',
    header: 'Asked for by',
    wide: true,
    value: ({ roles }) => roles.map(roleName).join(', '),
    cell: ({ roles }) => roles.map(roleName).join(', '),
  },
  {
    id: 'state',
    header: 'State',
    value: ({ state }) => STATES[state][1],
    cell: ({ state }) => <StateMark state={STATES[state][0]}>{STATES[state][1]}</StateMark>,
  },
  {
    id: 'completed',
    header: 'Completed',
    wide: true,
    value: ({ completion }) => completion?.completedAt ?? null,
    cell: ({ completion }) => <Completed completion={completion} />,
  },
  {
    id: 'due',
    header: 'Due',
    numeric: true,
    value: ({ dueAt }) => dueAt,
    cell: ({ dueAt }) => <When at={dueAt} />,
  },
]

function Completed({ completion }: Pick<CourseStanding, 'completion'>) {
  if (completion === null) return <span className="text-quiet">–</span>
  const { completedAt, score } = completion
  return (
    <>
      <When at={completedAt} />{' '}
      <span className="text-quiet">{score === null ? 'noted by somebody else' : `${score.right} of ${score.of}`}</span>
    </>
  )
}

/** What one's roles ask one to learn; for who may see people, how everybody stands. */
export function TrainingPage() {
  const search = useSearch({ from: '/shell/training' })
  const navigate = useNavigate({ from: '/training' })
  const mayAll = usePermissions()('people.read').may
  const own = useQuery(ownTrainingQuery)
  const all = useQuery({ ...everybodyQuery, enabled: mayAll })
  const open = own.data?.filter(isOpen).length ?? 0
  const late = own.data?.filter(isLate).length ?? 0
  const behind = all.data?.filter(({ courses }) => courses.some(isLate)).length ?? 0
  const show = mayAll && search.show === 'everybody' ? 'everybody' : 'own'
  const error = own.error ?? all.error
  return (
    <Page
      title="Training"
      summary={
        own.data === undefined ? (
          'what your roles ask you to know'
        ) : (
          <>
            {own.data.length - open} of {own.data.length} completed
            {late > 0 && (
              <>
                {' · '}
                <StateMark state="fails">{late} overdue: a role sleeps while its training is due</StateMark>
              </>
            )}
          </>
        )
      }
    >
      {error !== null && <ProblemNote problem={error} />}
      {mayAll ? (
        <Tabs
          label="Training"
          tabs={[
            { value: 'own', label: 'Yours', count: open },
            { value: 'everybody', label: 'Everybody', count: behind },
          ]}
          value={show}
          onChange={(value) => navigate({ search: value === 'own' ? {} : { show: value } })}
        >
          {show === 'own' ? <Own rows={own.data} /> : <Everybody rows={all.data} />}
        </Tabs>
      ) : (
        <Own rows={own.data} />
      )}
    </Page>
  )
}

function Own({ rows }: { readonly rows: readonly CourseStanding[] | undefined }) {
  const search = useSearch({ from: '/shell/training' })
  const navigate = useNavigate({ from: '/training' })
  return (
    <div className="flex flex-col gap-6">
      <Table
        exports={false}
        label="Your courses"
        rows={rows}
        columns={COLUMNS}
        rowKey={({ course }) => course}
        href={({ course }) => `/training/${course}`}
        sort={search.sort}
        onSort={(sort) => navigate({ search: { ...search, sort } })}
        empty={
          <EmptyState title="Nothing is asked of you">
            Courses are asked for by roles. When you are given one, what it asks for appears here with the day by which
            it is due.
          </EmptyState>
        }
      />
      <OtherCourses own={rows ?? []} />
    </div>
  )
}
