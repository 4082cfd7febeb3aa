import { useInfiniteQuery, useQuery } from '@tanstack/react-query'
import { useNavigate, useSearch } from '@tanstack/react-router'
import type { Assessment, EvaluationDue } from '../../app/api/schema.ts'
import { AppLink } from '../../components/app-link.tsx'
import { CopyText } from '../../components/copy.tsx'
import { count } from '../../components/count.ts'
import { EmptyState, Page } from '../../components/page.tsx'
import { ProblemNote } from '../../components/problem-note.tsx'
import { Filter } from '../../components/select.tsx'
import { StateMark } from '../../components/state-mark.tsx'
import { type Column, Table } from '../../components/table.tsx'
import { Tabs } from '../../components/tabs.tsx'
import { day, useNow, When } from '../../components/when.tsx'
import { Command } from './command.tsx'
import { GrowthBar } from './growth-bar.tsx'
import { Profile } from './profile.tsx'
import { assessmentsQuery, dueQuery } from './queries.ts'
import {
  ASSESSMENT_STATES,
  type AssessmentState,
  assessmentMark,
  nearness,
  ruleName,
  times,
  toDo,
  URGENCIES,
  urgencyOf,
  worstFirst,
} from './words.ts'

/** What evaluation is due when and why, the worst first; and every assessment there was. */
export function ScalingPage() {
  const search = useSearch({ from: '/shell/scaling' })
  const navigate = useNavigate({ from: '/scaling' })
  const now = useNow()
  const { data, error } = useQuery(dueQuery)
  const owed = data?.filter((due) => due.due || due.pause).length ?? 0
  const open = data?.filter(({ assessment }) => assessment !== null).length ?? 0
  return (
    <Page
      title="Scaling"
      summary={
        data === undefined
          ? 'what evaluation is due when, and why'
          : `${owed === 0 ? 'none due' : `${owed} due`} of ${count(data.length, 'model line')} · ${open} under assessment`
      }
    >
      <Tabs
        label="Scaling"
        value={search.tab ?? 'due'}
        onChange={(tab) => navigate({ search: tab === 'assessments' ? { tab } : {} })}
        tabs={[
          { value: 'due', label: 'Due', count: owed },
          { value: 'assessments', label: 'Assessments' },
        ]}
      >
        {search.tab === 'assessments' ? (
          <Assessments
            state={search.state}
            sort={search.sort}
            onSearch={(next) => navigate({ search: { tab: 'assessments', ...next } })}
          />
        ) : (
          <>
            {error !== null && <ProblemNote problem={error} />}
            <Table
              label="Evaluations by when they are due"
              rows={data === undefined ? (error === null ? undefined : []) : worstFirst(data, now)}
              columns={dueColumns(now)}
              rowKey={({ model }) => model}
              href={({ model }) => `/scaling/models/${encodeURIComponent(model)}`}
              sort={search.sort}
              onSort={(sort) => navigate({ search: { sort } })}
              empty={<NoModels />}
            />
            <Profile />
          </>
        )}
      </Tabs>
    </Page>
  )
}

function NoModels() {
  return (
    <EmptyState
      title="No model line yet"
      action={
        <CopyText label="command" text="safelevel checkpoint record --model atlas --checkpoint c1 --flops 1e24" />
      }
    >
      A model line begins with its first checkpoint. From then on this page says when its next evaluation is due, by
      compute and by calendar, and what is to be done about it.
    </EmptyState>
  )
}

function dueColumns(now: number): readonly Column<EvaluationDue>[] {
  return [
    { id: 'model', header: 'Model line', value: ({ model }) => model, cell: ({ model }) => model },
    {
      id: 'state',
      header: 'Evaluation',
      value: (due) => urgencyOf(due, now),
      cell: (due) => {
        const [state, words] = URGENCIES[urgencyOf(due, now)]
        return (
          <>
            <StateMark state={state} className="whitespace-nowrap">
              {words}
            </StateMark>
            <span className="block text-quiet md:hidden">
              {times(due.kHi)} of {times(due.interval)}; {toDo(due).words.toLowerCase()}
            </span>
          </>
        )
      },
    },
    {
      id: 'why',
      header: 'Why',
      wide: true,
      value: (due) => due.reasons.map(({ words }) => words).join('; '),
      cell: (due) => <Why due={due} />,
    },
    {
      id: 'growth',
      header: 'Growth at most',
      wide: true,
      value: (due) => (Number.isFinite(nearness(due)) ? due.kHi : Number.MAX_VALUE),
      cell: (due) => <GrowthBar due={due} />,
    },
    {
      id: 'headroom',
      header: 'Headroom',
      numeric: true,
      wide: true,
      value: ({ headroom }) => headroom,
      cell: ({ headroom, buffer }) => (
        <span title={`${buffer} divided by the upper bound: at 1 nothing is left`}>
          {headroom === null ? 'none' : times(headroom)}
        </span>
      ),
    },
    {
      id: 'calendar',
      header: 'By calendar',
      numeric: true,
      value: ({ calendarAt }) => calendarAt,
      cell: ({ calendarAt, months }) =>
        calendarAt === null ? (
          <span className="text-quiet">not counted</span>
        ) : (
          <span title={`${count(months, 'month')} after what is counted from`}>
            <When at={calendarAt} />
            <span className="block text-xs whitespace-nowrap text-quiet">{day(calendarAt)}</span>
          </span>
        ),
    },
    { id: 'todo', header: 'To do', wide: true, value: (due) => toDo(due).words, cell: (due) => <Todo due={due} /> },
  ]
}

