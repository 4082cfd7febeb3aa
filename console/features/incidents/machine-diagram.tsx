import { useId } from 'react'
import type { MachineDiagram as Machine } from '../../app/api/schema.ts'
import { ChartFrame } from '../../components/chart/frame.tsx'
import { cn } from '../../components/class-names.ts'
import { count } from '../../components/count.ts'
import { roleName } from '../people/role-names.ts'
import { BOX_HEIGHT, BOX_WIDTH, layoutOf } from './machine-layout.ts'
import { plain, type Step } from './words.ts'

/** The machine as the server runs it, with where something stands on it and where it leads from there. */
export function MachineDiagram({ machine, here }: { readonly machine: Machine; readonly here: string | null }) {
  const id = useId().replaceAll(/\W/g, '')
  const { width, height, boxes, lines, fromMany } = layoutOf(machine, here)
  const next = new Set(lines.filter(({ from }) => from === here).map(({ to }) => to))
  const summary = summaryOf(machine, here)
  return (
    <ChartFrame summary={summary} sheet={sheetOf(machine, here)}>
      {/* biome-ignore lint/a11y/noNoninteractiveTabindex: what scrolls must be reached by key */}
      <section className="overflow-x-auto" tabIndex={0} aria-label={`Diagram: ${machine.title}`}>
        <svg role="img" aria-labelledby={`${id}t`} width={width} height={height} viewBox={`0 0 ${width} ${height}`}>
          <title id={`${id}t`}>{summary}</title>
          <Arrow id={`${id}q`} className="fill-edge opacity-60" />
          <Arrow id={`${id}a`} className="fill-accent" />
          {lines
            .toSorted((a, b) => Number(a.from === here) - Number(b.from === here))
            .map(({ step, from, to, path }) => (
              <path
                key={`${step} ${from} ${to}`}
                d={path}
                fill="none"
                strokeWidth={from === here ? 2 : 1}
                markerEnd={`url(#${id}${from === here ? 'a' : 'q'})`}
                className={from === here ? 'stroke-accent' : 'stroke-edge opacity-60'}
              />
            ))}
          {boxes.map(({ state, title, x, y }) => (
            <g key={state}>
              <rect
                x={x}
                y={y}
                width={BOX_WIDTH}
                height={BOX_HEIGHT}
                rx="5"
                strokeWidth={state === here ? 2.5 : 1}
                className={cn(
                  state === here
                    ? 'fill-accent-soft stroke-accent'
                    : next.has(state)
                      ? 'fill-surface stroke-accent'
                      : 'fill-surface stroke-edge',
                )}
              />
              <text
                x={x + BOX_WIDTH / 2}
                y={y + (fromMany.has(state) ? 15 : 21)}
                textAnchor="middle"
                className={cn('text-[12px]', state === here ? 'fill-ink font-semibold' : 'fill-ink')}
              >
                {title}
              </text>
              {fromMany.has(state) && (
                <text x={x + BOX_WIDTH / 2} y={y + 27} textAnchor="middle" className="fill-quiet text-[9.5px]">
                  {fromMany
                    .get(state)
                    ?.map(({ step, count }) => `${plain(step)} from ${count}`)
                    .join(', ')}
                </text>
              )}
            </g>
          ))}
        </svg>
      </section>
    </ChartFrame>
  )
}

function Arrow({ id, className }: { readonly id: string; readonly className: string }) {
  return (
    <marker
      id={id}
      viewBox="0 0 8 8"
      refX="7"
      refY="4"
      markerWidth="7"
      markerHeight="7"
      orient="auto"
      markerUnits="userSpaceOnUse"
    >
      <path d="M0 0.5L8 4L0 7.5z" className={className} />
    </marker>
  )
}

function summaryOf({ states, steps }: Machine, here: string | null): string {
  const standing = states.find(({ state }) => state === here)
  if (standing === undefined) return `${count(states.length, 'state')}, ${count(steps.length, 'step')}.`
  const next = steps.filter(({ from }) => from.includes(standing.state)).map(({ title }) => title)
  return `It stands at “${standing.title}”: ${standing.says}. ${next.length === 0 ? 'Nothing leads on.' : `From here: ${next.join(', ')}.`}`
}

/** Who takes a step, in words: `one of: …`, `RSO asks, then CEO`, `nobody: it follows`. */
export function takersOf({ by, roles, seats, orSystem }: Step): string {
  const names = (held: Step['roles']) => held.map(roleName).join(', ')
  if (by === 'system') return 'nobody: it follows from evidence'
  if (by === 'one') return `one person: ${names(roles)}${orSystem ? '; by itself too' : ''}`
  return `two people: ${names(roles)} asks; ${seats.map(names).join(' and ')} agrees`
}

function sheetOf({ states, steps }: Machine, here: string | null) {
  const titleOf = (state: string) => states.find((one) => one.state === state)?.title ?? state
  const rows = steps.map((step) => [
    ...[plain(step.step), step.title, step.from.map(titleOf).join(', '), titleOf(step.to), takersOf(step)],
    step.from.includes(here ?? '') ? 'yes' : '',
  ])
  return { headers: ['Step', 'What it is', 'From', 'To', 'Who', 'From here'], rows }
}
