import { describe, expect, it } from 'vitest'
import { digestMarkdown, digestOf } from './digest.ts'
import { Concern } from './schema.ts'

const concern = (more: Partial<Concern>): Concern =>
  Concern.parse({
    ...{ id: 'ncr_1', topic: 'evaluation', recipients: ['board'], about: { roles: [], people: [] }, anonymous: true },
    ...{ lookup: 'x', state: 'open', material: false, outcome: null, handler: null, proposedBy: null, closedBy: [] },
    ...{
      actions: [],
      messages: 0,
      unreadBy: 'staff',
      filedAt: '2026-05-01T00:00:00.000Z',
      answeredAt: null,
      closedAt: null,
    },
    history: [],
    ...more,
  })
const NOW = Date.UTC(2026, 7, 1)

describe('the digest', () => {
  it('counts what came, closed, waits and is late, each in its quarter', () => {
    const action = { number: 1, owner: 'per_1', dueOn: '2026-06-30', doneAt: null, doneBy: null }
    const all = [
      concern({ answeredAt: '2026-05-03T00:00:00.000Z', actions: [action], material: true }),
      concern({
        topic: 'weights',
        anonymous: false,
        about: { roles: ['rso'], people: ['per_9'] },
        answeredAt: '2026-05-07T00:00:00.000Z',
      }),
      concern({ filedAt: '2026-01-01T00:00:00.000Z', answeredAt: '2026-01-02T00:00:00.000Z' }),
      concern({
        filedAt: '2026-03-01T00:00:00.000Z',
        closedAt: '2026-04-10T00:00:00.000Z',
        state: 'closed',
        outcome: 'partly',
      }),
      concern({ filedAt: '2026-07-02T00:00:00.000Z' }),
    ]
    const made = digestOf(all, '2026-q2', NOW)
    expect(made).toMatchObject({
      complete: true,
      received: { total: 2, anonymous: 1, aboutOfficers: 1, byTopic: { evaluation: 1, weights: 1, other: 0 } },
      closed: { total: 1, byOutcome: { partly: 1, substantiated: 0 }, medianDays: 40 },
      open: { total: 3, olderThan90Days: 1, material: 1, unanswered: 0 },
      actions: { set: 0, done: 0, open: 1, overdue: 1 },
      firstAnswer: { medianDays: 4 },
    })
    expect(made === null ? '' : digestMarkdown(made)).toContain('| corrective actions open, overdue | 1, 1 |')
  })

  it.each(['2026-q5', '26-q1', '', '2026-q44', '2026-Q4'])('knows no quarter %s', (name) => {
    expect(digestOf([], name, NOW)).toBeNull()
  })

  it('says of a quarter that runs that it does, and counts an action as late only once its day is over', () => {
    const action = { number: 1, owner: 'per_1', dueOn: '2026-08-01', doneAt: null, doneBy: null }
    const all = [concern({ actions: [action] })]
    expect(digestOf(all, '2026-q3', NOW)).toMatchObject({ complete: false, actions: { open: 1, overdue: 0 } })
    expect(digestOf(all, '2026-q3', NOW + 86_400_000)).toMatchObject({ actions: { open: 1, overdue: 1 } })
    expect(digestOf([], '2026-q2', NOW)).toMatchObject({
      closed: { medianDays: null },
      firstAnswer: { medianDays: null },
    })
  })
})