function Why({ due }: { readonly due: EvaluationDue }) {
  if (due.reasons.length === 0)
    return (
      <span className="text-quiet">
        {due.reference === null ? 'nothing recorded' : `counted from ${due.reference.checkpoint}`}
        {due.reference?.basis === 'baseline' && ', which nobody has evaluated'}
      </span>
    )
  return (
    <ul className="flex flex-col gap-0.5">
      {due.reasons.map(({ rule, words }) => (
        <li key={`${rule} ${words}`}>
          <span className="font-medium">{ruleName(rule)}</span>
          <span className="text-quiet">: {words}</span>
        </li>
      ))}
    </ul>
  )
}

function Todo({ due }: { readonly due: EvaluationDue }) {
  const { words, command, href } = toDo(due)
  return (
    <span className="relative flex flex-col gap-0.5">
      {href === null ? (
        <span className={command === null ? 'text-quiet' : undefined}>{words}</span>
      ) : (
        <AppLink href={href} inline>
          {words}
        </AppLink>
      )}
      {command !== null && <Command>{command}</Command>}
    </span>
  )
}

interface AssessmentsProps {
  readonly state: AssessmentState | undefined
  readonly sort: string | undefined
  onSearch(next: { readonly state?: AssessmentState | undefined; readonly sort?: string | undefined }): void
}

function Assessments({ state, sort, onSearch }: AssessmentsProps) {
  const { data, error, hasNextPage, fetchNextPage, isFetchingNextPage } = useInfiniteQuery(assessmentsQuery(state))
  const states = Object.entries(ASSESSMENT_STATES) as [AssessmentState, readonly [unknown, string]][]
  return (
    <>
      {error !== null && <ProblemNote problem={error} />}
      <Table
        label="Assessments"
        rows={data?.pages.flatMap(({ items }) => items) ?? (error === null ? undefined : [])}
        columns={ASSESSMENT_COLUMNS}
        rowKey={({ id }) => id}
        href={({ id }) => `/scaling/assessments/${id}`}
        sort={sort ?? '-opened'}
        onSort={(next) => onSearch({ state, sort: next })}
        filters={
          <Filter<AssessmentState | 'any'>
            label="State"
            value={state ?? 'any'}
            onChange={(next) => onSearch({ sort, state: next === 'any' ? undefined : next })}
            choices={[{ value: 'any', label: 'any' }, ...states.map(([value, [, label]]) => ({ value, label }))]}
          />
        }
        onMore={hasNextPage ? () => void fetchNextPage() : undefined}
        loadingMore={isFetchingNextPage}
        empty={
          <EmptyState
            title={state === undefined ? 'No assessment yet' : 'None in this state'}
            action={
              <CopyText label="command" text="safelevel eval open --checkpoint atlas/c2 --suite autonomy-2026.1" />
            }
          >
            An assessment looks at one checkpoint by one or more frozen suites, and comes to BELOW, MET or INCONCLUSIVE.
          </EmptyState>
        }
      />
    </>
  )
}

export const ASSESSMENT_COLUMNS: readonly Column<
  Pick<Assessment, 'id' | 'checkpoint' | 'state' | 'verdict' | 'openedAt' | 'targetAt' | 'late'>
>[] = [
  { id: 'checkpoint', header: 'Of', value: (a) => a.checkpoint, cell: (a) => a.checkpoint },
  {
    id: 'verdict',
    header: 'Comes to',
    value: (a) => a.verdict ?? a.state,
    cell: (a) => {
      const [state, words] = assessmentMark(a)
      return <StateMark state={state}>{words}</StateMark>
    },
  },
  {
    id: 'state',
    header: 'State',
    wide: true,
    value: (a) => a.state,
    cell: (a) => (
      <span className="text-quiet">
        {ASSESSMENT_STATES[a.state][1]}
        {a.late && ' · late'}
      </span>
    ),
  },
  { id: 'opened', header: 'Opened', numeric: true, value: (a) => a.openedAt, cell: (a) => <When at={a.openedAt} /> },
  {
    id: 'target',
    header: 'Target',
    numeric: true,
    wide: true,
    value: (a) => a.targetAt,
    cell: (a) => day(a.targetAt),
  },
]
