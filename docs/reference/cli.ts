import type { Argument, Command, Option } from 'commander'
import { NOUNS } from '../../src/cli/nouns.ts'
import { openProgram } from '../../src/cli/program.ts'
import { anchor, page, table } from './markdown.ts'

const ABOUT =
  'Nouns, then verbs: `safelevel NOUN VERB`. Every command prints what is here with `--help`. Exit codes: 0 yes or done; 1 no: a gate is closed, a verification failed; 2 wrong usage; 3 and more by [error code](errors.md).'

/** docs/guide/reference/cli.md, out of the commands that run. */
export async function cliPage(): Promise<string> {
  const { commands } = await openProgram()
  const groups = Object.entries(NOUNS).map(([title, nouns]) => {
    const of = Object.keys(nouns).flatMap((name) => commands.filter((command) => command.name() === name))
    return { title: title.replace(/:$/, ''), of }
  })
  const index = groups.map(({ title, of }) => {
    const links = of.map((command) => `[${command.name()}](#${anchor(command.name())})`)
    return `- ${title}: ${links.join(', ')}`
  })
  const chapters = groups.flatMap(({ of }) => of.map(chapter))
  return page('Commands', ABOUT, [index.join('\n'), ...chapters])
}

function chapter(noun: Command): string {
  const head = `## ${noun.name()}`
  const doesSomething = noun.commands.length === 0 || noun.options.length > 0
  const verbs = leaves(noun, noun.name()).map(([path, verb]) => `### ${path}\n\n${described(verb, path)}`)
  return [head, doesSomething ? described(noun, noun.name()) : capital(noun.description()), ...verbs].join('\n\n')
}

/** Commands that do something, with the words that lead to them. */
function leaves(command: Command, path: string): [string, Command][] {
  return command.commands.flatMap((child): [string, Command][] => {
    const own = `${path} ${child.name()}`
    return child.commands.length === 0 ? [[own, child]] : leaves(child, own)
  })
}

function described(command: Command, path: string): string {
  const usage = ['safelevel', path, ...command.registeredArguments.map(argument)].join(' ')
  const needed = command.options.filter((option) => option.mandatory).map(({ flags }) => flags)
  const rows = [
    ...command.registeredArguments
      .filter(({ description }) => description !== '')
      .map((of) => [`\`${argument(of)}\``, wordsOf(of)]),
    ...command.options.filter((option) => !option.hidden).map((of) => [`\`${of.flags}\``, wordsOf(of)]),
  ]
  const options = needed.length === 0 ? '' : ` ${needed.map(lastFlag).join(' ')}`
  return [
    `\`${usage}${options}${command.options.length > needed.length ? ' [options]' : ''}\``,
    capital(command.description()),
    ...(rows.length === 0 ? [] : [table(['argument or option', ''], rows)]),
  ].join('\n\n')
}

function argument(of: Argument): string {
  const inner = `${of.name()}${of.variadic ? '...' : ''}`
  return of.required ? `<${inner}>` : `[${inner}]`
}

/** `-m, --model <name>` -> `--model <name>` */
function lastFlag(flags: string): string {
  return flags.split(', ').at(-1) ?? flags
}

function wordsOf(of: Option | Argument): string {
  const given = of.defaultValueDescription ?? defaultOf(of.defaultValue)
  return [
    of.description,
    ...(of.argChoices === undefined ? [] : [`one of ${of.argChoices.map((choice) => `\`${choice}\``).join(', ')}`]),
    ...(given === null ? [] : [`default \`${given}\``]),
  ].join('; ')
}

function defaultOf(value: unknown): string | null {
  if (value === undefined || value === false || (Array.isArray(value) && value.length === 0)) return null
  return typeof value === 'string' ? value : JSON.stringify(value)
}

function capital(text: string): string {
  return `${text.charAt(0).toUpperCase()}${text.slice(1)}.`
}
