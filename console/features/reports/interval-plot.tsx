import type { Reproduction } from '../../app/api/schema.ts'
import { ChartFrame } from '../../components/chart/frame.tsx'
import { percent } from './words.ts'

const ROWS = [
  ['judged', 'errors left out'],
  ['errorsHarmful', 'errors as harmful'],
  ['errorsHarmless', 'errors as harmless'],
] as const

/** k of n with its 95 % interval, errors counted both ways; one line is enough where there were none. */
export function IntervalPlot({ run: { shares, tally } }: { readonly run: Reproduction }) {
  const rows = ROWS.filter(([name]) => tally.error > 0 || name === 'judged').map(([name, title]) => {
    const { k, n, share, low, high } = shares[name]
    return { title: tally.error > 0 ? title : 'harmful', k, n, share, low, high }
  })
  const sheet = {
    headers: ['Counted', 'Harmful', 'Tries', 'Share', 'From', 'To'],
    rows: rows.map(({ title, k, n, share, low, high }) => [
      ...[title, k, n, share === null ? 'none tried' : percent(share), percent(low), percent(high)],
    ]),
  }
  return (
    <ChartFrame summary="Share of tries that were harmful; the bar is the 95 % interval (Wilson)." sheet={sheet}>
      <ul className="flex flex-col gap-1">
        {rows.map(({ title, k, n, share, low, high }) => (
          <li key={title} className="grid grid-cols-[8.5rem_minmax(0,1fr)] items-center gap-3">
            <span>
              <span className="font-medium tabular-nums">
                {k} of {n}
              </span>
              <span className="block text-xs text-quiet">{title}</span>
            </span>
            <span>
              <svg aria-hidden="true" width="100%" height="20" className="block overflow-visible">
                <line x1="0" x2="100%" y1="10" y2="10" className="stroke-line" />
                {[0, 25, 50, 75, 100].map((at) => (
                  <line key={at} x1={`${at}%`} x2={`${at}%`} y1="7" y2="13" className="stroke-line" />
                ))}
                <rect
                  x={`${low * 100}%`}
                  y="7"
                  height="6"
                  className="fill-edge"
                  style={{ width: `max(2px, ${(high - low) * 100}%)` }}
                />
                {share !== null && (
                  <circle cx={`${share * 100}%`} cy="10" r="5" className="fill-ink stroke-surface" strokeWidth="2" />
                )}
              </svg>
              <span className="flex justify-between text-xs text-quiet tabular-nums">
                <span>0 %</span>
                <span>
                  {percent(low)} to {percent(high)}
                </span>
                <span>100 %</span>
              </span>
            </span>
          </li>
        ))}
      </ul>
    </ChartFrame>
  )
}
