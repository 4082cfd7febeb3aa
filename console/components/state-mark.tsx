import type { ReactNode } from 'react'
import { cn } from './class-names.ts'

/** Holds or allowed; needs a person; failed or refused; unknown or stale, which is never green. */
export type State = 'holds' | 'watch' | 'fails' | 'unknown'

const COLOURS: Record<State, string> = {
  holds: 'text-holds',
  watch: 'text-watch',
  fails: 'text-fails',
  unknown: 'text-quiet',
}
const SHAPES: Record<State, ReactNode> = {
  holds: (
    <path
      d="M2.5 6.5 5 9l4.5-6"
      fill="none"
      stroke="currentColor"
      strokeWidth="1.8"
      strokeLinecap="round"
      strokeLinejoin="round"
    />
  ),
  watch: (
    <>
      <circle cx="6" cy="6" r="4" fill="none" stroke="currentColor" strokeWidth="1.4" />
      <path d="M6 2a4 4 0 0 1 0 8z" fill="currentColor" />
    </>
  ),
  fails: <rect x="2" y="2" width="8" height="8" rx="1" fill="currentColor" />,
  unknown: <circle cx="6" cy="6" r="4" fill="none" stroke="currentColor" strokeWidth="1.4" />,
}

/** The shape alone, 12 units wide, in the colour of the text around it: for a chart, which says the word in its legend. */
export function StateShape({ state }: { readonly state: State }) {
  return SHAPES[state]
}

/** A state by shape, word and colour, in this order of importance. */
export function StateMark({
  state,
  children,
  className,
}: {
  readonly state: State
  readonly children: ReactNode
  readonly className?: string
}) {
  return (
    <span className={cn('inline-flex items-baseline gap-1.5 font-medium', COLOURS[state], className)}>
      <svg aria-hidden="true" width="11" height="11" viewBox="0 0 12 12" className="mt-[0.3rem] shrink-0 self-start">
        {SHAPES[state]}
      </svg>
      <span>{children}</span>
    </span>
  )
}
