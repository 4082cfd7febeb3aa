import { hash } from 'node:crypto'
import { readdirSync, readFileSync } from 'node:fs'
import { basename, join } from 'node:path'
import { parseDocument } from 'yaml'
import { z } from 'zod'
import { AppError } from '../../base/errors.ts'
import { shipped } from '../../base/shipped.ts'
import { canonicalJson } from '../../ledger/index.ts'
import type { Role } from '../roles.ts'
import { Course, type CourseView } from './schema.ts'

const FOLDER = shipped('courses')
const MAX_COURSES = 100
const MAX_BYTES = 128 * 1024

/** A course with where it comes from. */
export interface Loaded {
  readonly course: Course
  /** Hex SHA-256 of the course as RFC 8785 JSON: comments and layout change nothing. */
  readonly digest: string
  /** Of the organisation, not of those that ship. */
  readonly own: boolean
}

/** The courses as they were loaded, immutable. */
export class Courseware {
  readonly all: readonly Loaded[]
  readonly #byId: ReadonlyMap<string, Loaded>

  constructor(all: readonly Loaded[]) {
    this.all = all
    this.#byId = new Map(all.map((one) => [one.course.id, one]))
  }

  /** @throws {AppError} NOT_FOUND */
  get(id: string): Loaded {
    const found = this.#byId.get(id)
    if (found === undefined) throw new AppError('NOT_FOUND', `there is no course ${id}: see safelevel training list`)
    return found
  }

  /** What somebody needs who holds this role. */
  of(role: Role): readonly Loaded[] {
    return this.all.filter(({ course }) => course.for === 'everybody' || course.for.includes(role))
  }
}

/** As it is read by who takes it. */
export function courseView({ course, digest, own }: Loaded): CourseView {
  const { id, title, version, for: audience, validDays, passMark, lessons, questions } = course
  return { id, title, version, for: audience, own, digest, validDays, passMark, questions: questions.length, lessons }
}

/**
 * Reads the courses that ship, and those of the organisation beside them; one that is not sound stops all, so that nobody is asked for less than they should be.
 *
 * @param ownFolder of `*.yaml` in the same form; null = none
 * @throws {AppError} CONFIG_INVALID naming every fault, by file
 */
export function loadCourses(ownFolder: string | null = null): Courseware {
  const shipped = readFolder(FOLDER, false)
  const own = ownFolder === null ? [] : readFolder(ownFolder, true)
  const known = new Set(shipped.map(({ course }) => course.id))
  const taken = own.filter(({ course }) => known.has(course.id)).map(({ course }) => course.id)
  if (taken.length > 0) throw invalid(`${taken.join(', ')}: the name of a course that ships; take another`)
  return new Courseware([...shipped, ...own])
}

/**
 * The courses, read when they are first asked for; those of an organisation at once, so that a fault stops the start and not a person.
 *
 * @throws {AppError} as `loadCourses`
 */
export function coursewareOf(ownFolder: string | null): () => Courseware {
  let loaded = ownFolder === null ? undefined : loadCourses(ownFolder)
  return () => {
    loaded ??= loadCourses()
    return loaded
  }
}

/** What is wrong with a course that its shape doesn't show; in words, one a fault. */
export function lintCourse(course: Course): string[] {
  const { lessons, questions } = course
  const ids = lessons.map(({ id }) => id)
  const faults: string[] = []
  for (const id of new Set(ids)) if (ids.filter((one) => one === id).length > 1) faults.push(`two lessons are ${id}`)
  for (const id of ids)
    if (!questions.some(({ lesson }) => lesson === id)) faults.push(`nothing is asked about the lesson ${id}`)
  const asked = questions.map(({ ask }) => ask)
  for (const [i, { lesson, ask, choices }] of questions.entries()) {
    const name = `question ${i + 1}`
    const right = choices.filter((choice) => choice.right).length
    if (!ids.includes(lesson)) faults.push(`${name}: there is no lesson ${lesson}`)
    if (asked.indexOf(ask) !== i) faults.push(`${name} is asked twice`)
    if (right === 0) faults.push(`${name}: no choice is right`)
    if (right === choices.length) faults.push(`${name}: every choice is right`)
    if (new Set(choices.map(({ says }) => says)).size < choices.length) faults.push(`${name}: two choices say the same`)
  }
  return faults
}

function readFolder(folder: string, own: boolean): Loaded[] {
  const files = filesOf(folder)
  if (files.length > MAX_COURSES) throw invalid(`${folder} holds more than ${MAX_COURSES} courses`)
  return files.map((file) => {
    const course = parse(join(folder, file))
    const faults = lintCourse(course)
    if (course.id !== basename(file, '.yaml')) faults.unshift(`its id is ${course.id}, which its name is not`)
    if (faults.length > 0) throw invalid(`${join(folder, file)}${faults.map((fault) => `\n  ${fault}`).join('')}`)
    return { course, digest: hash('sha256', canonicalJson(course)), own }
  })
}

function filesOf(folder: string): string[] {
  try {
    return readdirSync(folder)
      .filter((name) => name.endsWith('.yaml'))
      .sort()
  } catch (cause) {
    throw invalid(`the folder ${folder} can’t be read`, cause)
  }
}

function parse(file: string): Course {
  const text = readFileSync(file)
  if (text.length > MAX_BYTES) throw invalid(`${file} is longer than ${MAX_BYTES} bytes`)
  const yaml = parseDocument(text.toString(), { prettyErrors: true, version: '1.2' })
  const [fault] = [...yaml.errors, ...yaml.warnings]
  if (fault !== undefined) throw invalid(`${file} is no sound YAML: ${fault.message.split('\n')[0]}`)
  const parsed = Course.safeParse(yaml.toJS({ maxAliasCount: 0 }))
  if (!parsed.success) throw invalid(`${file}:\n${z.prettifyError(parsed.error)}`)
  return parsed.data
}

function invalid(why: string, cause?: unknown): AppError {
  return new AppError('CONFIG_INVALID', `courses: ${why}`, { cause })
}
