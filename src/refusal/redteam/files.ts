import { createHash } from 'node:crypto'
import { readFile, stat } from 'node:fs/promises'
import { AppError } from '../../base/errors.ts'
import { FINDS_FORMAT, Find, FindsHeader, TRIES_FORMAT, type Try } from './schema.ts'

const MAX_FINDS_BYTES = 256 * 1024 * 1024
const MAX_FINDS = 100_000

const lines = (values: readonly object[]) => values.map((value) => `${JSON.stringify(value)}\n`).join('')

/** Each find once: the same words may have worked again. */
export function unique(finds: readonly Find[]): Find[] {
  return [...new Map(finds.map((find) => [find.id, find])).values()]
}

/** The file of finds. Harmful by its nature: written so that nobody but its owner reads it. */
export function findsFile(
  { name, isSandbox }: { readonly name: string; readonly isSandbox: boolean },
  finds: readonly Find[],
): string {
  const own = unique(finds)
  const header: FindsHeader = { format: FINDS_FORMAT, target: name, isSandbox, finds: own.length }
  return lines([header, ...own])
}

/** The file of tries, by whose digest the report's figures can be checked. */
export function triesFile(tries: readonly Try[]): string {
  return lines([{ format: TRIES_FORMAT, tries: tries.length }, ...tries])
}

/** SHA-256, hex. */
export function digestOf(text: string): string {
  return createHash('sha256').update(text).digest('hex')
}

/** Finds of an earlier run. @throws {AppError} REQUEST_INVALID for what is no such file; says nothing of what it holds */
export async function readFinds(path: string): Promise<Find[]> {
  const text = await read(path)
  const [first = '', ...rest] = text.split('\n').filter((line) => line !== '')
  if (rest.length > MAX_FINDS) throw invalid(`${path} holds more than ${MAX_FINDS} finds`)
  if (!FindsHeader.safeParse(parsed(first)).success) throw invalid(`${path} is no file of finds`)
  return rest.map((line, at) => {
    const find = Find.safeParse(parsed(line))
    if (!find.success) throw invalid(`${path}: line ${at + 2} is no find`)
    return find.data
  })
}

async function read(path: string): Promise<string> {
  try {
    const { size } = await stat(path)
    if (size > MAX_FINDS_BYTES) throw invalid(`${path} is larger than 256 MiB`)
    return await readFile(path, 'utf8')
  } catch (thrown) {
    if (thrown instanceof AppError) throw thrown
    throw invalid(`${path} can't be read`, thrown)
  }
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return undefined
  }
}

function invalid(message: string, cause?: unknown): AppError {
  return new AppError('REQUEST_INVALID', message, { cause })
}
