import type { RecordedSide } from '../../app/api/schema.ts'
import { ChartFrame } from '../../components/chart/frame.tsx'
import { cn } from '../../components/class-names.ts'
import { StateMark } from '../../components/state-mark.tsx'
import { labelName, score } from './words.ts'

type Side = NonNullable<RecordedSide>

interface Line {
  readonly label: string
  readonly score: number
  readonly threshold: number | null
  readonly clause: string | null
  readonly mark: 'refused' | 'flagged' | null
}

/** One side of an exchange: what was said of it, label by label, against what is refused. */
export function SideScores({ name, side }: { readonly name: 'Prompt' | 'Completion'; readonly side: RecordedSide }) {
  return (
    <section className="flex min-w-0 flex-col gap-2 rounded-md border border-line p-3">
      <h3 className="flex items-baseline justify-between gap-2">
        {name}
        {side !== null && <SideMark side={side} />}
      </h3>
      {side === null ? (
        <p className="text-quiet">Was not judged: nothing of it came.</p>
      ) : (
        <Scores side={side} name={name} />
      )}
    </section>
  )
}

function SideMark({ side }: { readonly side: Side }) {
  if (side.action === 'refuse') return <StateMark state="fails">refused{reasonWords(side)}</StateMark>
  if (side.flagged.length > 0) return <StateMark state="watch">flagged</StateMark>
  return <StateMark state="holds">allowed</StateMark>
}

function reasonWords({ reason }: Side): string {
  if (reason === 'media') return ', media that nobody could judge'
  return reason === 'unavailable' ? ', since nobody could judge it' : ''
}

function Scores({ side, name }: { readonly side: Side; readonly name: string }) {
  const lines = linesOf(side)
  const judges = side.classifiers.join(', ')
  return (
    <>
      {lines.length === 0 ? (
        <p className="text-quiet">No label scored 0.05 or more.</p>
      ) : (
        <ChartFrame summary={summaryOf(name, lines)} sheet={sheetOf(lines)}>
          <ul className="flex flex-col gap-1.5">
            {lines.map((line) => (
              <Bar key={line.label} line={line} />
            ))}
          </ul>
        </ChartFrame>
      )}
      {side.unevaluated.length > 0 && (
        <p className="text-xs">
          <StateMark state="unknown">not judged</StateMark> {side.unevaluated.map(labelName).join(', ')}
        </p>
      )}
      <p className="text-xs text-quiet">
        judged by <bdi>{judges === '' ? 'nobody' : judges}</bdi>
        {side.testString && ' · holds the harmless test string'}
      </p>
    </>
  )
}

function Bar({ line: { label, score: value, threshold, mark } }: { readonly line: Line }) {
  const fill = mark === 'refused' ? 'fill-fails' : mark === 'flagged' ? 'fill-watch' : 'fill-edge'
  return (
    <li className="flex flex-col gap-0.5">
      <span className="flex items-baseline justify-between gap-3">
        <span className={cn(mark !== null && 'font-medium')}>{labelName(label)}</span>
        <span className="whitespace-nowrap tabular-nums">
          {score(value)}
          <span className="text-quiet">
            {threshold !== null ? ` of ${score(threshold)}` : mark === 'flagged' ? ' flagged' : ''}
          </span>
        </span>
      </span>
      <svg aria-hidden="true" viewBox="0 0 100 12" preserveAspectRatio="none" className="h-3 w-full">
        <rect y="3" width="100" height="6" className="fill-sunken" />
        <rect y="3" width={value * 100} height="6" className={fill} />
        {threshold !== null && (
          <line
            x1={threshold * 100}
            x2={threshold * 100}
            y1="0"
            y2="12"
            strokeWidth="2"
            vectorEffect="non-scaling-stroke"
            className="stroke-ink"
          />
        )}
      </svg>
    </li>
  )
}

function linesOf(side: Side): readonly Line[] {
  const scores = new Map(Object.entries(side.scores))
  for (const flag of side.flagged) scores.set(flag.label, Math.max(flag.score, scores.get(flag.label) ?? 0))
  if (side.label !== null && side.score !== null) scores.set(side.label, side.score)
  return [...scores]
    .map(([label, value]): Line => {
      const flag = side.flagged.find((one) => one.label === label)
      const refused = side.action === 'refuse' && side.label === label
      return {
        label,
        score: value,
        threshold: side.label === label ? side.threshold : null,
        clause: refused ? side.clause : (flag?.clause ?? null),
        mark: refused ? 'refused' : flag === undefined ? null : 'flagged',
      }
    })
    .sort((a, b) => rank(b) - rank(a) || b.score - a.score)
}

function rank({ mark }: Line): number {
  return mark === 'refused' ? 2 : mark === 'flagged' ? 1 : 0
}

function summaryOf(name: string, [first]: readonly Line[]): string {
  if (first === undefined) return ''
  const against = first.threshold === null ? '' : ` against a threshold of ${score(first.threshold)}`
  return `${name}: ${labelName(first.label)} scored ${score(first.score)}${against}; the line marks the threshold.`
}

function sheetOf(lines: readonly Line[]) {
  return {
    headers: ['Label', 'Score', 'Threshold', 'Clause', 'Mark'],
    rows: lines.map(({ label, score: value, threshold, clause, mark }) => [
      labelName(label),
      value,
      threshold,
      clause,
      mark,
    ]),
  }
}
