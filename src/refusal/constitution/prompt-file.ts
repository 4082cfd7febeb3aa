import { createHash, hash } from 'node:crypto'
import { createReadStream } from 'node:fs'
import { basename } from 'node:path'
import { createInterface } from 'node:readline'
import { z } from 'zod'
import { AppError } from '../../base/errors.ts'
import type { DatasetManifest, Prompt, PromptKind, Turn } from './schema.ts'

const MAX_FILE_BYTES = 256 * 1024 * 1024
const MAX_LINE_CHARS = 1024 * 1024
const MAX_PROMPTS = 1_000_000
/** As others call them; `harmful: 0` or `1` beside it counts more. */
const KINDS: Readonly<Record<string, PromptKind>> = {
  ...{ harmful: 'harmful', direct: 'harmful', toxic: 'harmful', jailbreak: 'harmful' },
  ...{
    helpful: 'helpful',
    benign: 'helpful',
    'borderline-benign': 'helpful',
    lookalike: 'helpful',
    everyday: 'helpful',
  },
}

const Message = z.looseObject({ role: z.enum(['user', 'assistant']), content: z.string().min(1) })
const Line = z.looseObject({
  id: z.union([z.string().min(1).max(200), z.int()]).nullish(),
  text: z.string().nullish(),
  prompt: z.string().nullish(),
  messages: z.array(Message).max(200).nullish(),
  kind: z.string().nullish(),
  harmful: z.union([z.boolean(), z.literal(0), z.literal(1)]).nullish(),
  category: z.string().max(500).nullish(),
  source: z.string().max(500).nullish(),
  licence: z.string().max(500).nullish(),
  license: z.string().max(500).nullish(),
})

export interface PromptFile {
  readonly prompts: readonly Prompt[]
  readonly about: readonly DatasetManifest['prompts'][number][]
}

/**
 * Reads prompts: JSON lines (`.jsonl`: `text`, `prompt` or `messages`, and if need be `id`, `kind`, `category`, `source`, `licence`), or plain
 * text, one prompt a line. A prompt that has the words of one before it is left out and counted.
 *
 * @param files with the kind of what doesn't say its own
 * @throws {AppError} REQUEST_INVALID with file and line, and nothing of what stands there
 */
export async function readPrompts(
  files: readonly { readonly path: string; readonly kind: PromptKind }[],
): Promise<PromptFile> {
  const gathered = new Gathered()
  for (const { path, kind } of files) await readFileInto(gathered, path, kind)
  if (gathered.prompts.length === 0) throw invalid('there is no prompt in the files named')
  return { prompts: gathered.prompts, about: gathered.about }
}

/** What one prompt is known by: its turns. */
export function digestOfTurns(turns: readonly Turn[]): string {
  return hash('sha256', JSON.stringify(turns.map(({ role, text }) => [role, text])))
}

class Gathered {
  readonly prompts: Prompt[] = []
  readonly about: DatasetManifest['prompts'][number][] = []
  readonly #words = new Set<string>()
  readonly #ids = new Set<string>()

