import { allItems } from '../../base/page.ts'
import { DAY_MS, isWithin, quarterOf, type Span } from '../../base/quarter.ts'
import type { Calendar } from '../calendar/index.ts'
import type { Family } from '../catalogue/index.ts'
import { STATES } from '../probe.ts'
import type { World } from '../probes/world.ts'
import type { ControlBoard, ControlChange, ControlRow } from '../standing/schema.ts'
import type { CompiledSection } from './schema.ts'

/** What reports are compiled from. */
export interface ReportSources extends Pick<World, 'evaluations' | 'response' | 'registry' | 'transparency'> {
  readonly controls: { board(): Promise<ControlBoard>; changes(limit: number): Promise<ControlChange[]> }
  /** Every clock of the product. */
  calendar(): Promise<Calendar>
}

/** What a report is about, and when it is compiled. */
export interface Coverage extends Span {
  readonly nowMs: number
}

/** Writes one section from what is known. */
export type Compiler = (sources: ReportSources, coverage: Coverage) => Promise<Omit<CompiledSection, 'id'>>

const MOST_CHANGES = 1_000
const MOST = 200
const AHEAD_MS = 100 * DAY_MS
const NOT_SEEN = 'A commitment whose state is unknown or stale is not shown to hold, and is counted as a deficiency.'

/** How many hold, family by family. */
export const standing: Compiler = async ({ controls }) => {
  const { profile, overlays, counts, families, lookedAt, problem } = await controls.board()
  const numbers = ({ holds, stale, fails, unknown, excepted, total }: typeof counts) =>
    [holds, stale, fails, unknown, excepted, total].map(String)
  return {
    title: 'How the commitments stand',
    paragraphs: [
      `Of the ${counts.total} commitments of ${[profile, ...overlays].join(' with ')}, ${counts.holds} hold, as last looked at ${lookedAt ?? 'never'}.`,
      NOT_SEEN,
      ...(problem === null ? [] : [`What is shown may not be how it is: ${problem}.`]),
    ],
    tables: [
      {
        caption: 'By family',
        head: ['family', 'hold', 'stale', 'fail', 'unknown', 'of those that do not hold, excepted', 'all'],
        rows: [...families.map((one) => [one.title, ...numbers(one.counts)]), ['all', ...numbers(counts)]],
      },
    ],
  }
}

/** Everything that does not hold, in the words of what was found. */
export const deficiencies: Compiler = async ({ controls }) => {
  const board = await controls.board()
  const open = asked(board).filter(({ state }) => state !== 'holds')
  const sorted = open.toSorted((a, b) => STATES.indexOf(a.state) - STATES.indexOf(b.state))
  return {
    title: 'Deficiencies',
    paragraphs: [open.length === 0 ? 'No commitment of the profile is without a showing that it holds.' : NOT_SEEN],
    tables: [
      {
        caption: 'What does not hold, or is not shown to',
        head: ['control', 'commitment', 'state', 'what was found', 'since', 'excepted until'],
        rows: sorted.map(({ id, title, state, says, since, exception }) => [
          ...[id, title, state, says, since?.slice(0, 10) ?? '', exception?.until.slice(0, 10) ?? ''],
        ]),
      },
    ],
  }
}

/** What came to stand otherwise within the time that is covered. */
export const changes: Compiler = async ({ controls }, span) => {
  const all = await controls.changes(MOST_CHANGES)
  const within = all.filter(({ at }) => isWithin(at, span))
  const cut = all.length === MOST_CHANGES && within.length === all.length
  return {
    title: 'What changed',
    paragraphs: [
      `${within.length} changes of state are on record${cut ? ': the newest are listed' : ''}.`,
      'A change from holding to anything else is also sent to those who are to hear of it.',
    ],
    tables: [
      {
        caption: 'Changes of state, newest first',
        head: ['day', 'control', 'from', 'to', 'what was found'],
        rows: within.map(({ at, control, from, to, says }) => [at.slice(0, 10), control, from ?? '', to, says]),
      },
    ],
  }
}

