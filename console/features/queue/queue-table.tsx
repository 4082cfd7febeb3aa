import type { ReviewQueue } from '../../app/api/schema.ts'
import { AppLink } from '../../components/app-link.tsx'
import { cn } from '../../components/class-names.ts'
import { Section } from '../../components/page.tsx'
import { StateMark } from '../../components/state-mark.tsx'
import { type Column, Table } from '../../components/table.tsx'
import { When } from '../../components/when.tsx'
import { queueName } from './words.ts'

interface QueueTableProps {
  readonly queues: readonly ReviewQueue[] | undefined
  readonly chosen: string | undefined
}

/** What waits where; a queue is a filter of the list below. */
export function QueueTable({ queues, chosen }: QueueTableProps) {
  if (queues !== undefined && queues.length === 0) return null
  return (
    <Section title="Queues" note={queues === undefined ? undefined : String(queues.length)}>
      <Table
        label="Queues"
        rows={queues}
        columns={columnsFor(chosen)}
        rowKey={({ queue }) => queue}
        exports={false}
        empty={null}
      />
    </Section>
  )
}

function columnsFor(chosen: string | undefined): readonly Column<ReviewQueue>[] {
  return [
    {
      id: 'queue',
      header: 'Queue',
      cell: ({ queue }) => (
        <AppLink
          href={queue === chosen ? '/queue' : `/queue?queue=${encodeURIComponent(queue)}`}
          aria-current={queue === chosen ? 'true' : undefined}
          className={cn('font-medium underline-offset-2 hover:underline', queue === chosen && 'text-accent underline')}
        >
          {queueName(queue)}
        </AppLink>
      ),
    },
    { id: 'open', header: 'Waiting', numeric: true, cell: ({ open }) => open.toLocaleString('en') },
    count('second', 'Second reading', ({ secondReading }) => secondReading),
    count('adjudication', 'Readers differ', ({ adjudication }) => adjudication),
    {
      id: 'overdue',
      header: 'Overdue',
      numeric: true,
      cell: ({ overdue }) =>
        overdue === 0 ? <None /> : <StateMark state="fails">{overdue.toLocaleString('en')}</StateMark>,
    },
    {
      id: 'oldest',
      header: 'Oldest',
      numeric: true,
      cell: ({ oldestAt }) => (oldestAt === null ? <None /> : <When at={oldestAt} />),
    },
  ]
}

function count(id: string, header: string, of: (queue: ReviewQueue) => number): Column<ReviewQueue> {
  return {
    id,
    header,
    numeric: true,
    wide: true,
    cell: (queue) => (of(queue) === 0 ? <None /> : of(queue).toLocaleString('en')),
  }
}

function None() {
  return <span className="text-quiet">–</span>
}
