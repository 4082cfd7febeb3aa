import type { EnforcementSubjectView } from '../../app/api/schema.ts'
import { type Series, TimeChart } from '../../components/chart/time-chart.tsx'
import { exactly } from '../../components/when.tsx'
import { inPoints, points, STEPS } from './words.ts'

/** How the points run out if nothing more happens, against the steps that they reach or are next to reach. */
export function StandingChart({ view }: { readonly view: EnforcementSubjectView }) {
  const { course, ladder, standing } = view
  const last = course.at(-1)
  if (last === undefined) return null
  const most = Math.max(...course.map((point) => point.points))
  const above = STEPS.find((step) => (ladder.thresholds[step] ?? 0) > most)
  const shown = STEPS.filter((step) => (ladder.thresholds[step] ?? 0) <= most || step === above)
  const steps = shown.map((step): Series => {
    const from = ladder.thresholds[step] ?? 0
    return { name: `${step} from ${points(from)}`, values: course.map(() => from), look: 'watch' }
  })
  return (
    <TimeChart
      summary={`${inPoints(standing.points)} now; all of them have run out by ${exactly(last.at).slice(0, 16)}, if nothing more happens.`}
      times={course.map(({ at }) => at)}
      series={[{ name: 'Points', values: course.map((point) => point.points), look: 'accent' }, ...steps]}
    />
  )
}