/** What is due of evaluations, and what they came to. */
export const evaluations: Compiler = async ({ evaluations: room }, span) => {
  const due = await room.dueList()
  const held = (await allItems((page) => room.assessments.list(page))).filter(({ concludedAt }) =>
    isWithin(concludedAt, span),
  )
  return {
    title: 'Evaluations',
    paragraphs: [
      due.length === 0
        ? 'No model line is registered, so nothing can be said of evaluations.'
        : `An evaluation is due for ${due.filter((one) => one.due).length} of ${due.length} model lines.`,
      'A verdict that is inconclusive counts as if the threshold were met.',
    ],
    tables: [
      {
        caption: 'Model lines',
        head: [
          'model',
          'due',
          'why',
          'by the calendar',
          'growth of effective compute, upper bound',
          'training must pause',
        ],
        rows: due.map(({ model, due: isDue, reasons, calendarAt, kHi, pause }) => [
          ...[model, isDue ? 'yes' : 'no', reasons.map(({ words }) => words).join('; ')],
          ...[calendarAt?.slice(0, 10) ?? '', kHi === null ? 'unknown' : kHi.toFixed(2), pause ? 'yes' : 'no'],
        ]),
      },
      {
        caption: 'Assessments concluded in this time',
        head: ['assessment', 'model', 'checkpoint', 'verdict', 'concluded', 'late', 'report (SHA-256)'],
        rows: held.map(({ id, model, checkpoint, verdict, concludedAt, late, reportDigest }) => [
          ...[id, model, checkpoint, verdict ?? '', concludedAt?.slice(0, 10) ?? '', late ? 'yes' : 'no'],
          reportDigest ?? '',
        ]),
      },
    ],
  }
}

/** Halts, and rehearsals of them. */
export const incidents: Compiler = async ({ response }, span) => {
  const items = await allItems((page) => response.incidents.list(page))
  const real = items.filter(
    ({ drill, openedAt, closedAt }) => !drill && (isWithin(openedAt, span) || closedAt === null),
  )
  const drills = (await response.drills.list()).filter(({ filedAt }) => isWithin(filedAt, span))
  return {
    title: 'Incidents and rehearsals',
    paragraphs: [
      `${real.length} halts (2d) were opened in this time or are open; ${drills.length} rehearsals were filed.`,
    ],
    tables: [
      {
        caption: 'Halts of models in use',
        head: ['incident', 'model', 'opened', 'deployments to assess', 'assessed', 'closed'],
        rows: real.map(({ id, model, openedAt, tasks, closedAt }) => [
          ...[id, model, openedAt.slice(0, 10), String(tasks.length)],
          ...[String(tasks.filter(({ assessedAt }) => assessedAt !== null).length), closedAt?.slice(0, 10) ?? ''],
        ]),
      },
      {
        caption: 'Rehearsals',
        head: ['rehearsal', 'model', 'filed', 'went as it should'],
        rows: drills.map(({ id, model, filedAt, ok }) => [id, model, filedAt.slice(0, 10), ok ? 'yes' : 'no']),
      },
    ],
  }
}

/** What is late, and what falls due next. */
export const clocks: Compiler = async ({ calendar }, { nowMs }) => {
  const { entries, unknown } = await calendar()
  const next = entries.filter(({ dueAt }) => Date.parse(dueAt) <= nowMs + AHEAD_MS)
  return {
    title: 'Clocks',
    paragraphs: [
      `${next.filter(({ state }) => state === 'overdue').length} clocks have run out; the rest of those listed run out within 100 days.`,
      ...(unknown.length === 0 ? [] : [`The clocks of ${unknown.join(', ')} could not be read.`]),
    ],
    tables: [
      {
        caption: 'By what is due first',
        head: ['due', 'state', 'what', 'about'],
        rows: next
          .slice(0, MOST)
          .map(({ dueAt, state, title, about }) => [dueAt.slice(0, 10), state, title, `${about.type} ${about.id}`]),
      },
    ],
  }
}

