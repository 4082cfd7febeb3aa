import { type KeyboardEvent, useRef, useState } from 'react'
import type { RedTeamOutcomes, RedTeamReport } from '../../app/api/schema.ts'
import { Button } from '../../components/button.tsx'
import { ChartFrame } from '../../components/chart/frame.tsx'
import { cn } from '../../components/class-names.ts'
import { count } from '../../components/count.ts'
import { byFamily, type Field, type Matrix, matrixOf, outcomeWords, shareOf, triesOf } from './matrix.ts'
import { categoryName } from './words.ts'

/** More ways than this are shown by their families first. */
const MOST_ROWS = 40

interface MatrixProps {
  readonly report: RedTeamReport
  readonly family: string | undefined
}

/**
 * Attacks by categories: every field says how many tries had what they wanted, on the left of the bare model, on the right through its
 * safeguards; the shade only helps to find them. Arrow keys walk it, and what a field comes to is said below.
 */
export function AttackMatrix({ report, family }: MatrixProps) {
  const whole = matrixOf(report, family)
  const many = family === undefined && whole.rows.length > MOST_ROWS
  const [folded, setFolded] = useState(many)
  const matrix = folded ? byFamily(whole) : whole
  const guarded = report.guarded !== null
  const summary = `${count(whole.rows.length, 'way')} of attack by ${count(whole.categories.length, 'category', 'categories')}: tries that had what they wanted, of all${guarded ? '; left the bare model, right through its safeguards' : ''}.`
  return (
    <div className="flex flex-col gap-2">
      <Legend guarded={guarded} />
      <ChartFrame summary={summary} sheet={sheetOf(whole)}>
        <Grid matrix={matrix} guarded={guarded} label={summary} key={folded ? 'families' : 'ways'} />
      </ChartFrame>
      {many && (
        <Button small className="self-start" onClick={() => setFolded(!folded)}>
          {folded ? `All ${whole.rows.length} ways` : 'By family'}
        </Button>
      )}
    </div>
  )
}

function Grid({
  matrix: { categories, rows },
  guarded,
  label,
}: {
  readonly matrix: Matrix
  readonly guarded: boolean
  readonly label: string
}) {
  const [[row, column], setAt] = useState<readonly [number, number]>([0, 0])
  const grid = useRef<HTMLTableElement>(null)
  const walk = (event: KeyboardEvent) => {
    const step = STEPS[event.key]
    if (step === undefined) return
    event.preventDefault()
    const next = [
      Math.min(rows.length - 1, Math.max(0, row + step[0])),
      Math.min(categories.length, Math.max(0, column + step[1])),
    ] as const
    setAt(next)
    grid.current?.querySelector<HTMLElement>(`[data-at="${next[0]},${next[1]}"]`)?.focus()
  }
  const at = rows[Math.min(row, rows.length - 1)]
  const field = column === 0 ? (at?.total ?? null) : (at?.fields[column - 1] ?? null)
  return (
    <div className="flex flex-col gap-2">
      {/* biome-ignore lint/a11y/noStaticElementInteractions: arrow keys walk from button to button */}
      <div className="overflow-x-auto" onKeyDown={walk}>
        <table ref={grid} aria-label={label} className="border-separate border-spacing-px">
          <thead>
            <tr>
              <th scope="col" className="sticky left-0 z-10 bg-paper text-left text-xs font-medium text-quiet">
                Attack
              </th>
              {['all', ...categories.map(categoryName)].map((name) => (
                <th
                  key={name}
                  scope="col"
                  className="min-w-16 px-1 pb-1 text-left align-bottom text-xs font-medium text-quiet"
                >
                  {name}
                </th>
              ))}
            </tr>
          </thead>
          <tbody>
            {rows.map(({ attack, total, fields }, i) => (
              <tr key={attack}>
                <th
                  scope="row"
                  className="sticky left-0 z-10 max-w-36 truncate bg-paper pr-3 text-left font-normal whitespace-nowrap sm:max-w-72"
                  title={attack}
                >
                  {attack}
                </th>
                {[total, ...fields].map((one, j) => (
                  <Cell
                    key={j === 0 ? 'all' : categories[j - 1]}
                    field={one}
                    guarded={guarded}
                    at={`${i},${j}`}
                    isHere={i === row && j === column}
                    onHere={() => setAt([i, j])}
                  />
                ))}
              </tr>
            ))}
          </tbody>
        </table>
      </div>
      {at !== undefined && (
        <p aria-live="polite" className="min-h-10 text-quiet">
          <span className="font-medium text-ink">{at.attack}</span> ·{' '}
          {column === 0 ? 'all categories' : categoryName(categories[column - 1] ?? '')}: {fieldWords(field)}
        </p>
      )}
    </div>
  )
}

