import { describe, expect, it } from 'vitest'
import { shippedPolicy } from '../../test/support/policies.ts'
import { iso } from '../base/clock.ts'
import { AppError } from '../base/errors.ts'
import { DAY_MS, spanOf } from '../base/quarter.ts'
import { sourcesOf, type TransparencyRooms } from './index.ts'

const SPAN = spanOf('2026-q3')
const [FIRST, LAST] = [iso(SPAN.fromMs), iso(SPAN.untilMs - 1)]
const [BEFORE, AFTER] = [iso(SPAN.fromMs - 1), iso(SPAN.untilMs)]
const policy = shippedPolicy()

/** Rooms that give their lists by pages of two, as rooms may. */
function rooms(
  lists: Partial<Record<'actions' | 'appeals' | 'exemptions' | 'assessments' | 'incidents', object[]>> = {},
) {
  const asked = { pages: 0 }
  const paged = (items: object[] = []) =>
    (async ({ after, before }: { after?: string; before?: string }) => {
      asked.pages += 1
      const start = Number(after ?? before ?? 0)
      return { items: items.slice(start, start + 2), next: start + 2 < items.length ? String(start + 2) : null }
    }) as never
  const made: TransparencyRooms = {
    organisation: () => 'Orca',
    enforcement: { readings: { actions: paged(lists.actions) } },
    redress: { appeals: { list: paged(lists.appeals) }, exemptions: { list: paged(lists.exemptions) } },
    policies: { versions: () => VERSIONS as never, version: async () => ({ document: policy.document }) as never },
    registry: { deployments: { list: async () => DEPLOYMENTS as never } },
    evaluations: { dueList: async () => [DUE] as never, assessments: { list: paged(lists.assessments) } },
    response: {
      cases: {
        find: async (id) => (id === 'deployment/live' ? ({ machine: 'deployment', state: 'live' } as never) : null),
      },
      incidents: { list: paged(lists.incidents) },
    },
    ...{ reports: null, cards: null, acknowledgements: null },
  }
  return { sources: sourcesOf(made), asked }
}
const version = (name: string, effectiveAt: string, state: string) => ({
  version: name,
  digest: name,
  publishedAt: effectiveAt,
  effectiveAt,
  state,
})
const VERSIONS = [
  version('5', iso(SPAN.untilMs + DAY_MS), 'scheduled'),
  version('4', AFTER, 'in_force'),
  version('3', LAST, 'superseded'),
  version('2', iso(SPAN.fromMs - DAY_MS), 'superseded'),
  version('1', iso(SPAN.fromMs - 9 * DAY_MS), 'superseded'),
]
const DEPLOYMENTS = ['live', 'bare', 'gone'].map((id) => ({
  ...{ id, model: 'orca', checkpoint: 'orca/2', withdrawnAt: id === 'gone' ? FIRST : null },
  surfaces: [{ kind: 'api', name: 'api', gatewayModels: ['orca-2'] }],
}))
const DUE = {
  model: 'orca',
  due: true,
  calendarAt: AFTER,
  reference: { basis: 'baseline', checkpoint: 'orca/1', at: FIRST },
}

