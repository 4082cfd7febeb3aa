import { readFile } from 'node:fs/promises'
import { Command, Option } from 'commander'
import { z } from 'zod'
import { AppError } from '../base/errors.ts'
import {
  AUDIENCES,
  CARD_FORMATS,
  CardCheck,
  CardDiff,
  CardHead,
  CardStanding,
  describeDiff,
  MAX_CARD_BYTES,
  readCard,
} from '../models/cards/index.ts'
import { describeCheck, describeHead, describeRow, toWrite } from './card-view.ts'
import { connectServer } from './connect-server.ts'

const Draft = z.object({ text: z.string(), check: CardCheck, notes: z.array(z.string()) })
const Row = z.object({
  model: z.string(),
  title: z.string(),
  current: CardHead.nullable(),
  draft: CardHead.nullable(),
  standing: CardStanding,
})
const Checked = CardHead.extend({ text: z.string(), check: CardCheck })

const json = (what = 'print JSON') => new Option('--json', what)
const at = (path: string) => `/api/v1/cards/${path}`
const of = (model: string) => at(encodeURIComponent(model))

interface Output {
  readonly json?: true
}

/** `safelevel card …`, on a running server. Publishing takes two people, in the console. */
export function cardCommand(env: NodeJS.ProcessEnv = process.env): Command {
  return new Command('card')
    .description('model cards: what each claim rests on, whether it holds, and what others read of it')
    .addCommand(make(env))
    .addCommand(lint(env))
    .addCommand(save(env))
    .addCommand(publish(env))
    .addCommand(renew(env))
    .addCommand(ls(env))
    .addCommand(show(env))
    .addCommand(diff(env))
    .addCommand(toFile(env))
    .addCommand(fromReadme(env))
}

function make(env: NodeJS.ProcessEnv): Command {
  return new Command('new')
    .description('print a card with everything that is on record, for you to write the rest')
    .argument('<model>', 'the model line')
    .option('--deployment <name>', 'of the checkpoint of this deployment; the last one, when left out')
    .addOption(json('print {"text", "check", "notes"}'))
    .action(async (model: string, { deployment, ...options }: { deployment?: string } & Output) => {
      const draft = await (await connectServer(env)).request('POST', at('new'), Draft, {
        model,
        deployment: deployment ?? null,
      })
      print(draft, options)
    })
}

function lint(env: NodeJS.ProcessEnv): Command {
  return new Command('lint')
    .description('say what is wrong with a card, line by line; exits 1 when it would not be published')
    .argument('<file>', 'YAML or JSON, or - for what comes in')
    .addOption(json())
    .action(async (file: string, options: Output) => {
      const text = await read(file)
      const check = await (await connectServer(env)).request('POST', at('lint'), CardCheck, { text })
      console.log(options.json ? JSON.stringify(check) : describeCheck(file, check))
      if (check.outcome === 'fails' || check.outcome === 'unreadable') process.exitCode = 1
    })
}

function save(env: NodeJS.ProcessEnv): Command {
  return new Command('save')
    .description('keep a card as the draft of its model; it may be unfinished')
    .argument('<file>', 'a card; - reads standard input')
    .addOption(json())
    .action(async (file: string, options: Output) => {
      const text = await read(file)
      const head = await (await connectServer(env)).request('PUT', `${of(modelIn(text, file))}/draft`, CardHead, {
        text,
      })
      console.log(options.json ? JSON.stringify(head) : describeHead(head))
    })
}

function publish(env: NodeJS.ProcessEnv): Command {
  return new Command('publish')
    .description(
      'file a card for publication: a policy editor or the RSO then asks for it in the console, and another one agrees',
    )
    .argument('<card>', 'a file, which is saved first, or the model whose draft is to be published')
    .requiredOption('--reason <words>', 'for those who decide')
    .addOption(json())
    .action(async (given: string, { reason, ...options }: { reason: string } & Output) => {
      const client = await connectServer(env)
      const text = /\.(ya?ml|json)$/.test(given) ? await read(given) : null
      const model = text === null ? given : modelIn(text, given)
      if (text !== null) await client.request('PUT', `${of(model)}/draft`, CardHead, { text })
      const { digest } = await client.request('GET', `${of(model)}/versions/draft`, Checked)
      const head = await client.request('POST', `${of(model)}/proposal`, CardHead, { digest, reason })
      if (options.json) return console.log(JSON.stringify(head))
      console.log(`the card of ${model} is filed for publication; nothing is public yet`)
      console.log(`digest ${head.digest}`)
      console.log('a policy editor or the RSO asks for it in the console (Cards), and another one agrees')
    })
}

function renew(env: NodeJS.ProcessEnv): Command {
  return new Command('renew')
    .description('print a card with its words as they are, and its figures as they are on record now')
    .argument('<file>', 'a card; - reads standard input')
    .addOption(json('print {"text", "check", "notes"}'))
    .action(async (file: string, options: Output) => {
      print(await (await connectServer(env)).request('POST', at('renew'), Draft, { text: await read(file) }), options)
    })
}