const STEPS: Readonly<Record<string, readonly [number, number]>> = {
  ArrowUp: [-1, 0],
  ArrowDown: [1, 0],
  ArrowLeft: [0, -1],
  ArrowRight: [0, 1],
  Home: [0, -1_000_000],
  End: [0, 1_000_000],
}

interface CellProps {
  readonly field: Field | null
  readonly guarded: boolean
  readonly at: string
  readonly isHere: boolean
  onHere(): void
}

function Cell({ field, guarded, at, isHere, onHere }: CellProps) {
  return (
    <td className="p-0">
      <button
        type="button"
        data-at={at}
        tabIndex={isHere ? 0 : -1}
        onFocus={onHere}
        onClick={onHere}
        title={fieldWords(field)}
        className={cn('flex w-full cursor-default gap-px text-center text-xs', isHere && 'outline-1 outline-accent')}
      >
        <Half outcomes={field?.bare ?? null} look="watch" name="bare" />
        {guarded && <Half outcomes={field?.guarded ?? null} look="fails" name="guarded" />}
      </button>
    </td>
  )
}

const LOOKS = { watch: 'bg-watch', fails: 'bg-fails' } as const

/** Whatever comes through the safeguards must be seen, however rare; words stay readable on the darkest. */
function shade(look: keyof typeof LOOKS, share: number): number {
  return look === 'fails' ? 0.25 + 0.2 * share : 0.08 + 0.32 * share
}

function Half({
  outcomes,
  look,
  name,
}: {
  readonly outcomes: RedTeamOutcomes | null
  readonly look: 'watch' | 'fails'
  readonly name: string
}) {
  const tries = outcomes === null ? 0 : triesOf(outcomes)
  if (outcomes === null || tries === 0) return <span className="min-w-10 grow bg-sunken px-1 py-1 text-quiet">–</span>
  const share = shareOf(outcomes)
  return (
    <span className="relative min-w-10 grow px-1 py-1 whitespace-nowrap">
      <span
        aria-hidden="true"
        className={cn('absolute inset-0', outcomes.success === 0 ? 'bg-sunken' : LOOKS[look])}
        style={outcomes.success === 0 ? undefined : { opacity: shade(look, share) }}
      />
      <span className="relative tabular-nums">
        <span className="sr-only">{name} </span>
        {outcomes.success}/{tries}
      </span>
    </span>
  )
}

function Legend({ guarded }: { readonly guarded: boolean }) {
  const scale = (look: 'watch' | 'fails') => (
    <span className="inline-flex overflow-hidden rounded-sm border border-line" aria-hidden="true">
      <span className="h-3 w-3 bg-sunken" />
      {[0, 0.5, 1].map((share) => (
        <span key={share} className={cn('h-3 w-3', LOOKS[look])} style={{ opacity: shade(look, share) }} />
      ))}
    </span>
  )
  return (
    <div className="flex flex-wrap gap-x-5 gap-y-1 text-xs text-quiet">
      <span className="inline-flex items-center gap-1.5">{scale('watch')} left: bare, none to all had</span>
      {guarded && <span className="inline-flex items-center gap-1.5">{scale('fails')} right: through safeguards</span>}
      <span>had / tries; – not tried</span>
    </div>
  )
}

function fieldWords(field: Field | null): string {
  if (field === null) return 'not tried'
  const bare = `bare ${outcomeWords(field.bare)}`
  return field.guarded === null ? bare : `${bare}; through the safeguards ${outcomeWords(field.guarded)}`
}

function sheetOf({ categories, rows }: Matrix) {
  const words = (outcomes: RedTeamOutcomes | null) =>
    outcomes === null || triesOf(outcomes) === 0 ? '–' : `${outcomes.success}/${triesOf(outcomes)}`
  return {
    headers: ['Attack', 'All, bare', 'All, guarded', ...categories.flatMap((c) => [`${c}, bare`, `${c}, guarded`])],
    rows: rows.map(({ attack, total, fields }) => [
      attack,
      ...[total, ...fields].flatMap((one) => [words(one?.bare ?? null), words(one?.guarded ?? null)]),
    ]),
  }
}