describe('what is counted of a quarter', () => {
  it('is what was done from its first instant and before its end, whenever it began', async () => {
    const action = (startedAt: string, ended: object | null = null) => ({
      step: 'warn',
      source: 'automatic',
      startedAt,
      ended,
    })
    const lifted = (at: string, cause = 'lifted') => ({ at, cause })
    const { sources, asked } = rooms({
      actions: [
        action(AFTER),
        { ...action(LAST), source: 'person', step: 'ban' },
        action(FIRST, lifted(AFTER)),
        action(FIRST, lifted(LAST, 'expired')),
        action(BEFORE, lifted(FIRST, 'undone')),
        action(iso(SPAN.fromMs - 900 * DAY_MS), lifted(FIRST)),
        ...Array.from({ length: 1_000 }, () => action(iso(SPAN.fromMs - 901 * DAY_MS))),
      ],
    })
    expect(await sources.actions(SPAN)).toEqual({
      steps: { warn: 2, throttle: 0, restrict: 0, suspend: 0, ban: 1 },
      ...{ automatic: 2, takenBack: 1 },
    })
    expect(asked.pages).toBe(3) // not all that there ever was
  })

  it('tells appeals by when they came, when they were decided, and how they stood at its end', async () => {
    const appeal = (filedAt: string, state: string, closedAt: string | null, dueAt = AFTER) => ({
      ...{ filedAt, state, closedAt, dueAt },
      decidedAt: state === 'withdrawn' ? null : closedAt,
    })
    const { sources } = rooms({
      appeals: [
        appeal(AFTER, 'open', null),
        appeal(LAST, 'open', null),
        appeal(FIRST, 'overturned', iso(SPAN.fromMs + 36 * 3_600_000)),
        appeal(FIRST, 'withdrawn', LAST),
        appeal(FIRST, 'upheld', AFTER, LAST), // late: decided after the quarter
        appeal(BEFORE, 'partly', BEFORE),
        appeal(BEFORE, 'partly', FIRST),
      ],
    })
    expect(await sources.appeals(SPAN)).toEqual({
      ...{ received: 4, withdrawn: 1, outcomes: { upheld: 0, overturned: 1, partly: 1 } },
      ...{ hours: [36, expect.closeTo(0)], openAtEnd: 2, overdueAtEnd: 2 },
    })
  })

  it('takes an exemption for over when it ended, or when its time was over', async () => {
    const { sources } = rooms({
      exemptions: [
        { grantedAt: FIRST, expiresAt: AFTER, endedAt: null },
        { grantedAt: FIRST, expiresAt: AFTER, endedAt: LAST },
        { grantedAt: BEFORE, expiresAt: LAST, endedAt: null },
        { grantedAt: AFTER, expiresAt: iso(SPAN.untilMs + DAY_MS), endedAt: null },
      ],
    })
    expect(await sources.exemptions(SPAN)).toEqual({ granted: 2, ended: 2, inForceAtEnd: 1 })
  })

  it('leaves out drills, and assessments that came to nothing', async () => {
    const incident = (id: string, drill: boolean, openedAt = FIRST) => ({
      id,
      drill,
      openedAt,
      model: 'orca',
      emergencyAt: null,
      closedAt: null,
    })
    const assessment = (id: string, verdict: string | null, concludedAt: string | null) => ({
      id,
      verdict,
      concludedAt,
      model: 'orca',
      checkpoint: 'orca/2',
      reportDigest: null,
    })
    const { sources } = rooms({
      incidents: [incident('b', false, LAST), incident('a', false), incident('d', true), incident('e', false, AFTER)],
      assessments: [assessment('x', 'BELOW', LAST), assessment('y', null, null), assessment('z', 'MET', BEFORE)],
    })
    expect((await sources.halts(SPAN)).map(({ id }) => id)).toEqual(['a', 'b'])
    expect((await sources.evaluations(SPAN)).map(({ id }) => id)).toEqual(['x'])
  })

  it('names every policy that was in force at some time within it, oldest first', async () => {
    const { sources } = rooms()
    const found = await sources.policies(SPAN)
    expect(found.map(({ version: name }) => name)).toEqual(['2', '3'])
    expect(found[0]?.clauses.find(({ id }) => id === '2.3')?.labels).toEqual(['jailbreak', 'injection', 'obfuscation'])
    expect(sources.begunAt()).toBe(VERSIONS.at(-1)?.publishedAt)
  })
})

describe('what is told of deployments', () => {
  it('is what was shown: a baseline is no assessment, and what has passed no gate is in none’s hands', async () => {
    const [live, bare, ...more] = await rooms().sources.deployments()
    expect(more).toEqual([])
    expect(live).toEqual({
      ...{
        id: 'live',
        model: 'orca',
        checkpoint: 'orca/2',
        gatewayModels: ['orca-2'],
        cleared: null,
        nextAt: AFTER,
        isDue: true,
      },
      state: { title: 'Live', says: 'everybody is served', serves: 'everybody' },
    })
    expect(bare?.state).toBeNull()
  })

  it('rejects where a room does, for who shows them to say so', async () => {
    const { sources } = rooms()
    const failing = { ...rooms(), sources: sourcesOf({ ...broken(), organisation: () => 'x' }) }
    await expect(failing.sources.deployments()).rejects.toThrow(AppError)
    await expect(sources.deployments()).resolves.toHaveLength(2)
  })
})

function broken(): TransparencyRooms {
  const fails = async () => {
    throw new AppError('INTERNAL', 'the store is gone')
  }
  return {
    ...{ organisation: () => 'x', reports: null, cards: null, acknowledgements: null },
    enforcement: { readings: { actions: fails } },
    redress: { appeals: { list: fails }, exemptions: { list: fails } },
    policies: { versions: () => [], version: fails },
    registry: { deployments: { list: fails } },
    evaluations: { dueList: fails, assessments: { list: fails } },
    response: { cases: { find: fails }, incidents: { list: fails } },
  }
}
