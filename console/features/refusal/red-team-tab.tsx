import { useInfiniteQuery } from '@tanstack/react-query'
import type { RedTeamRunNote } from '../../app/api/schema.ts'
import { CopyText } from '../../components/copy.tsx'
import { EmptyState } from '../../components/page.tsx'
import type { Column } from '../../components/table.tsx'
import { When } from '../../components/when.tsx'
import { FixtureMark, RateWords } from './marks.tsx'
import { runsQuery } from './queries.ts'
import { ResultsTable } from './results-table.tsx'
import { ENDS, plain } from './words.ts'

/** What attackers of our own have had out of our models, bare and behind their safeguards. */
export function RedTeamTab() {
  return (
    <div className="flex flex-col gap-4">
      <ResultsTable
        label="Red-team runs"
        query={useInfiniteQuery(runsQuery)}
        columns={COLUMNS}
        path="/refusal/red-team"
        empty={
          <EmptyState
            title="No run yet"
            action={
              <CopyText
                label="command"
                text="safelevel redteam run --target sandbox --budget 500 --out red-team --record"
              />
            }
          >
            The red team attacks a model of one’s own in many ways, without safeguards and with them, and says what
            worked, how often, and who stopped the rest.
          </EmptyState>
        }
      />
    </div>
  )
}

const COLUMNS: readonly Column<RedTeamRunNote>[] = [
  {
    id: 'target',
    header: 'Target',
    value: (r) => r.head.target.name,
    cell: (r) => (
      <>
        {r.head.target.name} {r.fixture && <FixtureMark />}
      </>
    ),
  },
  {
    id: 'bare',
    header: 'Had, bare',
    value: (r) => r.head.bare.broken.rate,
    cell: (r) => <RateWords {...r.head.bare.broken} />,
  },
  {
    id: 'guarded',
    header: 'Had, through safeguards',
    value: (r) => r.head.guarded?.broken.rate ?? null,
    cell: (r) =>
      r.head.guarded === null ? (
        <span className="text-quiet">not tried</span>
      ) : (
        <RateWords {...r.head.guarded.broken} />
      ),
  },
  {
    id: 'behaviours',
    header: 'Behaviours',
    numeric: true,
    wide: true,
    value: (r) => r.head.behaviours,
    cell: (r) => r.head.behaviours.toLocaleString('en'),
  },
  {
    id: 'tries',
    header: 'Tries',
    numeric: true,
    wide: true,
    value: (r) => r.head.bare.tries,
    cell: (r) => r.head.bare.tries.toLocaleString('en'),
  },
  {
    id: 'end',
    header: 'Ended because',
    wide: true,
    value: (r) => r.head.end,
    cell: (r) => <span className="text-quiet">{ENDS[r.head.end] ?? plain(r.head.end)}</span>,
  },
  { id: 'at', header: 'Ended', numeric: true, value: (r) => r.madeAt, cell: (r) => <When at={r.madeAt} /> },
]
