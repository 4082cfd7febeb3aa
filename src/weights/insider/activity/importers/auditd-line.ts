import { textOf } from '../flatten.ts'

/** One record of the Linux audit. */
export interface AuditRecord {
  readonly node: string | null
  readonly type: string
  readonly timeMs: number
  readonly serial: string
  /** As they were meant: quotes and hexadecimal undone. Names that stand twice keep their first value. */
  readonly fields: ReadonlyMap<string, string>
}

const HEAD = /^(?:node=(\S{1,200}) )?type=([A-Z0-9_[\]]{1,60}) msg=audit\((\d{1,11})\.(\d{3}):(\d{1,20})\):\s*/
const MAX_FIELDS = 200
const MAX_VALUE = 2_000
const ENRICHED = '\x1d'
/** Fields whose text somebody else decides: the kernel writes them in hexadecimal where quotes would not be safe. */
const ENCODED = /^(?:name|comm|exe|proctitle|cwd|acct|key|path|file|cmd|dir|vm|unit|a\d{1,4}(?:\[\d+\])?)$/
const HEX = /^(?:[0-9A-F]{2})+$/

/**
 * @param line raw, as in audit.log: hostile in part, since commands and file names are anybody's
 * @returns null when it is no record
 * @see https://github.com/linux-audit/audit-documentation/wiki/SPEC-Audit-Event-Enrichment and audit_log_untrustedstring in the kernel
 */
export function readAuditRecord(line: string): AuditRecord | null {
  const head = HEAD.exec(line)
  if (head === null) return null
  const [whole, node = null, type = '', seconds, millis, serial = ''] = head
  const fields = new Map<string, string>()
  for (const [name, value] of pairs(line, whole.length)) {
    if (name === 'msg') for (const [inner, said] of pairs(value, 0)) keep(fields, inner, said)
    else keep(fields, name, value)
  }
  return { node, type, timeMs: Number(seconds) * 1_000 + Number(millis), serial, fields }
}

function keep(fields: Map<string, string>, name: string, value: string): void {
  if (!fields.has(name) && fields.size < MAX_FIELDS) fields.set(name, value)
}

/** `name=value` by `name=value`; values plain, in double quotes, or in single quotes. */
function* pairs(text: string, from: number): Generator<[string, string]> {
  let at = from
  for (let found = 0; found < MAX_FIELDS && at < text.length; found++) {
    const equals = text.indexOf('=', at)
    if (equals === -1) return
    const name = nameBefore(text.slice(at, equals))
    const quote = text[equals + 1]
    if (quote === '"' || quote === "'") {
      const close = text.indexOf(quote, equals + 2)
      const end = close === -1 ? text.length : close
      yield [name, textOf(text.slice(equals + 2, end), MAX_VALUE)]
      at = end + 1
    } else {
      const end = endOfPlain(text, equals + 1)
      yield [name, textOf(decoded(name, text.slice(equals + 1, end)), MAX_VALUE)]
      at = end + 1
    }
  }
}

/** The last word: what stands before it without a value (`res success`) says nothing. */
function nameBefore(text: string): string {
  const words = text.split(/[\s\x1d]+/)
  return (words.at(-1) ?? '').slice(0, 100)
}

function endOfPlain(text: string, from: number): number {
  let end = from
  while (end < text.length && text[end] !== ' ' && text[end] !== ENRICHED) end++
  return end
}

function decoded(name: string, value: string): string {
  if (!ENCODED.test(name) || value.length < 2 || !HEX.test(value)) return value
  const text = Buffer.from(value.slice(0, 2 * MAX_VALUE), 'hex').toString('utf8')
  return text.replaceAll('\0', ' ').trimEnd() // proctitle and arguments are divided by NUL
}
