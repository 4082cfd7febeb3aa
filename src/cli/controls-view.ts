import colors from 'picocolors'
import type { ControlBoard, ControlRow, ControlView, State } from '../controls/index.ts'

/** A shape beside each colour: nobody has to see colours to read it. */
export const MARKS: Readonly<Record<State, string>> = { holds: '✓', stale: '◐', fails: '■', unknown: '○' }
const PAINT = { holds: colors.green, stale: colors.yellow, fails: colors.red, unknown: colors.dim } as const
const WORDS: Readonly<Record<State, string>> = { holds: 'hold', stale: 'stale', fails: 'fail', unknown: 'unknown' }
const ORDER = ['holds', 'stale', 'fails', 'unknown'] as const
/** What fails comes first, then what did hold, then what nobody can say; under an exception last of its kind. */
const WORST: Readonly<Record<State, number>> = { fails: 0, stale: 1, unknown: 2, holds: 3 }
const MOST_COLUMNS = 110

export function mark(state: State): string {
  return PAINT[state](MARKS[state])
}

/** What needs somebody, the worst first. */
export function worstFirst(rows: readonly ControlRow[]): ControlRow[] {
  const rank = ({ state, exception }: ControlRow) => WORST[state] * 2 + (exception === null ? 0 : 1)
  return rows.filter(({ state, inProfile }) => inProfile && state !== 'holds').toSorted((a, b) => rank(a) - rank(b))
}

/** A line for each area, and under it the worst of it in words; then what to do first. @param each how many of an area are said in words */
export function boardLines(board: ControlBoard, each: number): string[] {
  const families = board.families.filter(({ counts }) => counts.total > 0)
  const width = Math.max(...families.map(({ title }) => title.length))
  const areas = families.flatMap(({ family, title, counts }) => {
    const of = ORDER.flatMap((state) =>
      counts[state] === 0 ? [] : [PAINT[state](`${MARKS[state]} ${counts[state]} ${WORDS[state]}`)],
    )
    const excepted = counts.excepted === 0 ? [] : [colors.dim(`${counts.excepted} under an exception`)]
    const rows = worstFirst(board.controls.filter((row) => row.family === family)).slice(0, each)
    return [`  ${title.padEnd(width)}   ${[...of, ...excepted].join('   ')}`, ...rows.map(rowLine)]
  })
  return [...areas, ...firstLines(board)]
}

function rowLine({ id, state, says, next, exception }: ControlRow): string {
  const excepted = exception === null ? '' : colors.dim(` (exception until ${exception.until.slice(0, 10)})`)
  const how = next === null ? '' : `  ${colors.cyan(next)}`
  return `     ${mark(state)} ${id}  ${cut(says, MOST_COLUMNS - 20)}${excepted}${how}`
}

function firstLines({ controls, counts }: ControlBoard): string[] {
  if (counts.holds === counts.total) return ['', '  Every commitment of the profile is shown to hold.']
  const todo = worstFirst(controls).find(({ next, exception }) => next !== null && exception === null)
  if (todo === undefined) return []
  return ['', `  First: ${todo.next} ${colors.dim(`(${todo.id}: ${todo.title})`)}`]
}

/** One control on one line. */
export function listLine({ id, state, title, says, inProfile }: ControlRow): string {
  const apart = inProfile ? '' : colors.dim(' (not in the profile)')
  return `${mark(state)} ${id}  ${state.padEnd(7)}  ${title}${apart}\n             ${colors.dim(cut(says, MOST_COLUMNS))}`
}

/** All there is to one control, as a page of a terminal. */
export function describeControl(view: ControlView): string {
  const rows: [string, readonly string[]][] = [
    ['state', [`${mark(view.state)} ${view.state}${view.since === null ? '' : ` since ${view.since}`}: ${view.says}`]],
    ['next', view.next === null ? [] : [view.next]],
    [
      'exception',
      view.exceptions.slice(0, 1).map((one) => `until ${one.until}, by ${one.people.join(' and ')}: ${one.reason}`),
    ],
    [
      'attested',
      view.attestations
        .slice(0, 1)
        .map(
          (one) =>
            `${one.holds ? 'it holds' : 'it does not hold'}; on ${one.at} by ${one.by}, until ${one.until} (${one.digest.slice(0, 16)}…)`,
        ),
    ],
    ['evidence', view.evidence.map(evidenceWords)],
    ['asks', [view.statement]],
    ['how', [view.guidance]],
    ['mode', [`${view.mode}; ${view.owner} answers for it; what people say counts for ${view.freshDays} days`]],
    ['profiles', [view.profiles.join(', ')]],
    ['sources', view.sources.map(({ policy, clause }) => `${policy} ${clause}`)],
    ['lineage', view.lineage.map(lineageWords)],
    ['elsewhere', Object.entries(view.mappings).map(([regime, clauses]) => `${regime}: ${clauses.join('; ')}`)],
    [
      'history',
      view.history
        .slice(0, 10)
        .map(({ at, from, to, says }) => `${at}  ${from ?? 'first look'} → ${to}: ${cut(says, 80)}`),
    ],
  ]
  const body = rows.flatMap(([name, lines]) => lines.map((line, i) => `${(i === 0 ? name : '').padEnd(11)}${line}`))
  return [`${colors.bold(view.id)}  ${view.title}`, ...body].join('\n')
}

function evidenceWords(one: ControlView['evidence'][number]): string {
  if (one.kind === 'seen') return `seen: ${one.says}`
  if (one.kind === 'record') return `${one.type} ${one.id}`
  return `entry ${one.entry}, ${one.event} at ${one.at}: safelevel ledger prove --entry ${one.entry}`
}

function lineageWords({ policy, change, by, reason }: ControlView['lineage'][number]): string {
  const taken = by === undefined ? '' : ` by ${by.join(', ')}`
  return `${policy} ${change}${taken}${reason === undefined ? '' : `: ${reason}`}`
}

function cut(text: string, most: number): string {
  return text.length <= most ? text : `${text.slice(0, most - 1)}…`
}
