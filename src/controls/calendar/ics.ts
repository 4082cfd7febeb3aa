import { hash } from 'node:crypto'
import { VERSION } from '../../base/version.ts'
import type { Calendar, CalendarEntry } from './schema.ts'

/** In octets, the line break apart (RFC 5545 §3.1). */
const LINE_OCTETS = 75

/**
 * The calendar as a feed that calendar programs read: an event at the instant at which each clock runs out, which takes up no time.
 *
 * @param organisation whose it is
 * @see RFC 5545; RFC 7986 for NAME and REFRESH-INTERVAL
 */
export function toIcs({ at, entries, unknown }: Calendar, organisation: string): string {
  const name = `Safelevel: ${organisation}`
  const lines = [
    'BEGIN:VCALENDAR',
    'VERSION:2.0',
    `PRODID:-//Safelevel//Safelevel ${textOf(VERSION)}//EN`,
    'CALSCALE:GREGORIAN',
    'METHOD:PUBLISH',
    `NAME:${textOf(name)}`,
    `X-WR-CALNAME:${textOf(name)}`,
    'REFRESH-INTERVAL;VALUE=DURATION:PT1H',
    ...(unknown.length === 0 ? [] : [`DESCRIPTION:${textOf(`Not read just now: ${unknown.join(', ')}`)}`]),
    ...entries.flatMap((entry) => eventOf(entry, at)),
    'END:VCALENDAR',
  ]
  return lines.map((line) => `${folded(line)}\r\n`).join('')
}

function eventOf({ id, kind, title, dueAt, state, about, next }: CalendarEntry, at: string): string[] {
  const said = state === 'overdue' ? `OVERDUE: ${title}` : title
  return [
    'BEGIN:VEVENT',
    // Identifiers may hold what a UID had better not.
    `UID:${hash('sha256', id).slice(0, 32)}@safelevel`,
    `DTSTAMP:${stampOf(at)}`,
    `DTSTART:${stampOf(dueAt)}`,
    `SUMMARY:${textOf(said)}`,
    `DESCRIPTION:${textOf(`${about.type} ${about.id}\n${next}`)}`,
    `CATEGORIES:${textOf(kind)}`,
    'TRANSP:TRANSPARENT',
    'END:VEVENT',
  ]
}

/** `20260331T235900Z`: whole seconds. */
function stampOf(at: string): string {
  return `${new Date(at).toISOString().slice(0, 19).replaceAll(/[-:]/g, '')}Z`
}

/** TEXT (§3.3.11): names that people gave may hold anything, and none of it becomes a line of its own. */
function textOf(text: string): string {
  return text
    .replaceAll(/[\\;,]/g, '\\$&')
    .replaceAll(/\r\n|[\r\n]/g, '\\n')
    .replaceAll(/[\u0000-\u001f\u007f]/g, ' ')
}

/** Cuts between characters, never within one. */
function folded(line: string): string {
  const lines: string[] = []
  let current = ''
  let octets = 0
  for (const character of line) {
    const size = Buffer.byteLength(character)
    if (octets + size > LINE_OCTETS) {
      lines.push(current)
      current = ' '
      octets = 1
    }
    current += character
    octets += size
  }
  return [...lines, current].join('\r\n')
}