  /** Whether it was new. */
  add(prompt: Prompt, where: string): boolean {
    if (this.#words.has(prompt.digest)) return false
    if (this.#ids.has(prompt.id)) throw invalid(`${where}: another prompt has this id already`)
    if (this.prompts.length >= MAX_PROMPTS) throw invalid(`there are more than ${MAX_PROMPTS} prompts`)
    this.#words.add(prompt.digest)
    this.#ids.add(prompt.id)
    this.prompts.push(prompt)
    return true
  }
}

async function readFileInto(gathered: Gathered, path: string, kind: PromptKind): Promise<void> {
  const name = basename(path)
  if (/\.(csv|tsv)$/i.test(name))
    throw invalid(`${name}: prompts are read from JSON lines (.jsonl) or plain text (.txt)`)
  const isJson = /\.(jsonl|ndjson|json)$/i.test(name)
  const digest = createHash('sha256')
  const [licences, sources] = [new Set<string>(), new Set<string>()]
  let [number, count, repeated] = [0, 0, 0]
  for await (const line of linesOf(path, (bytes) => digest.update(bytes))) {
    number += 1
    if (line.trim() === '') continue
    const where = `${name}, line ${number}`
    const prompt = isJson ? fromJson(line, kind, where) : promptOf([{ role: 'user', text: line.trim() }], kind)
    if (!gathered.add(prompt, where)) {
      repeated += 1
      continue
    }
    count += 1
    if (prompt.licence !== null) licences.add(prompt.licence)
    if (prompt.source !== null) sources.add(prompt.source)
  }
  const about = { file: name, digest: digest.digest('hex'), kind, count, repeated }
  gathered.about.push({ ...about, licences: [...licences].sort(), sources: [...sources].sort() })
}

async function* linesOf(path: string, onBytes: (bytes: Buffer) => void): AsyncGenerator<string> {
  const stream = createReadStream(path)
  let size = 0
  stream.on('data', (chunk) => {
    const bytes = Buffer.from(chunk)
    size += bytes.length
    onBytes(bytes)
    if (size > MAX_FILE_BYTES) stream.destroy(invalid(`${basename(path)}: is larger than 256 MiB`))
  })
  const failed = new Promise<never>((_, reject) => stream.once('error', reject))
  failed.catch(() => {})
  try {
    const lines = createInterface({ input: stream, crlfDelay: Number.POSITIVE_INFINITY })
    for await (const line of lines) {
      if (line.length > MAX_LINE_CHARS) throw invalid(`${basename(path)}: a line is longer than 1 MiB`)
      yield line
    }
    if (stream.errored !== null) await failed
  } catch (cause) {
    if (cause instanceof AppError) throw cause
    throw new AppError('REQUEST_INVALID', `${path} can't be read`, { cause })
  } finally {
    stream.destroy()
  }
}

function fromJson(line: string, fallback: PromptKind, where: string): Prompt {
  const { success, data } = Line.safeParse(parsed(line, where))
  if (!success)
    throw invalid(`${where}: a prompt is an object with "text", "prompt" or "messages" (user and assistant turns)`)
  const text = data.text ?? data.prompt ?? null
  const turns =
    data.messages?.map(({ role, content }) => ({ role, text: content })) ??
    (text === null ? [] : [{ role: 'user' as const, text }])
  if (turns.at(-1)?.role !== 'user' || turns.some((turn) => turn.text.trim() === ''))
    throw invalid(`${where}: a prompt has words, and ends with the user's`)
  const { id, category = null, source = null } = data
  const about = { category, source, licence: data.licence ?? data.license ?? null }
  return promptOf(turns, kindOf(data, fallback, where), { ...about, ...(id == null ? {} : { id: String(id) }) })
}

function kindOf({ kind, harmful }: z.infer<typeof Line>, fallback: PromptKind, where: string): PromptKind {
  if (harmful != null) return harmful === true || harmful === 1 ? 'harmful' : 'helpful'
  if (kind == null) return fallback
  const known = Object.hasOwn(KINDS, kind) ? KINDS[kind] : undefined
  if (known === undefined) throw invalid(`${where}: the kind is \`harmful\` or \`helpful\``)
  return known
}

function promptOf(turns: readonly Turn[], kind: PromptKind, about: Partial<Prompt> = {}): Prompt {
  const digest = digestOfTurns(turns)
  const nothing = { category: null, source: null, licence: null }
  return { id: `p-${digest.slice(0, 16)}`, kind, turns: [...turns], digest, ...nothing, ...about }
}

function parsed(line: string, where: string): unknown {
  try {
    return JSON.parse(line)
  } catch {
    // V8 quotes the line in its message: content stays out of errors.
    throw invalid(`${where}: is not JSON`)
  }
}

function invalid(what: string): AppError {
  return new AppError('REQUEST_INVALID', what)
}