/** Every control of some families with what was found, those that hold too. */
export function controlsOf(title: string, families: readonly Family[]): Compiler {
  return async ({ controls }) => {
    const rows = asked(await controls.board()).filter(({ family }) => families.includes(family))
    const holding = rows.filter(({ state }) => state === 'holds').length
    return {
      title,
      paragraphs: [`${holding} of ${rows.length} hold.`, NOT_SEEN],
      tables: [
        {
          caption: 'Each of them, as it was found',
          head: ['control', 'commitment', 'mode', 'state', 'what was found'],
          rows: rows.map(({ id, title: what, mode, state, says }) => [id, what, mode, state, says]),
        },
      ],
    }
  }
}

/** The numbers of the quarter that this is about, as they were published; those that run where it is not over. */
export const traffic: Compiler = async ({ transparency }, { fromMs, nowMs, untilMs }) => {
  const [edition] = nowMs < untilMs ? [] : await transparency.editions(quarterOf(fromMs))
  const report =
    edition === undefined
      ? nowMs < untilMs
        ? await transparency.running()
        : null
      : (await transparency.edition(edition.quarter, edition.edition)).report
  if (report === null) {
    return { title: 'Traffic', paragraphs: ['The numbers of this quarter are not published yet.'], tables: [] }
  }
  const { decisions, canaries, enforcement } = report
  const numbers = [
    ['requests judged', decisions.requests],
    ['answered', decisions.answered],
    ['refused', decisions.refused],
    ['cut short', decisions.cut],
    ['passed on though the policy refuses them, on surfaces that are only observed', decisions.passedOn],
    ['answered, though a category could not be judged', decisions.unevaluated],
    ['canaries sent', canaries.sent],
    ['canaries that were not refused', canaries.missed],
    ['actions against accounts', enforcement.actions],
  ] as const
  const source =
    edition === undefined
      ? 'The quarter runs: the numbers go on changing.'
      : `From the transparency report of ${edition.quarter}, edition ${edition.edition}, SHA-256 ${edition.digest}.`
  const rows = numbers.map(([what, number]) => [what, String(number)])
  return { title: 'Traffic', paragraphs: [source], tables: [{ caption: 'Numbers', head: ['what', 'number'], rows }] }
}

/** Which models and deployments this is about. */
export const scope: Compiler = async ({ registry, evaluations: room }, { fromMs, untilMs, nowMs }) => {
  const deployments = await registry.deployments.list()
  const cleared = new Map((await room.dueList()).map(({ model, reference }) => [model, reference]))
  return {
    title: 'What this covers',
    paragraphs: [
      `From ${dayOf(fromMs)} to ${dayOf(untilMs)}, as known on ${dayOf(nowMs)}. What came after is not in it.`,
      deployments.length === 0
        ? 'No deployment is declared, so it covers none.'
        : `${deployments.length} deployments of ${new Set(deployments.map(({ model }) => model)).size} model lines.`,
    ],
    tables: [
      {
        caption: 'Deployments, and what their model lines are counted from',
        head: ['deployment', 'model', 'checkpoint', 'surfaces', 'last assessment', 'of'],
        rows: deployments.map(({ id, model, checkpoint, surfaces }) => {
          const from = cleared.get(model) ?? null
          const assessed = from === null ? 'none' : from.basis === 'cleared' ? 'cleared' : 'baseline, not evaluated'
          return [id, model, checkpoint, surfaces.map(({ name }) => name).join(', '), assessed, from?.checkpoint ?? '']
        }),
      },
    ],
  }
}

function asked(board: Pick<ControlBoard, 'controls'>): ControlRow[] {
  return board.controls.filter(({ inProfile }) => inProfile)
}

function dayOf(ms: number): string {
  return new Date(ms).toISOString().slice(0, 10)
}
