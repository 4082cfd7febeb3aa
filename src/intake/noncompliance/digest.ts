import { isWithin, QuarterId, spanOf } from '../../base/quarter.ts'
import { type Concern, Digest, Outcome, TOPICS } from './schema.ts'

const DAY_MS = 86_400_000

/**
 * What a board reads about a quarter, out of the concerns that its reader may see. What is open and what is overdue is told as it stood at the
 * quarter's end, or now while it runs.
 */
export function digestOf(concerns: readonly Concern[], quarter: string, nowMs: number): Digest | null {
  if (!QuarterId.safeParse(quarter).success) return null
  const span = spanOf(quarter)
  const { fromMs, untilMs } = span
  const endMs = Math.min(untilMs, nowMs)
  const within = (at: string | null) => isWithin(at, span)
  const before = (at: string | null) => at !== null && Date.parse(at) < endMs
  const received = concerns.filter(({ filedAt }) => within(filedAt))
  const closed = concerns.filter(({ closedAt }) => within(closedAt))
  const open = concerns.filter(({ filedAt, closedAt }) => before(filedAt) && !before(closedAt))
  const actions = concerns.filter(({ filedAt }) => before(filedAt)).flatMap((one) => one.actions)
  const waiting = actions.filter(({ doneAt }) => !before(doneAt))
  const setIn = concerns.flatMap((one) => one.history).filter(({ step, at }) => step === 'action_set' && within(at))
  return Digest.parse({
    format: 'safelevel-noncompliance-digest/v1',
    quarter,
    from: new Date(fromMs).toISOString(),
    to: new Date(untilMs).toISOString(),
    complete: nowMs >= untilMs,
    received: {
      total: received.length,
      anonymous: received.filter(({ anonymous }) => anonymous).length,
      byTopic: tally(
        TOPICS,
        received.map(({ topic }) => topic),
      ),
      aboutOfficers: received.filter(({ about }) => about.roles.length > 0).length,
    },
    closed: {
      total: closed.length,
      byOutcome: tally(
        Outcome.options,
        closed.flatMap(({ outcome }) => outcome ?? []),
      ),
      medianDays: medianDays(closed.map(({ filedAt, closedAt }) => [filedAt, closedAt])),
    },
    open: {
      total: open.length,
      olderThan90Days: open.filter(({ filedAt }) => endMs - Date.parse(filedAt) > 90 * DAY_MS).length,
      material: open.filter(({ material }) => material).length,
      unanswered: open.filter(({ answeredAt }) => !before(answeredAt)).length,
    },
    actions: {
      set: setIn.length,
      done: actions.filter(({ doneAt }) => within(doneAt)).length,
      open: waiting.length,
      // Due on a day, so late once the day is over.
      overdue: waiting.filter(({ dueOn }) => Date.parse(dueOn) + DAY_MS <= endMs).length,
    },
    firstAnswer: { medianDays: medianDays(received.map(({ filedAt, answeredAt }) => [filedAt, answeredAt])) },
  })
}

/** For a packet that people read. */
export function digestMarkdown(digest: Digest): string {
  const { received, closed, open, actions, firstAnswer } = digest
  const days = (value: number | null) => (value === null ? 'none yet' : `${value.toFixed(1)} days`)
  const rows = (counts: Readonly<Record<string, number>>) =>
    Object.entries(counts).map(([name, count]) => `| ${name.replaceAll('_', ' ')} | ${count} |`)
  return [
    `# Noncompliance reports, ${digest.quarter}`,
    '',
    `${digest.from.slice(0, 10)} to ${digest.to.slice(0, 10)} (UTC)${digest.complete ? '' : ', not over yet'}. Holds what its reader may see.`,
    '',
    '| | |',
    '|---|---:|',
    `| received | ${received.total} |`,
    `| of these anonymous | ${received.anonymous} |`,
    `| of these about an officer | ${received.aboutOfficers} |`,
    `| median time to the first answer | ${days(firstAnswer.medianDays)} |`,
    `| closed | ${closed.total} |`,
    `| median time to close | ${days(closed.medianDays)} |`,
    `| open at the end | ${open.total} |`,
    `| of these older than 90 days | ${open.olderThan90Days} |`,
    `| of these a material risk | ${open.material} |`,
    `| of these without an answer | ${open.unanswered} |`,
    `| corrective actions set, done | ${actions.set}, ${actions.done} |`,
    `| corrective actions open, overdue | ${actions.open}, ${actions.overdue} |`,
    '',
    '## Received, by topic',
    '',
    '| topic | reports |',
    '|---|---:|',
    ...rows(received.byTopic),
    '',
    '## Closed, by outcome',
    '',
    '| outcome | reports |',
    '|---|---:|',
    ...rows(closed.byOutcome),
    '',
  ].join('\n')
}

function tally(names: readonly string[], found: readonly string[]): Record<string, number> {
  return Object.fromEntries(names.map((name) => [name, found.filter((one) => one === name).length]))
}

function medianDays(spans: readonly (readonly [string, string | null])[]): number | null {
  const days = spans
    .flatMap(([from, to]) => (to === null ? [] : [(Date.parse(to) - Date.parse(from)) / DAY_MS]))
    .sort((a, b) => a - b)
  if (days.length === 0) return null
  const middle = days.length / 2
  return ((days[Math.floor(middle)] ?? 0) + (days[Math.ceil(middle) - 1] ?? 0)) / 2
}
