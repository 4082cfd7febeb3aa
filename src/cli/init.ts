import { resolve } from 'node:path'
import { createInterface, type Interface } from 'node:readline/promises'
import { Command, Option } from 'commander'
import {
  nextSteps,
  PRESET_WORDS,
  PRESETS,
  type Preset,
  UPSTREAMS,
  type UpstreamName,
  type Wishes,
  writeFirstConfig,
} from '../setup/index.ts'
import { print } from './ledger-words.ts'

const UPSTREAM_NAMES: readonly UpstreamName[] = ['none', 'ollama', 'vllm', 'openai', 'anthropic']
const ORGANISATION = 'This installation'

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
      const wishes = asks ? await ask(options) : defaults(options)
      const path = resolve(options.config)
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

async function ask(options: Options): Promise<Wishes> {
  const terminal = createInterface({ input: process.stdin, output: process.stderr })
  try {
    const known = defaults(options)
    const preset = options.preset ?? (await choose(terminal, 'How large?', PRESETS, (name) => PRESET_WORDS[name]))
    const organisation = options.name ?? (await line(terminal, 'Who runs it?', known.organisation))
    const contact =
      options.contact ??
      (await optional(terminal, 'Where to report something harmful? mailto:…, https://… or tel:… (empty: later)'))
    const publicUrl =
      options.publicUrl ??
      (await optional(terminal, 'Where will the public reach it? https://… (empty: only this machine)'))
    const upstream = options.upstream ?? (await choose(terminal, 'What runs the model?', UPSTREAM_NAMES, upstreamWords))
    const usual = UPSTREAMS[upstream]
    if (usual === null) return { ...known, preset, organisation, contact, publicUrl, upstream }
    const upstreamUrl = options.upstreamUrl ?? (await line(terminal, 'Where is it?', usual.baseUrl))
    const model = options.model ?? (await line(terminal, 'Which model?', usual.model))
    return { ...known, preset, organisation, contact, publicUrl, upstream, upstreamUrl, model }
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
