import { describe, expect, it } from 'vitest'
import { silentLog } from '../../base/log.ts'
import { type PageQuery, readPage } from '../../base/page.ts'
import { readCalendar, toIcs } from './index.ts'
import type { Clocked } from './schema.ts'
import { type CalendarDeps, CLOCK_SOURCES } from './sources.ts'

const NOW = Date.parse('2026-03-01T12:00:00.000Z')
/** Only the clock is asked where the sources are given. */
const deps = (nowMs = NOW) =>
  ({ clock: { now: () => nowMs }, log: silentLog }) as unknown as CalendarDeps & { log: typeof silentLog }
const clock = (id: string, dueAt: string, more: Partial<Clocked> = {}): Clocked => ({
  ...{ id, kind: 'appeal', title: `Clock ${id}`, dueAt, about: { type: 'appeal', id }, next: 'see to it' },
  ...{ action: 'appeals.read', ...more },
})
const source = (...clocks: Clocked[]) => ({ name: 'some', read: async () => clocks })
const all = () => true

describe('the calendar of clocks', () => {
  it('puts what is due first, and says what is overdue', async () => {
    const some = [
      source(clock('late', '2026-02-01T00:00:00Z')),
      source(clock('far', '2026-09-01T00:00:00Z'), clock('near', '2026-03-02T00:00:00Z')),
    ]
    const { entries, unknown } = await readCalendar(deps(), {}, all, some)
    expect(entries.map(({ id, state }) => [id, state])).toEqual([
      ['late', 'overdue'],
      ['near', 'running'],
      ['far', 'running'],
    ])
    expect(unknown).toEqual([])
    const soon = await readCalendar(deps(), { until: '2026-02-15T00:00:00Z' }, all, some)
    expect(
      soon.entries.map(({ id }) => id),
      'what is overdue is never left out',
    ).toEqual(['late'])
  })

  it('tells nobody of what they may not read, and names what could not be read', async () => {
    const broken = { name: 'weights', read: () => Promise.reject(new Error('gone')) }
    const some = [
      source(clock('one', '2026-04-01T00:00:00Z'), clock('two', '2026-04-01T00:00:00Z', { action: 'models.read' })),
      broken,
    ]
    const { entries, unknown } = await readCalendar(deps(), {}, (action) => action === 'models.read', some)
    expect(entries.map(({ id }) => id)).toEqual(['two'])
    expect(entries[0]).not.toHaveProperty('action')
    expect(unknown).toEqual(['weights'])
  })

  it('leaves none out of a list that is longer than a page', async () => {
    const appeals = Array.from({ length: 450 }, (_, i) => ({
      id: String(i).padStart(4, '0'),
      dueAt: '2026-04-01T00:00:00Z',
    }))
    const beyond = (after = '') => appeals.filter(({ id }) => id > after)
    const redress = {
      appeals: { list: ({ after, limit }: PageQuery) => readPage(limit, async (most) => beyond(after).slice(0, most)) },
      exemptions: { list: async () => ({ items: [], next: null }) },
    }
    const sources = CLOCK_SOURCES.filter(({ name }) => name === 'appeals and exemptions')
    const { entries } = await readCalendar(
      { ...deps(), redress } as unknown as ReturnType<typeof deps>,
      {},
      all,
      sources,
    )
    expect(new Set(entries.map(({ id }) => id)).size).toBe(450)
  })

  it('becomes lines of at most 75 octets, in which no name makes a line of its own', async () => {
    const title = `${'ü'.repeat(80)};\r\nEND:VCALENDAR,\\`
    const calendar = await readCalendar(deps(), {}, all, [source(clock('x', '2026-04-01T00:00:00Z', { title }))])
    const ics = toIcs(calendar, 'Example Works')
    const lines = ics.split('\r\n')
    for (const line of lines) expect(Buffer.byteLength(line)).toBeLessThanOrEqual(75)
    expect(lines.filter((line) => line.startsWith('END:VCALENDAR'))).toHaveLength(1)
    expect(ics.replaceAll('\r\n ', '')).toContain(`SUMMARY:${'ü'.repeat(80)}\\;\\nEND:VCALENDAR\\,\\\\\r\n`)
    expect(ics).toContain('DTSTART:20260401T000000Z\r\n')
  })
})