function ls(env: NodeJS.ProcessEnv): Command {
  return new Command('ls')
    .description('every model line, its card, and whether that still holds; exits 1 when one doesn’t')
    .addOption(json('print JSON, one object a line'))
    .action(async (options: Output) => {
      const client = await connectServer(env)
      for await (const row of client.each('/api/v1/cards', Row)) {
        console.log(options.json ? JSON.stringify(row) : describeRow(row))
        if (row.standing.state !== 'fresh' && row.current !== null) process.exitCode = 1
      }
    })
}

function show(env: NodeJS.ProcessEnv): Command {
  return new Command('show')
    .description('print a version of a card as it was written')
    .argument('<model>')
    .argument('[version]', '`draft`, `current` or a number', 'current')
    .addOption(json())
    .action(async (model: string, version: string, options: Output) => {
      const path = `${of(model)}/versions/${encodeURIComponent(version)}`
      const found = await (await connectServer(env)).request('GET', path, Checked)
      if (options.json) return console.log(JSON.stringify(found))
      process.stdout.write(found.text.endsWith('\n') ? found.text : `${found.text}\n`)
      process.stderr.write(`${describeHead(found)}\n${describeCheck(found.id, found.check)}\n`)
    })
}

function diff(env: NodeJS.ProcessEnv): Command {
  return new Command('diff')
    .description('say what changed in meaning between two versions of a card')
    .argument('<model>')
    .argument('<from>', 'a number, `current` or `draft`')
    .argument('[to]', 'the same', 'current')
    .addOption(new Option('--audience <who>', 'as they may read it').choices(AUDIENCES).default('internal'))
    .addOption(json())
    .action(
      async (model: string, from: string, to: string, { audience, ...options }: { audience: string } & Output) => {
        const query = new URLSearchParams({ from, to, audience })
        const found = await (await connectServer(env)).request('GET', `${of(model)}/diff?${query}`, CardDiff)
        console.log(options.json ? JSON.stringify(found) : describeDiff(found))
      },
    )
}

function toFile(env: NodeJS.ProcessEnv): Command {
  return new Command('export')
    .description('print a card as others read it')
    .argument('<model>')
    .addOption(new Option('--format <format>', 'which form').choices(CARD_FORMATS).default('markdown'))
    .addOption(new Option('--audience <who>', 'whom it is for').choices(AUDIENCES).default('public'))
    .option('--of <version>', 'a number, `current` or `draft`', 'current')
    .action(async (model: string, options: { format: string; audience: string; of: string }) => {
      const { format, audience, of: version } = options
      const query = new URLSearchParams({ format, audience, version })
      process.stdout.write(await (await connectServer(env)).text(`${of(model)}/export?${query}`))
    })
}

function fromReadme(env: NodeJS.ProcessEnv): Command {
  return new Command('import')
    .description('make a draft from a card of the Hugging Face hub; its figures pass once each is evidenced')
    .argument('<readme>', 'README.md')
    .requiredOption('--model <line>', 'the model line that it is to be the card of')
    .addOption(json('print {"text", "check", "notes"}'))
    .action(async (file: string, { model, ...options }: { model: string } & Output) => {
      const text = await read(file)
      print(await (await connectServer(env)).request('POST', at('import'), Draft, { model, text }), options)
    })
}

/** The card goes where it is sent to; what there is to say about it, to the terminal. */
function print(draft: z.infer<typeof Draft>, { json: asJson }: Output): void {
  if (asJson) {
    console.log(JSON.stringify(draft))
    return
  }
  process.stdout.write(`${draft.text}${toWrite(draft.check)}`)
  for (const note of draft.notes) process.stderr.write(`note: ${note}\n`)
  const errors = draft.check.findings.filter(({ severity }) => severity === 'error').length
  process.stderr.write(
    `${errors === 0 ? 'it passes lint' : `${errors} things are to be done: safelevel card lint FILE says which`}\n`,
  )
}

function modelIn(text: string, file: string): string {
  const { card, problems } = readCard(text)
  if (card !== null) return card.identity.model
  throw new AppError('REQUEST_INVALID', `${file}:${problems[0]?.line ?? 1}: ${problems[0]?.message ?? 'it is no card'}`)
}

async function read(file: string): Promise<string> {
  let bytes: Buffer
  try {
    bytes = await (file === '-' ? standardInput() : readFile(file))
  } catch (cause) {
    throw new AppError('REQUEST_INVALID', `${file} can't be read`, { cause })
  }
  if (bytes.length > MAX_CARD_BYTES)
    throw new AppError('REQUEST_TOO_LARGE', `a card has at most ${MAX_CARD_BYTES} bytes`)
  return bytes.toString('utf8')
}

async function standardInput(): Promise<Buffer> {
  const chunks: Buffer[] = []
  for await (const chunk of process.stdin) chunks.push(Buffer.from(chunk))
  return Buffer.concat(chunks)
}
