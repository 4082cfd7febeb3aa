import { createHash, hash } from 'node:crypto'
import { basename } from 'node:path'
import { z } from 'zod'
import { AppError } from '../../base/errors.ts'
import { fileLines } from '../../base/lines.ts'
import type { DatasetManifest, Prompt, PromptKind, Turn } from './schema.ts'

const MAX_FILE_BYTES = 256 * 1024 * 1024
const MAX_LINE_BYTES = 1024 * 1024
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
  let [bytes, count, repeated] = [0, 0, 0]
  const onBytes = (chunk: Buffer) => {
    digest.update(chunk)
    bytes += chunk.length
    if (bytes > MAX_FILE_BYTES) throw invalid(`${name}: is larger than 256 MiB`)
  }
  for await (const { number, text, fault } of fileLines(path, { maxBytes: MAX_LINE_BYTES, onBytes })) {
    const where = `${name}, line ${number}`
    if (fault !== undefined) throw invalid(`${where}: is ${fault === 'too long' ? 'longer than 1 MiB' : fault}`)
    if (text.trim() === '') continue
    const prompt = isJson ? fromJson(text, kind, where) : promptOf([{ role: 'user', text: text.trim() }], kind)
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
