interface SparklineProps {
  /** Oldest first. */
  readonly values: readonly number[]
  /** Drawn as a line to compare with. */
  readonly threshold: number
}

const WIDTH = 96
const HEIGHT = 24

/** How risk went lately, as an aid to the eye: the numbers stand beside it. */
export function Sparkline({ values, threshold }: SparklineProps) {
  const top = Math.max(threshold * 1.2, ...values)
  const x = (i: number) => 2 + (i / Math.max(1, values.length - 1)) * (WIDTH - 4)
  const y = (value: number) => 2 + (1 - value / top) * (HEIGHT - 4)
  const last = values.at(-1) ?? 0
  const look = last >= threshold ? 'stroke-fails' : 'stroke-accent'
  return (
    <svg aria-hidden="true" width={WIDTH} height={HEIGHT} viewBox={`0 0 ${WIDTH} ${HEIGHT}`} className="shrink-0">
      <line
        x1="0"
        x2={WIDTH}
        y1={y(threshold)}
        y2={y(threshold)}
        className="stroke-edge"
        strokeWidth="1"
        strokeDasharray="2 3"
      />
      {values.length > 1 && (
        <path
          d={values.map((value, i) => `${i === 0 ? 'M' : 'L'}${x(i)} ${y(value)}`).join('')}
          fill="none"
          strokeWidth="1.5"
          strokeLinejoin="round"
          className={look}
        />
      )}
      <circle
        cx={values.length > 1 ? x(values.length - 1) : WIDTH - 2}
        cy={y(last)}
        r="2"
        className={last >= threshold ? 'fill-fails' : 'fill-accent'}
      />
    </svg>
  )
}
