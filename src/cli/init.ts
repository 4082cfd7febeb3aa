import { resolve } from 'node:path'
import { createInterface, type Interface } from 'node:readline/promises'
import { Command, Option } from 'commander'
import { AppError } from '../base/errors.ts'
import {
  faultIn,
  nextSteps,
  PRESET_WORDS,
  PRESETS,
  type Preset,
  requireNone,
  UPSTREAMS,
  type UpstreamName,
  type Wishes,
  writeFirstConfig,
} from '../setup/index.ts'
import { print } from './ledger-words.ts'

const UPSTREAM_NAMES: readonly UpstreamName[] = ['none', 'ollama', 'vllm', 'openai', 'anthropic']
const ORGANISATION = 'This installation'
const CONTACT = 'mailto:…, https://… or tel:…'
/** As shells have it: 128 and the number of SIGINT. */
const INTERRUPTED = 130

interface Options {
  readonly preset?: Preset
  readonly name?: string
  readonly contact?: string
  readonly publicUrl?: string
  readonly upstream?: UpstreamName
  readonly upstreamUrl?: string
  readonly model?: string
  readonly observe?: true
  readonly config: string
  readonly yes?: true
  readonly json?: true
}

/** `safelevel init`: asks on a terminal for what no option says, and writes a first configuration with a word on each part. */
export function initCommand({ env = process.env }: { readonly env?: NodeJS.ProcessEnv } = {}): Command {
  return new Command('init')
    .description(
      'write a first safelevel.yaml: asks on a terminal, or takes options; never writes over one that is there',
    )
    .addOption(new Option('--preset <preset>', 'for which size').choices(PRESETS))
    .option('--name <organisation>', 'who runs it, as the public pages say')
    .option('--contact <uri>', 'where to report: mailto:…, https://… or tel:…')
    .option('--public-url <url>', 'where the public reaches it, behind a reverse proxy')
    .addOption(new Option('--upstream <server>', 'what runs the model').choices(UPSTREAM_NAMES))
    .option('--upstream-url <url>', 'where that is, without /v1')
    .option('--model <name>', 'what customers name as model')
    .option('--observe', 'refuse nothing at first: screen and record only')
    .option('--config <file>', 'what to write', env.SAFELEVEL_CONFIG ?? 'safelevel.yaml')
    .option('--yes', 'ask nothing: what no option says has its default')
    .option('--json', 'print one line of JSON; asks nothing')
    .action(async (options: Options) => {
      const asks = process.stdin.isTTY && options.yes === undefined && options.json === undefined
      const path = resolve(options.config)
      requireNone(path)
      const wishes = asks ? await askUnlessLeft(options) : defaults(options)
      if (wishes === null) return
      await writeFirstConfig(path, wishes)
      const steps = nextSteps(wishes)
      if (options.json) return print(JSON.stringify({ path, preset: wishes.preset, next: steps }))
      print([`written: ${path}`, '', 'Next:', ...steps.map((step) => `  ${step}`)].join('\n'))
    })
}

function defaults(options: Options): Wishes {
  return {
    preset: options.preset ?? 'small-team',
    organisation: options.name ?? ORGANISATION,
    contact: options.contact ?? null,
    publicUrl: options.publicUrl ?? null,
    upstream: options.upstream ?? 'none',
    upstreamUrl: options.upstreamUrl ?? null,
    model: options.model ?? null,
    observe: options.observe === true,
  }
}

/** null where whoever was asked left, by Ctrl-C or at the end of the input. */
async function askUnlessLeft(options: Options): Promise<Wishes | null> {
  try {
    return await ask(options)
  } catch (error) {
    if (!(error instanceof Error && 'code' in error && error.code === 'ABORT_ERR')) throw error
    process.stderr.write('\nnothing was written\n')
    process.exitCode = INTERRUPTED
    return null
  }
}

/** Each answer is tried at once: what a server would not take is said, and asked for again. */
async function ask(options: Options): Promise<Wishes> {
  const known = defaults(options)
  const wrong = faultIn(known) // no answer would mend what an option says
  if (wrong !== null) throw new AppError('CONFIG_INVALID', wrong)
  const terminal = createInterface({ input: process.stdin, output: process.stderr })
  const taken = async <Key extends keyof Wishes>(key: Key, question: () => Promise<Wishes[Key]>): Promise<void> => {
    for (;;) {
      const answer = await question()
      const fault = faultIn({ ...known, [key]: answer })
      if (fault === null) {
        Object.assign(known, { [key]: answer })
        return
      }
      process.stderr.write(`${fault}\n`)
    }
  }
  try {
    if (options.preset === undefined)
      await taken('preset', () => choose(terminal, 'How large?', PRESETS, (name) => PRESET_WORDS[name]))
    if (options.name === undefined)
      await taken('organisation', () => line(terminal, 'Who runs it?', known.organisation))
    if (options.contact === undefined)
      await taken('contact', () => optional(terminal, `Where to report something harmful? ${CONTACT} (empty: later)`))
    if (options.publicUrl === undefined)
      await taken('publicUrl', () =>
        optional(terminal, 'Where will the public reach it? https://… (empty: only this machine)'),
      )
    if (options.upstream === undefined)
      await taken('upstream', () => choose(terminal, 'What runs the model?', UPSTREAM_NAMES, upstreamWords))
    const usual = UPSTREAMS[known.upstream]
    if (usual === null) return known
    if (options.upstreamUrl === undefined)
      await taken('upstreamUrl', () => line(terminal, 'Where is it?', usual.baseUrl))
    if (options.model === undefined) await taken('model', () => line(terminal, 'Which model?', usual.model))
    return known
  } finally {
    terminal.close()
  }
}

async function choose<Name extends string>(
  terminal: Interface,
  question: string,
  names: readonly Name[],
  words: (name: Name) => string,
): Promise<Name> {
  const list = names.map((name, at) => `  ${at + 1}  ${name.padEnd(12)}${words(name)}`).join('\n')
  for (;;) {
    const answer = (await terminal.question(`${question}\n${list}\n[1] `)).trim()
    const chosen = answer === '' ? names[0] : (names[Number(answer) - 1] ?? names.find((name) => name === answer))
    if (chosen !== undefined) return chosen
    process.stderr.write(`a number from 1 to ${names.length}, or a name: ${names.join(', ')}\n`)
  }
}

async function line(terminal: Interface, question: string, usual: string): Promise<string> {
  return (await terminal.question(`${question} [${usual}] `)).trim() || usual
}

async function optional(terminal: Interface, question: string): Promise<string | null> {
  return (await terminal.question(`${question} `)).trim() || null
}

function upstreamWords(name: UpstreamName): string {
  return UPSTREAMS[name]?.baseUrl ?? 'the built-in sandbox answers: no model'
}
