import { createHash } from 'node:crypto'
import { readFile, stat } from 'node:fs/promises'
import { RE2JS, RE2JSException } from 're2js'
import { z } from 'zod'
import { AppError } from '../../../base/errors.ts'
import { NewSuite } from '../schema.ts'

const MAX_FILE_BYTES = 256 * 1024 * 1024
const MAX_TASKS = 100_000
const MAX_CHOICES = 26
const MAX_PROMPT_CHARS = 1_000_000
/** Size of a pattern's program: what repetitions such as `(\w{9}){99}` unfold to. */
const MAX_PROGRAM = 1_000
const LETTERS = 'ABCDEFGHIJKLMNOPQRSTUVWXYZ'

const Text = z.string().min(1).max(10_000)
const ignoreCase = z.boolean().default(false)

/** When an answer passes that is not a choice among several. */
export const Criterion = z.union([
  z.strictObject({ exact: Text, ignoreCase }),
  z.strictObject({ contains: Text, ignoreCase }),
  z.strictObject({ regex: Text, ignoreCase }).meta({ description: 'RE2: linear in the answer, whatever the pattern' }),
])

const TaskLine = z.strictObject({
  id: z.string().min(1).max(200),
  cluster: z.string().min(1).max(200).nullable().default(null).meta({ description: 'tasks that go together' }),
  prompt: z.string().min(1).max(MAX_PROMPT_CHARS),
  choices: z.array(Text).min(2).max(MAX_CHOICES).optional(),
  answer: z
    .string()
    .regex(/^[A-Z]$/, 'the letter of the right choice: A, B, …')
    .optional(),
  pass: Criterion.optional(),
})

/** The first line of a file may say which suite it is, as `safelevel eval suite` takes it, without its tasks. */
const HeaderLine = z.strictObject({ suite: NewSuite.omit({ tasks: true, listed: true, fileDigest: true }) })

export type Pass =
  | { readonly kind: 'choice'; readonly letter: string; readonly choices: readonly string[] }
  | { readonly kind: 'exact' | 'contains'; readonly text: string; readonly ignoreCase: boolean }
  | { readonly kind: 'regex'; readonly pattern: RE2JS }

export interface Task {
  readonly id: string
  readonly cluster: string | null
  readonly prompt: string
  readonly pass: Pass
}

export interface TaskFile {
  /** SHA-256 of the file, hex: what is frozen. */
  readonly digest: string
  readonly suite: z.infer<typeof HeaderLine>['suite'] | null
  readonly tasks: readonly Task[]
}

/**
 * A suite of simple tasks, one JSON object a line.
 *
 * @throws {AppError} REQUEST_INVALID naming the line
 */
export async function readTaskFile(path: string): Promise<TaskFile> {
  const bytes = await readBounded(path)
  let text: string
  try {
    text = new TextDecoder('utf-8', { fatal: true }).decode(bytes)
  } catch (cause) {
    throw invalid('the suite is not UTF-8', cause)
  }
  const digest = createHash('sha256').update(bytes).digest('hex')
  const tasks = new Map<string, Task>()
  let suite: TaskFile['suite'] = null
  for (const [i, line] of text.split('\n').entries()) {
    if (line.trim() === '') continue
    const value = parse(line, i + 1)
    if (tasks.size === 0 && suite === null && isHeader(value)) {
      suite = checked(HeaderLine, value, i + 1).suite
      continue
    }
    const task = toTask(checked(TaskLine, value, i + 1), i + 1)
    if (tasks.has(task.id)) throw invalid(`line ${i + 1}: the id stands there twice`)
    if (tasks.size >= MAX_TASKS) throw invalid(`there are more than ${MAX_TASKS} tasks`)
    tasks.set(task.id, task)
  }
  if (tasks.size === 0) throw invalid('there is not one task in it')
  return { digest, suite, tasks: [...tasks.values()] }
}

async function readBounded(path: string): Promise<Buffer> {
  try {
    if ((await stat(path)).size > MAX_FILE_BYTES) throw invalid('the suite has more than 256 MiB')
    return await readFile(path)
  } catch (error) {
    throw error instanceof AppError ? error : invalid(`${path} can't be read`, error)
  }
}

function parse(line: string, number: number): unknown {
  try {
    return JSON.parse(line)
  } catch (cause) {
    throw invalid(`line ${number} is not valid JSON`, cause)
  }
}

function isHeader(value: unknown): boolean {
  return typeof value === 'object' && value !== null && 'suite' in value
}

/** Names what is wrong and where, never what stands there. */
function checked<T>(schema: z.ZodType<T>, value: unknown, number: number): T {
  const parsed = schema.safeParse(value)
  if (parsed.success) return parsed.data
  const [issue] = parsed.error.issues
  const where = issue === undefined ? '' : `${issue.path.join('.')}: ${issue.message}`
  throw invalid(`line ${number}: ${where}`, parsed.error)
}

function toTask({ id, cluster, prompt, choices, answer, pass }: z.infer<typeof TaskLine>, line: number): Task {
  if (choices !== undefined) {
    if (pass !== undefined) throw invalid(`line ${line}: choices and pass don't go together`)
    if (answer === undefined || LETTERS.indexOf(answer) >= choices.length)
      throw invalid(`line ${line}: answer must be the letter of one of its ${choices.length} choices`)
    if (new Set(choices).size < choices.length) throw invalid(`line ${line}: a choice stands there twice`)
    return { id, cluster, prompt, pass: { kind: 'choice', letter: answer, choices } }
  }
  if (answer !== undefined || pass === undefined)
    throw invalid(`line ${line}: say choices and answer, or pass: {"exact": …}, {"contains": …} or {"regex": …}`)
  return { id, cluster, prompt, pass: criterion(pass, line) }
}

function criterion(pass: z.infer<typeof Criterion>, line: number): Pass {
  if ('exact' in pass) return { kind: 'exact', text: pass.exact, ignoreCase: pass.ignoreCase }
  if ('contains' in pass) return { kind: 'contains', text: pass.contains, ignoreCase: pass.ignoreCase }
  try {
    const pattern = RE2JS.compile(pass.regex, pass.ignoreCase ? RE2JS.CASE_INSENSITIVE : 0)
    if (pattern.programSize() > MAX_PROGRAM) throw invalid(`line ${line}: the pattern repeats too much`)
    return { kind: 'regex', pattern }
  } catch (cause) {
    if (!(cause instanceof RE2JSException)) throw cause
    throw invalid(`line ${line}: the pattern can't be read (RE2 syntax)`, cause)
  }
}

/** `A) …` lines and how to answer, for a choice; the prompt as it stands for all else. */
export function promptOf({ prompt, pass }: Task): string {
  if (pass.kind !== 'choice') return prompt
  const choices = pass.choices.map((choice, i) => `${LETTERS[i] ?? ''}) ${choice}`)
  return `${prompt}\n\n${choices.join('\n')}\n\nGive the letter of the right choice on the last line: "ANSWER: <letter>".`
}

function invalid(message: string, cause?: unknown): AppError {
  return new AppError('REQUEST_INVALID', message, { cause })
}
