import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import type { Command } from 'commander'
import { expect, it } from 'vitest'
import { loadCourses } from '../staff/index.ts'
import { openProgram } from './program.ts'

const FEATURES = join(import.meta.dirname, '../../console/features')
/** Where people go who need not sign in. */
const OPEN_PAGES = ['/speak-up', '/speak-up/follow', '/report']

/** What lessons name in backquotes. */
const named = loadCourses().all.flatMap(({ course }) =>
  course.lessons.flatMap(({ id, text }) =>
    [...text.matchAll(/`([^`]+)`/g)].map(([, name = '']) => ({ at: `${course.id}/${id}`, name })),
  ),
)

function has(program: Command, words: readonly string[]): boolean {
  let command: Command | undefined = program
  for (const word of words) command = command?.commands.find((one) => one.name() === word)
  return command !== undefined
}

it('names commands that there are wherever a lesson says what to run', async () => {
  const program = await openProgram()
  const commands = named.filter(({ name }) => name.startsWith('safelevel '))
  expect(commands.length).toBeGreaterThan(35)
  expect(commands.filter(({ name }) => !has(program, name.split(' ').slice(1)))).toEqual([])
})

it('names pages that there are wherever a lesson says where to go', () => {
  const routes = readdirSync(FEATURES).flatMap((feature) => {
    const text = readFileSync(join(FEATURES, feature, 'routes.tsx'), 'utf8')
    return [...text.matchAll(/path: '([^']+)'/g)].map(([, path = '']) => path)
  })
  const there = new Set([...routes, ...OPEN_PAGES])
  const pages = named.filter(({ name }) => !name.startsWith('safelevel '))
  expect(pages.length).toBeGreaterThan(15)
  expect(pages.filter(({ name }) => !there.has(name))).toEqual([])
})
