import type { AssessmentVerdict } from '../../app/api/schema.ts'
import { ChartFrame } from '../../components/chart/frame.tsx'
import { count } from '../../components/count.ts'
import { StateMark } from '../../components/state-mark.tsx'
import { percent, VERDICTS } from '../scaling/words.ts'

type Snapshot = AssessmentVerdict['snapshots'][number]

/** For each suite and snapshot: between which bounds the truth lies, and the line that must not be reached. */
export function BoundsChart({ snapshots }: { readonly snapshots: readonly Snapshot[] }) {
  const sheet = {
    headers: ['Suite, snapshot', 'Verdict', 'Lower', 'Upper', 'Line', 'Tries', 'Refused', 'Errors', 'Unscored'],
    rows: snapshots.map(({ suite, snapshot, verdict: { verdict, lower, upper, line, totals } }) => [
      ...[`${suite}, ${snapshot}`, verdict, percent(lower), percent(upper), percent(line)],
      ...[totals.tries, totals.refused, totals.errored, totals.unscored],
    ]),
  }
  return (
    <ChartFrame
      summary="Lower and upper bound, one-sided at 95 %; the upright line is what must not be reached."
      sheet={sheet}
    >
      <ul className="flex flex-col divide-y divide-line border-y border-line">
        {snapshots.map((one) => (
          <Row key={`${one.suite} ${one.snapshot}`} snapshot={one} />
        ))}
      </ul>
    </ChartFrame>
  )
}

function Row({ snapshot: { suite, snapshot, verdict: found } }: { readonly snapshot: Snapshot }) {
  const { verdict, lower, upper, line, totals, tasks } = found
  const [state, word] = VERDICTS[verdict]
  const fill = state === 'holds' ? 'fill-holds' : state === 'fails' ? 'fill-fails' : 'fill-watch'
  return (
    <li className="grid items-center gap-x-4 gap-y-1 py-2 sm:grid-cols-[14rem_minmax(0,1fr)_11rem]">
      <div>
        <span className="font-medium">{suite}</span>
        <span className="block text-quiet">{snapshot}</span>
      </div>
      <div>
        <svg aria-hidden="true" width="100%" height="30" className="overflow-visible">
          <rect y="12" width="100%" height="6" className="fill-sunken" />
          <rect x={at(lower)} y="10" height="10" className={fill} style={{ width: `max(3px, ${at(upper - lower)})` }} />
          <line x1={at(line)} x2={at(line)} y1="2" y2="28" className="stroke-ink" strokeWidth="2" />
        </svg>
        <span className="flex justify-between text-xs text-quiet">
          <span>
            {percent(lower)} to {percent(upper)}
          </span>
          <span>line at {percent(line)}</span>
        </span>
      </div>
      <div>
        <StateMark state={state}>{word}</StateMark>
        <span className="block text-xs text-quiet">
          {tasks === null
            ? `${totals.passed} of ${count(totals.tries, 'try', 'tries')} passed`
            : `tasks: ${tasks.passed} passed, ${tasks.failed} failed, ${tasks.incomplete} incomplete`}
          {totals.refused + totals.errored + totals.unscored > 0 &&
            `; ${totals.refused} refused, ${count(totals.errored, 'error')}, ${totals.unscored} unscored, counted both ways`}
        </span>
      </div>
    </li>
  )
}

function at(share: number): string {
  return `${Math.min(100, Math.max(0, share * 100))}%`
}
