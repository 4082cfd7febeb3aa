import type { ControlBoard, ControlRow } from '../../app/api/schema.ts'
import { AppLink } from '../../components/app-link.tsx'
import { cn } from '../../components/class-names.ts'
import { StateMark, StateShape } from '../../components/state-mark.tsx'
import { STATE_MARKS, STATES, worstFirst } from './words.ts'

const COLOURS = {
  holds: 'text-holds',
  stale: 'text-watch',
  fails: 'text-fails',
  unknown: 'text-quiet',
} as const

/** One family at a glance: how many hold, the worst in words, and a mark for each control. */
export function FamilyBoard({
  family: { family, title },
  rows,
}: {
  readonly family: ControlBoard['families'][number]
  readonly rows: readonly ControlRow[]
}) {
  const count = (state: ControlRow['state']) => rows.filter((row) => row.state === state).length
  const [worst] = worstFirst(rows)
  return (
    <section className="flex min-w-0 flex-col gap-2 rounded-md border border-line p-3" aria-label={title}>
      <div className="flex flex-wrap items-baseline justify-between gap-x-4">
        <h2 className="text-sm font-semibold">
          <AppLink href={`/controls?family=${family}`} className="hover:underline">
            {title}
          </AppLink>
        </h2>
        <span className="text-quiet">
          {count('holds')} of {rows.length} hold
        </span>
      </div>
      <ul className="flex flex-wrap gap-1">
        {rows.map((row) => (
          <li key={row.id}>
            <AppLink
              href={`/controls/${row.id}`}
              title={`${row.id} ${STATE_MARKS[row.state][1]}: ${row.title}`}
              aria-label={`${row.id}, ${STATE_MARKS[row.state][1]}: ${row.title}`}
              className={cn('grid size-6 place-items-center rounded-sm hover:bg-sunken', COLOURS[row.state])}
            >
              <svg aria-hidden="true" width="12" height="12" viewBox="0 0 12 12">
                <StateShape state={STATE_MARKS[row.state][0]} />
              </svg>
            </AppLink>
          </li>
        ))}
      </ul>
      <p className="flex flex-wrap gap-x-3">
        {STATES.filter((state) => count(state) > 0).map((state) => (
          <AppLink key={state} href={`/controls?family=${family}&state=${state}`} className="hover:underline">
            <StateMark state={STATE_MARKS[state][0]}>
              {count(state)} {STATE_MARKS[state][1]}
            </StateMark>
          </AppLink>
        ))}
      </p>
      {worst !== undefined && worst.state !== 'holds' && (
        <p className="text-quiet">
          <span className="font-medium text-ink">{worst.id}</span> {worst.says}
        </p>
      )}
    </section>
  )
}
