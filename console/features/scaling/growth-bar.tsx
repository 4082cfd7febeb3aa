import type { EvaluationDue } from '../../app/api/schema.ts'
import { times } from './words.ts'

const WIDTH = 120
const BEYOND = 1.25

/** How far compute has grown: a bar from the estimate's start to its upper bound, with marks where one is due and where training pauses. */
export function GrowthBar({
  due: { k, kHi, interval, buffer },
}: {
  readonly due: Pick<EvaluationDue, 'k' | 'kHi' | 'interval' | 'buffer'>
}) {
  const most = Math.log(buffer * BEYOND)
  const x = (factor: number) => (Math.min(most, Math.max(0, Math.log(factor))) / most) * WIDTH
  const reached = kHi === null ? WIDTH : x(kHi)
  const fill = kHi === null || kHi >= buffer ? 'fill-fails' : kHi >= interval ? 'fill-watch' : 'fill-quiet'
  return (
    <span className="flex flex-col gap-0.5">
      <span>
        {times(kHi)}
        {k !== null && kHi !== null && kHi > k * 1.01 && <span className="text-quiet"> (at least {times(k)})</span>}
      </span>
      <svg aria-hidden="true" width={WIDTH} height="10" viewBox={`0 0 ${WIDTH} 10`} className="max-w-full">
        <rect y="3" width={WIDTH} height="4" className="fill-sunken" />
        <rect y="3" width={reached} height="4" className={fill} />
        <line x1={x(interval)} x2={x(interval)} y1="0" y2="10" className="stroke-watch" strokeWidth="1.5" />
        <line x1={x(buffer)} x2={x(buffer)} y1="0" y2="10" className="stroke-fails" strokeWidth="2" />
      </svg>
    </span>
  )
}
