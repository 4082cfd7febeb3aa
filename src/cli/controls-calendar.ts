import { writeFile } from 'node:fs/promises'
import { Command, Option } from 'commander'
import { AppError } from '../base/errors.ts'
import { Calendar, CLOCK_KINDS } from '../controls/index.ts'
import { connectServer } from './connect-server.ts'
import { print } from './ledger-words.ts'

interface CalendarOptions {
  readonly days: number
  readonly kind?: string
  readonly ics?: string
  readonly json?: true
}

const DAY_MS = 86_400_000

/** `safelevel controls calendar`, of a running server. */
export function controlsCalendarCommand(env: NodeJS.ProcessEnv = process.env): Command {
  return new Command('calendar')
    .description('every clock in one list: what is overdue, and what falls due next')
    .addOption(new Option('--days <n>', 'how far ahead').default(100).argParser(Number))
    .addOption(new Option('--kind <kind>', 'only these').choices(CLOCK_KINDS))
    .option('--ics <file>', 'write them as iCalendar (RFC 5545); must not be there yet')
    .addOption(new Option('--json', 'print JSON, one object a line').conflicts('ics'))
    .action(async ({ days, kind, ics, json }: CalendarOptions) => {
      if (!(days > 0 && days <= 4_000)) throw new AppError('REQUEST_INVALID', '--days is a number from 1 to 4000')
      const query = new URLSearchParams({ until: new Date(Date.now() + days * DAY_MS).toISOString() })
      if (kind !== undefined) query.set('kind', kind)
      const client = await connectServer(env)
      if (ics !== undefined) {
        await writeFile(ics, await client.text(`/api/v1/calendar.ics?${query}`), { flag: 'wx' }).catch(
          (cause: unknown) => {
            if (cause instanceof AppError) throw cause
            throw new AppError('CONFLICT', `${ics} can’t be written, or is there already`, { cause })
          },
        )
        return print(
          `${ics}: import it into a calendar, or fetch ${client.url}/api/v1/calendar.ics with the operator token`,
        )
      }
      const { entries, unknown } = await client.request('GET', `/api/v1/calendar?${query}`, Calendar)
      for (const entry of entries) {
        const mark = entry.state === 'overdue' ? '✗' : '·'
        print(
          json
            ? JSON.stringify(entry)
            : `${mark} ${entry.dueAt.slice(0, 16)}Z  ${entry.title}  (${entry.about.id})  ${entry.next}`,
        )
      }
      if (unknown.length > 0) process.stderr.write(`not read just now: ${unknown.join(', ')}: see the log\n`)
      if (entries.length === 0 && !json) process.stderr.write(`no clock runs out within ${days} days\n`)
    })
}
