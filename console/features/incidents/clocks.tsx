import type { IncidentView } from '../../app/api/schema.ts'
import { StateMark } from '../../components/state-mark.tsx'
import { exactly, span, useNow } from '../../components/when.tsx'
import { runs } from './words.ts'

/** Below this share of the time left a clock is watched. */
const NEAR = 0.25

/** Who must hear of it by when, counted from awareness; which of them apply is for people to say. None runs once the incident is closed, or in a drill. */
export function Clocks({ incident }: { readonly incident: IncidentView }) {
  const { clocks, awareAt, closedAt, drill } = incident
  const running = runs(incident)
  const now = useNow()
  const from = Date.parse(awareAt)
  const until = closedAt === null ? now : Date.parse(closedAt)
  const sorted = clocks.toSorted((a, b) => a.dueAt.localeCompare(b.dueAt))
  return (
    <ul className="divide-y divide-line border-y border-line">
      {sorted.map(({ id, regime, what, dueAt }) => {
        const due = Date.parse(dueAt)
        const left = due - until
        const share = Math.min(1, Math.max(0, (until - from) / (due - from)))
        const state = left <= 0 ? 'fails' : 1 - share <= NEAR ? 'watch' : 'unknown'
        return (
          <li key={id} className="flex flex-col gap-1 py-2">
            <span className="flex flex-wrap items-baseline justify-between gap-x-4">
              <span className="min-w-40 flex-1">
                <span className="font-medium">{regime}</span>: {what}
              </span>
              {running && (
                <StateMark state={state}>
                  {left <= 0 ? `over since ${span(-left) ?? 'now'}` : `${span(left) ?? 'less than a minute'} left`}
                </StateMark>
              )}
            </span>
            <svg aria-hidden="true" width="100%" height="6">
              <rect width="100%" height="6" className="fill-sunken" />
              <rect
                width={`${share * 100}%`}
                height="6"
                className={running && left <= 0 ? 'fill-fails' : 'fill-edge'}
              />
            </svg>
            <span className="text-xs text-quiet">
              {running ? 'until' : drill ? 'would be due' : 'was due'} <time dateTime={dueAt}>{exactly(dueAt)}</time>
              {closedAt !== null && (
                <>
                  {' '}
                  · closed <time dateTime={closedAt}>{exactly(closedAt)}</time>
                </>
              )}
            </span>
          </li>
        )
      })}
    </ul>
  )
}
