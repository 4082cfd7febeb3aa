import { useInfiniteQuery } from '@tanstack/react-query'
import type { KeptDataset } from '../../app/api/schema.ts'
import { CopyText } from '../../components/copy.tsx'
import { EmptyState } from '../../components/page.tsx'
import { StateMark } from '../../components/state-mark.tsx'
import type { Column } from '../../components/table.tsx'
import { When } from '../../components/when.tsx'
import { FixtureMark } from './marks.tsx'
import { datasetsQuery } from './queries.ts'
import { ResultsTable } from './results-table.tsx'

/** What the constitution has made: prompts, critiques, revisions and pairs. */
export function DatasetsTab() {
  return (
    <div className="flex flex-col gap-4">
      <ResultsTable
        label="Datasets"
        query={useInfiniteQuery(datasetsQuery)}
        columns={COLUMNS}
        path="/refusal/datasets"
        empty={
          <EmptyState
            title="No dataset yet"
            action={
              <CopyText
                label="command"
                text="safelevel constitution generate --prompts prompts.jsonl --model NAME --out data/first --record"
              />
            }
          >
            A model answers, criticises its answer by a principle of the constitution and revises it. What comes of it
            teaches a model to refuse what it should, and no more.
          </EmptyState>
        }
      />
    </div>
  )
}

const COLUMNS: readonly Column<KeptDataset>[] = [
  {
    id: 'name',
    header: 'Dataset',
    value: (d) => d.head.name,
    cell: (d) => (
      <>
        <bdi>{d.head.name}</bdi> {d.fixture && <FixtureMark />}
      </>
    ),
  },
  {
    id: 'records',
    header: 'Records',
    numeric: true,
    value: (d) => d.head.records.count,
    cell: (d) => (
      <>
        {d.head.records.count.toLocaleString('en')}
        <span className="block text-xs text-quiet">
          {d.head.records.harmful.toLocaleString('en')} harmful, {d.head.records.helpful.toLocaleString('en')} harmless
        </span>
      </>
    ),
  },
  {
    id: 'sft',
    header: 'By example',
    numeric: true,
    wide: true,
    value: (d) => d.head.records.sft,
    cell: (d) => d.head.records.sft.toLocaleString('en'),
  },
  {
    id: 'pairs',
    header: 'Pairs',
    numeric: true,
    wide: true,
    value: (d) => d.head.records.preference,
    cell: (d) => d.head.records.preference.toLocaleString('en'),
  },
  {
    id: 'constitution',
    header: 'Constitution',
    wide: true,
    value: (d) => d.head.constitution.version,
    cell: (d) => (
      <>
        {d.head.constitution.version}
        <span className="block text-xs text-quiet">policy {d.head.policy.version}</span>
      </>
    ),
  },
  {
    id: 'words',
    header: 'Words',
    wide: true,
    value: (d) => (d.erased === null ? 'kept' : 'erased'),
    cell: (d) =>
      d.erased === null ? (
        <span className="text-quiet">kept, sealed</span>
      ) : (
        <StateMark state="unknown">erased</StateMark>
      ),
  },
  { id: 'at', header: 'Came', numeric: true, value: (d) => d.recordedAt, cell: (d) => <When at={d.recordedAt} /> },
]
