import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import type { Command } from 'commander'
import { expect, it } from 'vitest'
import { loadCatalogue } from '../controls/index.ts'
import { loadRunbooks } from '../runbooks/index.ts'
import { openProgram } from './program.ts'

const ROOT = new URL('../..', import.meta.url).pathname
const steps = loadRunbooks(null).all.flatMap(({ id, steps: all }) =>
  all.map((step) => ({ at: `${id}/${step.id}`, step })),
)

it('names commands with options and arguments that there are', async () => {
  const program = await openProgram()
  const wrong = steps.flatMap(({ at, step }) => {
    const command = step.kind === 'do' ? step.command : null
    const fault = command === null ? null : faultOf(program, wordsOf(command))
    return fault === null ? [] : [`${at}: ${fault}`]
  })
  expect(wrong).toEqual([])
  expect(steps.filter(({ step }) => step.kind === 'do' && step.command !== null).length).toBeGreaterThan(30)
})

it('names pages of the console that there are', () => {
  const pages = new Set(
    files('console/features', 'routes.tsx').flatMap((text) =>
      [...text.matchAll(/path: '([^']+)'/g)].map(([, path]) => path),
    ),
  )
  const named = steps.flatMap(({ at, step }) =>
    step.kind === 'do' && step.page !== null ? [{ at, page: step.page }] : [],
  )
  expect(named.filter(({ page }) => !pages.has(page))).toEqual([])
})

it('looks where there is something to look at', () => {
  const catalogue = loadCatalogue()
  const sources = files('src', '.ts').join('\n')
  const conditions = readFileSync(join(ROOT, 'src/app/conditions.ts'), 'utf8')
  const wrong = steps.filter(({ step }) => {
    if (step.kind !== 'check') return false
    const [place = '', what = ''] = step.look.split(':')
    if (place === 'control') return !catalogue.has(what)
    if (place === 'condition') return !conditions.includes(`watch('${what}'`)
    // Some kinds are put together where they are made.
    return !sources.includes(`'${what}'`) && !sources.includes(`\`${what.split('.')[0]}.\${`)
  })
  expect(wrong.map(({ at }) => at)).toEqual([])
})

/** Words as a shell would make them of the command. */
function wordsOf(command: string): string[] {
  return [...command.matchAll(/"([^"]*)"|(\S+)/g)].map(([, quoted, bare]) => quoted ?? bare ?? '').slice(1)
}

function faultOf(program: Command, words: readonly string[]): string | null {
  let command = program
  let rest = [...words]
  for (let next = child(command, rest[0]); next !== undefined; next = child(command, rest[0])) {
    command = next
    rest = rest.slice(1)
  }
  const given: string[] = []
  for (let i = 0; i < rest.length; i++) {
    const word = rest[i] ?? ''
    if (!word.startsWith('-')) {
      given.push(word)
      continue
    }
    const option = command.options.find(({ long, short }) => long === word || short === word)
    if (option === undefined) return `${command.name()} has no ${word}`
    if (option.required) i++
    if (option.argChoices !== undefined && !option.argChoices.includes(rest[i] ?? ''))
      return `${word} takes ${option.argChoices.join(', ')}`
  }
  if (command.commands.length > 0 && given.length > 0) return `${command.name()} has no ${given[0]}`
  const needed = command.registeredArguments.filter(({ required }) => required).length
  const most = command.registeredArguments.some(({ variadic }) => variadic)
    ? Infinity
    : command.registeredArguments.length
  if (given.length < needed || given.length > most)
    return `${command.name()} takes ${needed} arguments or more, not ${given.length}`
  const missing = command.options.filter(({ mandatory, long }) => mandatory && !rest.includes(long ?? ''))
  return missing.length === 0 ? null : `${command.name()} needs ${missing.map(({ long }) => long).join(', ')}`
}

function child(command: Command, name: string | undefined): Command | undefined {
  return command.commands.find((one) => one.name() === name)
}

function files(folder: string, ending: string): string[] {
  return readdirSync(join(ROOT, folder), { recursive: true, encoding: 'utf8' })
    .filter((path) => path.endsWith(ending) && !path.endsWith('.test.ts'))
    .map((path) => readFileSync(join(ROOT, folder, path), 'utf8'))
}
