import { StateMark } from '../../components/state-mark.tsx'
import { outcomeOf, percent } from './words.ts'

/** What was made or measured with the sandbox: never a model's. */
export function FixtureMark() {
  return (
    <span className="rounded-sm border border-dashed border-watch px-1 text-xs font-semibold tracking-widest whitespace-nowrap text-watch">
      FIXTURE
    </span>
  )
}

export function FixtureBand() {
  return (
    <div className="rounded-md border-2 border-dashed border-watch bg-watch-soft px-3 py-2">
      <strong className="mr-2 tracking-widest text-watch">FIXTURE</strong>
      The sandbox was asked, which is no model: these figures count nowhere, neither at the gate of deployments nor on a
      card.
    </div>
  )
}

export function OutcomeMark({ outcome, kind }: { readonly outcome: string; readonly kind: string | null }) {
  const [state, words] = outcomeOf(outcome, kind)
  return <StateMark state={state}>{words}</StateMark>
}

interface BarProps {
  readonly rate: number | null
  readonly low: number
  readonly high: number
  readonly look?: 'fails' | 'accent' | 'watch'
}

const FILLS = { fails: 'fill-fails', accent: 'fill-accent', watch: 'fill-watch' } as const

/** A share with its interval, on a line from nothing to all; the numbers stand beside it. */
export function RateBar({ rate, low, high, look = 'accent' }: BarProps) {
  return (
    <svg aria-hidden="true" width="100%" height="16" className="block min-w-16 overflow-visible">
      <line x1="0" x2="100%" y1="8" y2="8" className="stroke-line" />
      <rect
        x={`${low * 100}%`}
        y="5"
        height="6"
        className="fill-edge"
        style={{ width: `max(2px, ${Math.max(0, high - low) * 100}%)` }}
      />
      {rate !== null && <circle cx={`${rate * 100}%`} cy="8" r="4" className={`${FILLS[look]} stroke-surface`} />}
    </svg>
  )
}

/** `12.5 %` over `8.1 to 18.4 %`. */
export function RateWords({ rate, low, high }: Omit<BarProps, 'look'>) {
  return (
    <span className="tabular-nums">
      <span className="font-medium">{rate === null ? '–' : percent(rate)}</span>
      <span className="block text-xs whitespace-nowrap text-quiet">
        {(low * 100).toFixed(1)} to {(high * 100).toFixed(1)} %
      </span>
    </span>
  )
}
