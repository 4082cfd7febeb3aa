import { describe, expect, it } from 'vitest'
import { Calendar, type CalendarEntry, toIcs } from '../../src/controls/calendar/index.ts'
import { askPython, findPython } from '../support/python-tools.ts'

const python = findPython('that the feed of clocks is read by a parser of others', ['icalendar'])

const SCRIPT = `
import json, sys, icalendar, icalendar.parser
calendar = icalendar.Calendar.from_ical(sys.stdin.buffer.read())
events = [{
  'uid': str(event['UID']), 'summary': str(event['SUMMARY']), 'description': str(event['DESCRIPTION']),
  'start': event.decoded('DTSTART').isoformat(), 'errors': len(event.errors),
} for event in calendar.walk('VEVENT')]
# NAME is TEXT (RFC 7986, 5.1), which this package hands on as it came.
name = icalendar.parser.unescape_char(str(calendar['NAME']))
print(json.dumps({'errors': len(calendar.errors), 'name': name, 'events': events}))
`

/** Names as people give them, and as those do who mean to break a reader. */
const NAMES = [
  'plain',
  'a,b;c\\d',
  'line\nEND:VEVENT\nBEGIN:VEVENT',
  `${'ß'.repeat(100)}`,
  '🜂'.repeat(40),
  'tab\tbell\u0007',
  '"quoted": yes',
]

describe.skipIf(python === null)('the feed of clocks, by the icalendar package', () => {
  it('is read as it was meant, whatever names hold', () => {
    const entries = NAMES.map(
      (title, i): CalendarEntry => ({
        ...{ id: `clock/${i}`, kind: 'role', title, dueAt: `2026-0${i + 1}-01T10:20:30.000Z`, state: 'running' },
        ...{ about: { type: 'thing', id: title }, next: 'safelevel status' },
      }),
    )
    const calendar = Calendar.parse({ at: '2026-01-01T00:00:00.000Z', entries, unknown: ['weights'] })
    const read = askPython(python ?? '', SCRIPT, toIcs(calendar, 'Example; Works, Ltd.'))
    expect(read).toMatchObject({ errors: 0, name: 'Safelevel: Example; Works, Ltd.' })
    const { events } = read as {
      events: { summary: string; description: string; start: string; errors: number; uid: string }[]
    }
    const plain = NAMES.map((name) => name.replaceAll(/[\u0000-\u0009\u000b-\u001f]/g, ' '))
    expect(events.map(({ summary }) => summary)).toEqual(plain)
    expect(events.map(({ description }) => description)).toEqual(plain.map((name) => `thing ${name}\nsafelevel status`))
    expect(events.map(({ start }) => start)).toEqual(NAMES.map((_, i) => `2026-0${i + 1}-01T10:20:30+00:00`))
    expect(new Set(events.map(({ uid }) => uid)).size).toBe(NAMES.length)
    expect(events.every(({ errors }) => errors === 0)).toBe(true)
  })
})
