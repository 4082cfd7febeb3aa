import { Command, Option } from 'commander'
import { z } from 'zod'
import { AppError } from '../base/errors.ts'
import { type CourseStanding, type CourseState, CourseView, loadCourses, TrainingRow } from '../staff/index.ts'
import { connectServer } from './connect-server.ts'
import { print } from './ledger-words.ts'

const Table = z.object({ items: z.array(TrainingRow) })
const Courses = z.object({ items: z.array(CourseView) })

const MARKS: Readonly<Record<CourseState, string>> = {
  current: '✓',
  missing: '○',
  overdue: '■',
  outdated: '◐',
  expired: '■',
}
const WORDS: Readonly<Record<CourseState, string>> = {
  current: 'completed, until',
  missing: 'not taken yet, due',
  overdue: 'never taken, was due',
  outdated: 'there is a newer version; what was taken counts until',
  expired: 'to be taken again, ran out',
}
/** In the table only who has something to do is told line by line. */
const OPEN: ReadonlySet<CourseState> = new Set(['missing', 'overdue', 'outdated', 'expired'])
const LATE: ReadonlySet<CourseState> = new Set(['overdue', 'expired'])

interface Json {
  readonly json?: true
}

/** `safelevel training …`: what roles ask people to learn, and who has. People take courses in the console. */
export function trainingCommand(env: NodeJS.ProcessEnv = process.env): Command {
  return new Command('training')
    .description('what roles ask people to learn, and who has; people take courses in the console, at /training')
    .addCommand(list(env))
    .addCommand(status(env))
    .addCommand(lint())
}

const json = () => new Option('--json', 'print one line of JSON')

function list(env: NodeJS.ProcessEnv): Command {
  return new Command('list')
    .description('the courses, and which roles ask for each')
    .addOption(json())
    .action(async (options: Json) => {
      const { items } = await (await connectServer(env)).request('GET', '/api/v1/staff/courses', Courses)
      if (options.json) return print(JSON.stringify({ courses: items }))
      for (const course of items) print(courseLine(course))
    })
}

function status(env: NodeJS.ProcessEnv): Command {
  return new Command('status')
    .description('who holds a role and has completed what it asks for; exits 1 while somebody is overdue')
    .addOption(json())
    .action(async (options: Json) => {
      const { items } = await (await connectServer(env)).request('GET', '/api/v1/staff/training/people', Table)
      const isLate = items.some(({ courses }) => courses.some(({ state }) => LATE.has(state)))
      if (isLate) process.exitCode = 1
      if (options.json) return print(JSON.stringify({ people: items }))
      for (const row of items) for (const line of rowLines(row)) print(line)
      if (items.length === 0) process.stderr.write('nobody holds a role yet\n')
    })
}

function lint(): Command {
  return new Command('lint')
    .description(
      'check courses of one’s own (staff.courses) before the server reads them; exits 1 when one is not sound',
    )
    .argument('<folder>', 'of *.yaml, in the form of those that ship')
    .addOption(json())
    .action((folder: string, options: Json) => {
      const { own, fault } = tried(folder)
      if (fault !== null) process.exitCode = 1
      if (options.json) return print(JSON.stringify({ sound: fault === null, courses: own, fault }))
      print(fault ?? `${own.length} sound: ${own.join(', ')}`)
    })
}

function tried(folder: string): { readonly own: string[]; readonly fault: string | null } {
  try {
    const own = loadCourses(folder).all.filter((one) => one.own)
    return { own: own.map(({ course }) => course.id), fault: own.length === 0 ? `${folder} holds no *.yaml` : null }
  } catch (error) {
    if (error instanceof AppError && error.code === 'CONFIG_INVALID') return { own: [], fault: error.message }
    throw error
  }
}

function courseLine({ id, title, version, for: audience, own, validDays, passMark, questions }: CourseView): string {
  const who = audience === 'everybody' ? 'everybody' : audience.join(', ')
  const terms = `${questions} questions, ${passMark} % to pass, again after ${validDays} days`
  return `${id}  v${version}${own ? '  own' : ''}  ${title}\n    for ${who}: ${terms}`
}

function rowLines({ person, roles, courses }: TrainingRow): string[] {
  const done = courses.filter(({ state }) => state === 'current').length
  const open = courses.filter(({ state }) => OPEN.has(state))
  return [`${person}  ${done} of ${courses.length} completed  ${roles.join(', ')}`, ...open.map(standingLine)]
}

function standingLine({ course, state, dueAt }: CourseStanding): string {
  return `  ${MARKS[state]} ${course}: ${WORDS[state]} ${dueAt.slice(0, 10)}`
}
