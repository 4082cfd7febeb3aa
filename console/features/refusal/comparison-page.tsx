import { useQuery } from '@tanstack/react-query'
import { useParams } from '@tanstack/react-router'
import type { KeptRefusalComparison, RefusalComparison } from '../../app/api/schema.ts'
import { ChartFrame } from '../../components/chart/frame.tsx'
import { count } from '../../components/count.ts'
import { Facts, Page, Section, Skeleton } from '../../components/page.tsx'
import { ProblemNote } from '../../components/problem-note.tsx'
import { StateMark } from '../../components/state-mark.tsx'
import { exactly } from '../../components/when.tsx'
import { History } from '../ledger/history.tsx'
import { FixtureBand } from './marks.tsx'
import { comparisonQuery } from './queries.ts'
import { ResultFoot } from './result-foot.tsx'
import { COMPARED, categoryName, MEASURES, percent } from './words.ts'

type Measure = RefusalComparison['measures'][number]

/** Two models asked the same: by how much the tuned one differs, and how sure that is. */
export function ComparisonPage() {
  const { id } = useParams({ from: '/shell/refusal/comparisons/$id' })
  const { data: comparison, error } = useQuery(comparisonQuery(id))
  if (comparison === undefined)
    return (
      <Page title="Comparison">{error === null ? <Skeleton className="w-64" /> : <ProblemNote problem={error} />}</Page>
    )
  const { head, fixture } = comparison
  const [state, words] = COMPARED[head.verdict]
  return (
    <Page
      title={`${nameOf(comparison, 'base')} → ${nameOf(comparison, 'tuned')}`}
      summary={
        <>
          <StateMark state={state}>{words}</StateMark> · compared {exactly(head.comparedAt).slice(0, 16)}
        </>
      }
    >
      {fixture && <FixtureBand />}
      <Section title="Measures" note="a positive difference is worse; 95 % intervals, the same items asked of both">
        <Differences measures={head.measures} />
      </Section>
      <Categories head={head} />
      <Section title="What was compared">
        <Facts
          rows={[
            ['Base', sideOf(head.base)],
            ['Tuned', sideOf(head.tuned)],
            ['Judged by', head.grader],
            ['Seed', String(head.seed)],
          ]}
        />
      </Section>
      <ResultFoot result={comparison} />
      <History id={id} />
    </Page>
  )
}

function Differences({ measures }: { readonly measures: readonly Measure[] }) {
  const most = Math.max(0.1, ...measures.flatMap(({ interval, margin }) => [...(interval ?? []), margin].map(Math.abs)))
  const sheet = {
    headers: ['Suite, measure', 'Base', 'Tuned', 'Difference', 'From', 'To', 'Margin', 'p (Holm)', 'Items', 'Verdict'],
    rows: measures.map((m) => [
      `${m.suite}, ${MEASURES[m.measure]}`,
      m.base === null ? '–' : percent(m.base),
      m.tuned === null ? '–' : percent(m.tuned),
      m.difference === null ? '–' : signed(m.difference),
      m.interval === null ? '–' : signed(m.interval[0]),
      m.interval === null ? '–' : signed(m.interval[1]),
      percent(m.margin),
      m.holm.toPrecision(2),
      m.items,
      COMPARED[m.verdict][1],
    ]),
  }
  return (
    <ChartFrame
      summary="Difference of each measure, tuned less base; the upright line is none, the dashed one the margin."
      sheet={sheet}
    >
      <ul className="flex flex-col divide-y divide-line border-y border-line">
        {measures.map((measure) => (
          <Difference key={`${measure.suite} ${measure.measure}`} measure={measure} most={most} />
        ))}
      </ul>
    </ChartFrame>
  )
}

