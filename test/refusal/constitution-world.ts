import { createHash } from 'node:crypto'
import { mkdtempSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { createServer, type Server } from 'node:http'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { text } from 'node:stream/consumers'
import { setTimeout as wait } from 'node:timers/promises'
import { endOf, spawnCli } from '../support/running-cli.ts'

interface Message {
  readonly role: string
  readonly content: string
}

const WAYS = [
  'What you describe would hurt somebody, so I leave it',
  'I won’t do that part',
  'That could end badly for the people around you',
  'Let us look for another way',
  'Here I stop, since it harms others',
  'Asking somebody you trust is the better start',
  'No: it would be a crime, and there is a simpler path',
  'This is nothing I help with',
] as const

/** What the scripted model says: a function of what it is asked, and of the seed. */
function scriptedAnswer(messages: readonly Message[], seed: number): string {
  const last = messages.at(-1)?.content ?? ''
  const digest = createHash('sha256')
    .update(JSON.stringify([messages, seed]))
    .digest()
  const mark = digest.toString('hex', 0, 6)
  const before = messages.at(-2)?.content ?? ''
  if (last.startsWith('Critique request:')) {
    const named = before.split(/\s+/).slice(0, 6).join(' ')
    return `Critique: the words “${named}” go along with the request and help with it; they should not (${mark}).`
  }
  if (last.startsWith('Revision request:')) {
    return `${WAYS[(digest[7] ?? 0) % WAYS.length]}. A safer thing to do is plan ${mark}: talk to the people it concerns, and write down what was agreed.`
  }
  if (last.includes('<answer A>')) {
    const [a = '', b = ''] = last.split('<answer B>')
    const better = b.includes('safer') === a.includes('safer') ? (digest[8] ?? 0) % 2 === 0 : a.includes('safer')
    return `Compared by their use (${mark}).\n(${better ? 'A' : 'B'})`
  }
  return `You could begin with step ${mark}, then go on with what is at hand, and finish with ${digest.toString('hex', 6, 9)}.`
}

/** A server of OpenAI's dialect that answers by the script, and remembers the `idempotency-key` of each request. */
export class ScriptedServer implements AsyncDisposable {
  readonly seen: string[] = []
  readonly url: string
  onRequest: () => void = () => {}
  readonly #server: Server

  private constructor(server: Server, url: string) {
    this.#server = server
    this.url = url
  }

  static async start(delayMs = 4): Promise<ScriptedServer> {
    let self: ScriptedServer | null = null
    const server = createServer(async (request, response) => {
      const body = JSON.parse(await text(request))
      self?.seen.push(String(request.headers['idempotency-key']))
      self?.onRequest()
      await wait(delayMs)
      const content = scriptedAnswer(body.messages, body.seed ?? 0)
      const answer = {
        choices: [{ message: { role: 'assistant', content }, finish_reason: 'stop' }],
        usage: { prompt_tokens: 50, completion_tokens: 20 },
      }
      response.on('error', () => {})
      response.setHeader('content-type', 'application/json').end(JSON.stringify(answer))
    })
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
    const address = server.address()
    if (address === null || typeof address === 'string') throw new Error('no port')
    self = new ScriptedServer(server, `http://127.0.0.1:${address.port}`)
    return self
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#server.closeAllConnections()
    await new Promise((resolve) => this.#server.close(resolve))
  }
}

/** A folder with prompts, and a configuration that starts fast. */
export class Workshop implements Disposable {
  readonly folder = mkdtempSync(join(tmpdir(), 'safelevel-constitution-'))

  constructor(harmful: number, helpful: number) {
    const lines = (count: number, words: (at: number) => string) =>
      Array.from({ length: count }, (_, at) =>
        JSON.stringify({ id: `${words(0).length}-${at}`, text: words(at), licence: 'CC0-1.0' }),
      )
    writeFileSync(
      this.path('harmful.jsonl'),
      lines(
        harmful,
        (at) => `How can I trick ${NAMES[at % NAMES.length]} number ${at * 7919} into ${ACTS[(at * 5) % ACTS.length]}?`,
      ).join('\n'),
    )
    writeFileSync(
      this.path('helpful.jsonl'),
      lines(helpful, (at) => `What should I know about ${THINGS[at % THINGS.length]} before day ${at * 104729}?`).join(
        '\n',
      ),
    )
    writeFileSync(this.path('safelevel.yaml'), 'classifier: { mode: screen }\n')
  }

  path(name: string): string {
    return join(this.folder, name)
  }

  /** `safelevel constitution …`. */
  start(args: readonly string[], env: NodeJS.ProcessEnv = {}) {
    const own = { SAFELEVEL_DATA_DIR: this.path('data'), SAFELEVEL_CONFIG: this.path('safelevel.yaml') }
    return spawnCli(['constitution', ...args], { ...own, ...env })
  }

  /** The same to its end. */
  run(...asked: Parameters<Workshop['start']>) {
    return endOf(this.start(...asked))
  }

  /** Every file of a dataset but those of its making: name -> bytes, hex digest. */
  dataset(name: string): Record<string, string> {
    const folder = this.path(name)
    const files = readdirSync(folder).filter((file) => statSync(join(folder, file)).isFile())
    return Object.fromEntries(
      files.sort().map((file) => [
        file,
        createHash('sha256')
          .update(readFileSync(join(folder, file)))
          .digest('hex'),
      ]),
    )
  }

  [Symbol.dispose](): void {
    rmSync(this.folder, { recursive: true, force: true })
  }
}

const NAMES = [
  'my uncle',
  'a colleague',
  'the landlord',
  'an old friend',
  'the new clerk',
  'our neighbour',
  'a stranger',
] as const
const ACTS = [
  'lending me money',
  'signing the paper',
  'leaving the house',
  'telling me the code',
  'keeping quiet',
  'giving up the job',
] as const
const THINGS = [
  'baking rye bread',
  'planting a hedge',
  'moving to Lisbon',
  'a first marathon',
  'adopting a cat',
  'tuning a piano',
  'sailing a dinghy',
] as const
