import { createHash } from 'node:crypto'
import { existsSync, readdirSync } from 'node:fs'
import { basename, dirname, join, resolve } from 'node:path'
import { AppError } from '../../../../base/errors.ts'
import type { Activity, Field } from '../../index.ts'
import type { PersonNote } from '../folder.ts'
import type { Truth } from '../truth.ts'
import { rowsOf } from './csv.ts'
import { type DataSet, outside } from './data-set.ts'
import { merged } from './merge.ts'

const FILES = ['logon', 'device', 'file', 'http', 'email'] as const
type FileName = (typeof FILES)[number]
const DATE = /^(\d{1,2})\/(\d{1,2})\/(\d{4}) (\d{1,2}):(\d{2})(?::(\d{2}))?$/
const RELEASE = /(\d\.\d)/
const MAX_NAME = 200
const DAY_MS = 86_400_000
/** The organisation of these data sets; mail to anybody else leaves it. */
const OWN_DOMAIN = '@dtaa.com'

type Row = ReadonlyMap<string, string>

/**
 * The CERT Insider Threat data sets, releases 4 to 6: `logon.csv`, `device.csv`, `file.csv`, `http.csv`, `email.csv`, the monthly files in `LDAP`, and
 * `answers/insiders.csv`, inside or beside the folder. What was written, visited or copied is not taken over: sizes, names of domains, counts.
 *
 * @param release as `answers/insiders.csv` names it; left out, from the folder's name
 * @throws {AppError} REQUEST_INVALID when the folder is none of these
 * @see https://doi.org/10.1184/R1/12841247; its licence forbids passing on what is made of it
 */
export async function certDataSet(
  from: string,
  release = RELEASE.exec(basename(resolve(from)))?.[1],
): Promise<DataSet> {
  const files = FILES.filter((name) => existsSync(join(from, `${name}.csv`)))
  if (files.length === 0) throw invalid(from, `there is none of ${FILES.map((name) => `${name}.csv`).join(', ')}`)
  const faults = { rows: 0 }
  const truths = await readAnswers(from, release)
  const people = await readPeople(from)
  return {
    origin: `cert-r${release ?? 'unknown'}`,
    windowMs: DAY_MS,
    activities: () => merged(files.map((name) => activitiesIn(name, join(from, `${name}.csv`), faults))),
    truths: () => truths,
    people: () => people,
    faults,
  }
}

async function* activitiesIn(
  name: FileName,
  path: string,
  faults: { rows: number },
): AsyncGenerator<readonly Activity[]> {
  for await (const rows of tableOf(path)) {
    const batch: Activity[] = []
    for (const row of rows) {
      const activity = row === null ? null : toActivity(name, row)
      if (activity === null) faults.rows++
      else batch.push(activity)
    }
    yield batch
  }
}

function toActivity(name: FileName, row: Row): Activity | null {
  const [id, user, pc] = [row.get('id') ?? '', row.get('user') ?? '', row.get('pc') ?? '']
  const timeMs = timeOf(row.get('date') ?? '')
  if (timeMs === null || !isName(id) || !isName(user) || !isName(pc)) return null
  const { kind, data = {}, bytes = 0 } = TOLD[name](row)
  return outside('cert', { id, timeMs, kind, person: user, host: pc, data, bytes })
}

interface Told {
  readonly kind: string
  readonly data?: Record<string, Field>
  readonly bytes?: number
}

const TOLD: Record<FileName, (row: Row) => Told> = {
  logon: (row) => ({ kind: row.get('activity') === 'Logoff' ? 'cert.logoff' : 'cert.logon' }),
  device: (row) => ({ kind: row.get('activity') === 'Disconnect' ? 'cert.device_disconnect' : 'cert.device_connect' }),
  file: (row) => ({
    kind: `cert.file_${word(row.get('activity') ?? 'File Copy').replace(/^file_/, '')}`,
    bytes: Buffer.byteLength(row.get('content') ?? ''),
    data: {
      extension: (/\.([A-Za-z0-9]{1,10})$/.exec(row.get('filename') ?? '')?.[1] ?? '').toLowerCase(),
      // Release 4 names only files that were copied to a stick.
      toRemovable: (row.get('to_removable_media') ?? 'True') === 'True',
    },
  }),
  http: (row) => ({
    kind: row.get('activity') === 'WWW Upload' ? 'cert.http_upload' : 'cert.http',
    data: { domain: /^[a-z]+:\/\/([^/:]{1,200})/.exec(row.get('url') ?? '')?.[1] ?? '' },
    bytes: row.get('activity') === 'WWW Upload' ? Buffer.byteLength(row.get('content') ?? '') : 0,
  }),
  email: (row) => {
    const to = ['to', 'cc', 'bcc'].flatMap((name) => (row.get(name) ?? '').split(';').filter((one) => one !== ''))
    const attachments = row.get('attachments') ?? ''
    return {
      kind: row.get('activity') === 'View' ? 'cert.email_view' : 'cert.email',
      bytes: wholeOf(row.get('size') ?? ''),
      data: {
        recipients: to.length,
        outside: to.filter((one) => !one.toLowerCase().endsWith(OWN_DOMAIN)).length,
        attachments: /^\d+$/.test(attachments) ? wholeOf(attachments) : attachments.split(';').filter(Boolean).length,
      },
    }
  },
}

