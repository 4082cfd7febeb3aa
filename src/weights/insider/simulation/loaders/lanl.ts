import { existsSync } from 'node:fs'
import { join } from 'node:path'
import { AppError } from '../../../../base/errors.ts'
import type { Activity } from '../../index.ts'
import type { Truth } from '../truth.ts'
import { rowsOf } from './csv.ts'
import { type DataSet, outside } from './data-set.ts'
import { merged } from './merge.ts'

const SECOND_MS = 1_000
const MINUTE_MS = 60_000
const MAX_NAME = 200
/** Times are seconds since nobody says when: the first of them is taken for a Monday. */
const START_MS = Date.UTC(2015, 0, 5)

interface Campaign {
  readonly user: string
  startsMs: number
  endsMs: number
  readonly activities: string[]
}

/**
 * Los Alamos' “Comprehensive, Multi-Source Cyber-Security Events”: `auth.txt`, `proc.txt` and `redteam.txt`, each also as `.gz`. One campaign
 * for each user name that the red team used.
 *
 * @throws {AppError} REQUEST_INVALID when the folder is none of these
 * @see https://csr.lanl.gov/data/cyber1/
 */
export async function lanlDataSet(from: string): Promise<DataSet> {
  const auth = fileOf(from, 'auth')
  const processes = fileOf(from, 'proc')
  const found = [auth, processes].filter((path) => path !== null)
  if (found.length === 0)
    throw new AppError('REQUEST_INVALID', `${from} is no folder of the LANL data set: there is no auth.txt or proc.txt`)
  const red = await readRedTeam(fileOf(from, 'redteam'))
  const faults = { rows: 0 }
  const files = [
    ...(auth === null ? [] : [activitiesIn(auth, toSignIn, faults, red)]),
    ...(processes === null ? [] : [activitiesIn(processes, toProcess, faults, red)]),
  ]
  return {
    ...{ origin: 'lanl-cyber1', windowMs: MINUTE_MS, faults },
    activities: () => merged(files),
    truths: () => [...red.byUser.values()].map(toTruth),
    people: () => [],
  }
}

function fileOf(from: string, name: string): string | null {
  return [`${name}.txt`, `${name}.txt.gz`].map((one) => join(from, one)).find((path) => existsSync(path)) ?? null
}

interface RedTeam {
  readonly byUser: Map<string, Campaign>
  /** `time,user,source,destination` of each of its sign-ins. */
  readonly steps: ReadonlySet<string>
}

async function readRedTeam(path: string | null): Promise<RedTeam> {
  const byUser = new Map<string, Campaign>()
  const steps = new Set<string>()
  if (path === null) return { byUser, steps }
  for await (const rows of rowsOf(path)) {
    for (const cells of rows) {
      const [time = '', user = '', source = '', destination = ''] = cells ?? []
      const timeMs = timeOf(time)
      if (timeMs === null || !isName(user)) continue
      steps.add(`${time},${user},${source},${destination}`)
      const known = byUser.get(user)
      if (known === undefined) byUser.set(user, { user, startsMs: timeMs, endsMs: timeMs, activities: [] })
      else {
        known.startsMs = Math.min(known.startsMs, timeMs)
        known.endsMs = Math.max(known.endsMs, timeMs)
      }
    }
  }
  return { byUser, steps }
}

type ToActivity = (cells: readonly string[], id: number, red: RedTeam) => Activity | null

async function* activitiesIn(
  path: string,
  toActivity: ToActivity,
  faults: { rows: number },
  red: RedTeam,
): AsyncGenerator<readonly Activity[]> {
  let line = 0
  for await (const rows of rowsOf(path)) {
    const batch: Activity[] = []
    for (const cells of rows) {
      const activity = cells === null ? null : toActivity(cells, ++line, red)
      if (activity === null) faults.rows++
      else batch.push(activity)
    }
    yield batch
  }
}

function toSignIn(cells: readonly string[], line: number, red: RedTeam): Activity | null {
  const [time = '', user = '', as = '', from = '', to = '', type = '', logon = '', orientation = '', result = ''] =
    cells
  const timeMs = timeOf(time)
  if (timeMs === null || !isName(user) || !isName(from) || cells.length < 9) return null
  const id = `auth-${line}`
  if (red.steps.has(`${time},${user},${from},${to}`)) red.byUser.get(user)?.activities.push(id)
  const data = { as: short(as), to: short(to), type: short(type), logon: short(logon), orientation: short(orientation) }
  const outcome = result === 'Fail' ? 'failure' : 'success'
  return outside('lanl', { id, timeMs, kind: 'lanl.auth', person: user, host: from, outcome, data })
}

function toProcess(cells: readonly string[], line: number): Activity | null {
  const [time = '', user = '', computer = '', name = '', change = ''] = cells
  const timeMs = timeOf(time)
  if (timeMs === null || !isName(user) || !isName(computer) || cells.length < 5) return null
  const data = { process: short(name), change: short(change) }
  return outside('lanl', { id: `proc-${line}`, timeMs, kind: 'lanl.process', person: user, host: computer, data })
}

function toTruth({ user, startsMs, endsMs, activities }: Campaign): Truth {
  return {
    id: `red-${user}`,
    kind: 'lanl-red-team',
    people: [user],
    version: null,
    modelBytes: 0,
    startsMs,
    endsMs,
    activities,
  }
}

function timeOf(text: string): number | null {
  return /^\d{1,9}$/.test(text) ? START_MS + Number(text) * SECOND_MS : null
}

function isName(text: string): boolean {
  return text.length > 0 && text.length <= MAX_NAME && text !== '?'
}

function short(text: string): string {
  return text.slice(0, MAX_NAME)
}
