import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { type Command, CommanderError } from 'commander'
import { expect, it, vi } from 'vitest'
import { loadCatalogue } from '../controls/index.ts'
import { openProgram, run } from './program.ts'

/** `safelevel eval import FILE --snapshot helpful-only` -> noun and verb, and the options that it names. */
function partsOf(command: string) {
  const words = command.split(' ').slice(1)
  const names = words.slice(
    0,
    words.findIndex((word) => !/^[a-z-]+$/.test(word) || word.startsWith('-')),
  )
  return {
    path: words.every((word) => /^[a-z][a-z-]*$/.test(word)) ? words : names,
    options: words.filter((word) => word.startsWith('--')),
  }
}

async function helpOf(path: readonly string[]): Promise<string> {
  let text = ''
  const write = vi.spyOn(process.stdout, 'write').mockImplementation((chunk) => {
    text += String(chunk)
    return true
  })
  try {
    await run(['node', 'safelevel', ...path, '--help'])
  } finally {
    write.mockRestore()
  }
  return text
}

it('names commands and options that there are wherever the catalogue says what to do', async () => {
  const guidance = loadCatalogue().controls.flatMap(({ id, guidance: text }) =>
    [...text.matchAll(/`(safelevel [^`]+)`/g)].map(([, command = '']) => ({
      id,
      command: command.replace(/\s+/g, ' '),
    })),
  )
  expect(guidance.length).toBeGreaterThan(100)
  const wrong: string[] = []
  for (const { id, command } of guidance) {
    const { path, options } = partsOf(command)
    const help = await helpOf(path)
    // A third word may be an argument: `response diagram training`.
    const names = [path, ...(path.length > 2 ? [path.slice(0, -1)] : [])]
    const isThere = names.some((one) => help.replace(/\s+/g, ' ').startsWith(`Usage: safelevel ${one.join(' ')} `))
    const missing = options.filter((option) => !help.includes(option))
    if (!isThere || missing.length > 0) wrong.push(`${id}: ${command}`)
  }
  expect(wrong).toEqual([])
})

/** Every command that a finding or a clock names as what to do next; what is only known then stands as X. */
function nextCommands(): { file: string; command: string }[] {
  const folder = join(import.meta.dirname, '../controls')
  const files = readdirSync(folder, { recursive: true, encoding: 'utf8' }).filter(
    (name) => /^(probes|calendar)\/.*\.ts$/.test(name) && !name.endsWith('.test.ts'),
  )
  return files.flatMap((file) =>
    [
      ...readFileSync(join(folder, file), 'utf8').matchAll(/(['`])((?:(?!\1).)*?safelevel [a-z](?:(?!\1).)*)\1/g),
    ].flatMap(([, , literal = '']) =>
      [...literal.replaceAll(/\$\{[^}]*\}/g, 'X').matchAll(/safelevel [a-z][^,;:()]*/g)].map(([command]) => ({
        file,
        command: command.trim(),
      })),
    ),
  )
}

/** Why the program would not take it, without running anything; null where it would. A placeholder need not be a valid value. */
async function refusalOf(command: string): Promise<string | null> {
  const program = await openProgram(command.split(' ')[1])
  const silence = (one: Command) => {
    one.exitOverride().configureOutput({ writeErr: () => undefined, writeOut: () => undefined })
    if (one.commands.length === 0 || one.options.length > 0) one.action(() => undefined)
    one.commands.forEach(silence)
  }
  silence(program)
  try {
    await program.parseAsync(['node', ...command.split(' ')])
    return null
  } catch (error) {
    const words = error instanceof CommanderError ? error.message : String(error)
    return / '[A-Z]+' is invalid/.test(words) ? null : words
  }
}

it('takes what a finding or a clock names as next, with its arguments', async () => {
  const named = nextCommands()
  expect(named.length).toBeGreaterThan(80)
  const refused: string[] = []
  for (const { file, command } of named) {
    const why = await refusalOf(command)
    if (why !== null) refused.push(`${file}: ${command}: ${why}`)
  }
  expect(refused).toEqual([])
})
