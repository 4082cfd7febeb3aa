import { useInfiniteQuery } from '@tanstack/react-query'
import type { KeptRefusalComparison } from '../../app/api/schema.ts'
import { CopyText } from '../../components/copy.tsx'
import { EmptyState } from '../../components/page.tsx'
import { StateMark } from '../../components/state-mark.tsx'
import type { Column } from '../../components/table.tsx'
import { When } from '../../components/when.tsx'
import { FixtureMark } from './marks.tsx'
import { comparisonsQuery } from './queries.ts'
import { ResultsTable } from './results-table.tsx'
import { COMPARED } from './words.ts'

/** Two models asked the same: whether harmlessness has suffered. */
export function ComparisonsTab() {
  return (
    <div className="flex flex-col gap-4">
      <ResultsTable
        label="Comparisons"
        query={useInfiniteQuery(comparisonsQuery)}
        columns={COLUMNS}
        path="/refusal/comparisons"
        empty={
          <EmptyState
            title="Nothing compared yet"
            action={<CopyText label="command" text="safelevel refusal compare BASE TUNED --out comparison --record" />}
          >
            Fine-tuning can undo what a model has learnt to refuse. A comparison asks both versions the same and says,
            with an interval, whether the tuned one is worse.
          </EmptyState>
        }
      />
    </div>
  )
}

const COLUMNS: readonly Column<KeptRefusalComparison>[] = [
  {
    id: 'models',
    header: 'Base, tuned',
    value: (c) => `${nameOf(c, 'base')} ${nameOf(c, 'tuned')}`,
    cell: (c) => (
      <>
        {nameOf(c, 'base')} → {nameOf(c, 'tuned')} {c.fixture && <FixtureMark />}
      </>
    ),
  },
  {
    id: 'verdict',
    header: 'Verdict',
    value: (c) => c.head.verdict,
    cell: (c) => {
      const [state, words] = COMPARED[c.head.verdict]
      return <StateMark state={state}>{words}</StateMark>
    },
  },
  {
    id: 'measures',
    header: 'Measures',
    numeric: true,
    wide: true,
    value: (c) => c.head.measures.length,
    cell: (c) => c.head.measures.length,
  },
  { id: 'at', header: 'When', numeric: true, value: (c) => c.madeAt, cell: (c) => <When at={c.madeAt} /> },
]

function nameOf({ head }: KeptRefusalComparison, side: 'base' | 'tuned'): string {
  return head[side].checkpoint ?? head[side].model.name
}
