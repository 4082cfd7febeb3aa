import type { Activity, Field } from '../activity.ts'
import { Fault } from '../fault.ts'
import { flatten } from '../flatten.ts'
import { type AuditRecord, readAuditRecord } from './auditd-line.ts'
import { type Imported, type Importer, type PeopleOf, personBy } from './importer.ts'
import { checked, kindOf, placeOf } from './json.ts'

/** Records of one event come close together, but those of other events may come between. */
const SETTLED_MS = 2_000
const MAX_PENDING = 256
const MAX_RECORDS_OF_EVENT = 300
/** A number that stands for "nobody signed in". */
const UNSET = '4294967295'
const REMOVABLE = /^(?:\/media\/|\/run\/media\/|\/mnt\/usb|\/dev\/sd[b-z])/
/** Of x86-64 and of the table that newer processors share; what is not enriched has only the number. */
const SYSCALLS: Readonly<Record<string, Readonly<Record<string, string>>>> = {
  c000003e: {
    ...{
      '2': 'open',
      '42': 'connect',
      '59': 'execve',
      '62': 'kill',
      '76': 'truncate',
      '77': 'ftruncate',
      '82': 'rename',
    },
    ...{
      '84': 'rmdir',
      '87': 'unlink',
      '90': 'chmod',
      '92': 'chown',
      '101': 'ptrace',
      '165': 'mount',
      '166': 'umount2',
    },
    ...{ '175': 'init_module', '257': 'openat', '263': 'unlinkat', '264': 'renameat', '310': 'process_vm_readv' },
    ...{ '313': 'finit_module', '316': 'renameat2', '322': 'execveat', '437': 'openat2' },
  },
  c00000b7: {
    ...{ '35': 'unlinkat', '38': 'renameat', '40': 'mount', '39': 'umount2', '45': 'truncate', '46': 'ftruncate' },
    ...{
      '56': 'openat',
      '117': 'ptrace',
      '203': 'connect',
      '221': 'execve',
      '270': 'process_vm_readv',
      '276': 'renameat2',
    },
    ...{ '105': 'init_module', '273': 'finit_module', '281': 'execveat', '437': 'openat2' },
  },
}

/**
 * The Linux audit as auditd writes it (`type=… msg=audit(…)`), raw or enriched; the records of one event are put together.
 *
 * @param people asked for `name@node`, `name`, `number@node` and `number` of the login (`auid`): whom somebody became by `su` does not count
 * @see https://github.com/linux-audit/audit-documentation/wiki
 */
export function auditdImporter(people: PeopleOf): Importer {
  const pending = new Map<string, AuditRecord[]>()
  const settle = (key: string): Imported => {
    const records = pending.get(key) ?? []
    pending.delete(key)
    return records.length === 0 ? [] : [eventOf(records, people)]
  }
  return {
    add(line) {
      const record = readAuditRecord(line)
      if (record === null) return [new Fault('no record of the audit')]
      const key = `${record.node ?? ''} ${record.timeMs} ${record.serial}`
      if (record.type === 'EOE') return settle(key)
      const records = pending.get(key)
      if (records === undefined) pending.set(key, [record])
      else if (records.length < MAX_RECORDS_OF_EVENT) records.push(record)
      // In the order in which they began: behind one that may still get more, none is older.
      const done: Imported[] = []
      for (const [other, [begun]] of pending) {
        if (pending.size <= MAX_PENDING && begun !== undefined && begun.timeMs >= record.timeMs - SETTLED_MS) break
        done.push(settle(other))
      }
      return done.flat()
    },
    end: () => [...pending.keys()].flatMap(settle),
  }
}

function eventOf(records: readonly AuditRecord[], people: PeopleOf): Activity | Fault {
  const [first] = records
  if (first === undefined) return new Fault('an event without records')
  const main = records.find(({ type }) => type === 'SYSCALL') ?? first
  const said = (name: string, type?: string): string | null => {
    const from = type === undefined ? main : records.find((one) => one.type === type)
    const value = from?.fields.get(name)
    return value === undefined || value === '?' || value === '(null)' || value === '(none)' ? null : value
  }
  const path = pathOf(records)
  const kind = kindOf('auditd', nameOf(main, said, path))
  if (kind === null) return new Fault('an event without a name')
  const result = said('success') ?? said('res')
  return checked({
    ...{ id: `auditd:${first.node ?? ''}:${first.timeMs}:${first.serial}`.slice(0, 200), timeMs: first.timeMs },
    ...{ source: 'auditd', kind, host: first.node, place: placeOf(said('addr')) },
    person: personBy(people, loginsOf(first.node, said)),
    outcome: result === null || /^(yes|success|1)$/i.test(result) ? 'success' : 'failure',
    data: dataOf(records, said, path),
  })
}

type Said = (name: string, type?: string) => string | null

/** Who signed in at first, however they changed since. */
function loginsOf(node: string | null, said: Said): (string | null)[] {
  const number = said('auid') === UNSET ? null : said('auid')
  const names = [said('AUID'), number, said('acct')].filter((name) => name !== null && name !== 'unset')
  return names.flatMap((name) => (node === null ? [name] : [`${name}@${node}`, name]))
}

function nameOf({ type }: AuditRecord, said: Said, path: string | null): string | null {
  if (type !== 'SYSCALL') return type.toLowerCase()
  if (said('key') === 'usb_mount') return 'usb_mount'
  const call = said('SYSCALL') ?? SYSCALLS[said('arch') ?? '']?.[said('syscall') ?? ''] ?? `syscall_${said('syscall')}`
  return call === 'mount' && path !== null && REMOVABLE.test(path) ? 'usb_mount' : call
}

/** The file that it was about: what was removed or made, rather than the folder around it. */
function pathOf(records: readonly AuditRecord[]): string | null {
  const paths = records.filter(({ type }) => type === 'PATH').map(({ fields }) => fields)
  const named = paths.filter((fields) => fields.get('nametype') !== 'PARENT')
  const name = (named[0] ?? paths[0])?.get('name')
  if (name === undefined || name === '(null)') return null
  const cwd = records.find(({ type }) => type === 'CWD')?.fields.get('cwd')
  return name.startsWith('/') || cwd === undefined ? name : `${cwd.replace(/\/$/, '')}/${name}`
}

function dataOf(records: readonly AuditRecord[], said: Said, path: string | null): Record<string, Field> {
  const command = commandOf(records) ?? said('proctitle', 'PROCTITLE') ?? said('cmd')
  const plain = ['exe', 'comm', 'key', 'op', 'unit', 'terminal', 'hostname', 'ses', 'exit', 'uid'] as const
  const data = { path, command, ...Object.fromEntries(plain.map((name) => [name, said(name)])) }
  return flatten(Object.fromEntries(Object.entries(data).filter(([, value]) => value !== null)))
}

/** Arguments with blanks between; a long one comes in pieces. */
function commandOf(records: readonly AuditRecord[]): string | null {
  const words = new Map<number, string>()
  for (const { type, fields } of records) {
    if (type !== 'EXECVE') continue
    for (const [name, value] of fields) {
      const argument = /^a(\d{1,4})(?:\[\d+\])?$/.exec(name)
      if (argument !== null) words.set(Number(argument[1]), `${words.get(Number(argument[1])) ?? ''}${value}`)
    }
  }
  return words.size === 0
    ? null
    : [...words]
        .sort(([a], [b]) => a - b)
        .map(([, word]) => word)
        .join(' ')
}