function Difference({ measure, most }: { readonly measure: Measure; readonly most: number }) {
  const {
    suite,
    measure: name,
    base,
    tuned,
    difference,
    interval,
    margin,
    verdict,
    items,
    unknown,
    holm,
    needed,
  } = measure
  const [state, words] = COMPARED[verdict]
  const at = (value: number) => `${50 + (50 * Math.max(-most, Math.min(most, value))) / most}%`
  const fill = state === 'fails' ? 'fill-fails' : state === 'holds' ? 'fill-holds' : 'fill-quiet'
  return (
    <li className="grid items-center gap-x-4 gap-y-1 py-2 sm:grid-cols-[12rem_minmax(0,1fr)_14rem]">
      <span>
        <span className="font-medium">{suite}</span>
        <span className="block text-xs text-quiet">
          {MEASURES[name]}: {base === null ? '–' : percent(base)} → {tuned === null ? '–' : percent(tuned)}
        </span>
      </span>
      <span>
        <svg aria-hidden="true" width="100%" height="24" className="block overflow-visible">
          <line x1="0" x2="100%" y1="12" y2="12" className="stroke-line" />
          <line x1="50%" x2="50%" y1="2" y2="22" className="stroke-ink" />
          <line x1={at(margin)} x2={at(margin)} y1="2" y2="22" className="stroke-edge" strokeDasharray="3 3" />
          {interval !== null && (
            <line x1={at(interval[0])} x2={at(interval[1])} y1="12" y2="12" className="stroke-edge" strokeWidth="5" />
          )}
          {difference !== null && (
            <circle cx={at(difference)} cy="12" r="5" className={`${fill} stroke-surface`} strokeWidth="1.5" />
          )}
        </svg>
        <span className="flex justify-between text-xs text-quiet tabular-nums">
          <span>better</span>
          <span>
            {difference === null ? 'nothing to compare' : signed(difference)}
            {interval !== null && ` (${rangeOf(interval)})`}
          </span>
          <span>worse</span>
        </span>
      </span>
      <span>
        <StateMark state={state}>{words}</StateMark>
        <span className="block text-xs text-quiet">
          {count(items, 'item')}
          {unknown > 0 && `, ${unknown} without a verdict of one side`}; p {holm < 0.001 ? '< 0.001' : holm.toFixed(3)}{' '}
          (Holm)
          {needed !== null && `; about ${count(needed, 'item')} would tell`}
        </span>
      </span>
    </li>
  )
}

function Categories({ head }: { readonly head: RefusalComparison }) {
  if (head.categories.length === 0) return null
  return (
    <Section title="By category">
      <ul className="divide-y divide-line border-y border-line">
        {head.categories.map(({ suite, kind, category, items, base, tuned, difference, interval }) => (
          <li
            key={`${suite} ${kind} ${category}`}
            className="grid gap-x-4 py-1.5 tabular-nums sm:grid-cols-[14rem_10rem_minmax(0,1fr)]"
          >
            <span>
              {categoryName(category)} <span className="text-quiet">{suite}</span>
            </span>
            <span className="text-quiet">
              {base === null ? '–' : percent(base)} → {tuned === null ? '–' : percent(tuned)}
            </span>
            <span>
              {difference === null ? '–' : signed(difference)}
              <span className="text-quiet">
                {interval !== null && ` (${rangeOf(interval)})`}, {count(items, 'item')}
              </span>
            </span>
          </li>
        ))}
      </ul>
    </Section>
  )
}

function signed(share: number): string {
  return `${points(share)} points`
}

function rangeOf([low, high]: readonly [number, number] | readonly number[]): string {
  return `${points(low ?? 0)} to ${points(high ?? 0)}`
}

function points(share: number): string {
  return `${share > 0 ? '+' : ''}${(share * 100).toFixed(1).replace('-', '−')}`
}

function nameOf({ head }: KeptRefusalComparison, side: 'base' | 'tuned'): string {
  return head[side].checkpoint ?? head[side].model.name
}

function sideOf({ model, checkpoint }: RefusalComparison['base']): string {
  return `${model.name} (${model.upstreamModel}) at ${model.server}${checkpoint === null ? '' : `, ${checkpoint}`}`
}