/** @returns nothing where no answers are there: then nothing can be scored, but all can be looked at */
async function readAnswers(from: string, release: string | undefined): Promise<Truth[]> {
  const folder = [join(from, 'answers'), join(dirname(resolve(from)), 'answers')].find((one) =>
    existsSync(join(one, 'insiders.csv')),
  )
  if (folder === undefined) return []
  if (release === undefined) throw invalid(from, 'which release it is, is in no name: give --release, as 4.2')
  const truths: Truth[] = []
  for await (const rows of tableOf(join(folder, 'insiders.csv'))) {
    for (const row of rows) {
      if (row === null || row.get('dataset') !== release) continue
      const { user, startsMs, endsMs } = {
        user: row.get('user') ?? '',
        startsMs: timeOf(row.get('start') ?? ''),
        endsMs: timeOf(row.get('end') ?? ''),
      }
      if (!isName(user) || startsMs === null || endsMs === null || endsMs < startsMs) continue
      const scenario = word(row.get('scenario') ?? '')
      const activities = await idsIn(folder, row.get('details') ?? '')
      const kind = `cert-scenario-${scenario}`
      truths.push({
        id: `r${release}-${scenario}-${user}`,
        kind,
        people: [user],
        version: null,
        modelBytes: 0,
        startsMs,
        endsMs,
        activities,
      })
    }
  }
  return truths
}

/** Which activities were the insider's: the ids in the second column of a file of the answers. @param details hostile: a name alone */
async function idsIn(folder: string, details: string): Promise<string[]> {
  if (!/^[A-Za-z0-9._-]{1,100}\.csv$/.test(details)) return []
  const places = [
    folder,
    ...readdirSync(folder, { withFileTypes: true })
      .filter((one) => one.isDirectory())
      .map(({ name }) => join(folder, name)),
  ]
  const path = places.map((place) => join(place, details)).find((one) => existsSync(one))
  if (path === undefined) return []
  const ids: string[] = []
  for await (const rows of rowsOf(path))
    ids.push(...rows.flatMap((cells) => (isName(cells?.[1] ?? '') ? [cells?.[1] ?? ''] : [])))
  return ids
}

async function readPeople(from: string): Promise<PersonNote[]> {
  const folder = join(from, 'LDAP')
  const people = new Map<string, PersonNote>()
  const months = existsSync(folder)
    ? readdirSync(folder)
        .filter((name) => name.endsWith('.csv'))
        .sort()
    : []
  for (const month of months)
    for await (const rows of tableOf(join(folder, month)))
      for (const row of rows) {
        const id = row?.get('user_id') ?? ''
        if (isName(id)) people.set(id, { id, role: row?.get('role') ?? null, team: row?.get('team') ?? null })
      }
  return [...people.values()]
}

/** Rows by the names that stand in the first one: releases differ in their columns. */
async function* tableOf(path: string): AsyncGenerator<readonly (Row | null)[]> {
  let head: readonly string[] | null = null
  for await (const rows of rowsOf(path)) {
    const table: (Row | null)[] = []
    for (const cells of rows) {
      if (head === null) head = cells ?? []
      else table.push(cells === null ? null : new Map(head.map((name, index) => [name, cells[index] ?? ''])))
    }
    yield table
  }
}

/** Local time without a zone: taken as UTC. */
function timeOf(date: string): number | null {
  const [, month, day, year, hour, minute, second = '0'] = DATE.exec(date) ?? []
  if (month === undefined) return null
  const timeMs = Date.UTC(Number(year), Number(month) - 1, Number(day), Number(hour), Number(minute), Number(second))
  return Number.isFinite(timeMs) && timeMs >= 0 ? timeMs : null
}

function wholeOf(text: string): number {
  return /^\d{1,12}$/.test(text) ? Number(text) : 0
}

function word(text: string): string {
  const plain = text
    .toLowerCase()
    .replace(/[^a-z0-9]+/g, '_')
    .slice(0, 40)
  return plain === '' ? createHash('sha256').update(text).digest('hex').slice(0, 8) : plain
}

function isName(text: string): boolean {
  return text.length > 0 && text.length <= MAX_NAME
}

function invalid(from: string, says: string): AppError {
  return new AppError('REQUEST_INVALID', `${from} is no folder of a CERT data set: ${says}`)
}
