import { createHash } from 'node:crypto'
import { readFile, stat } from 'node:fs/promises'
import { basename, extname } from 'node:path'
import { z } from 'zod'
import { AppError } from '../../../base/errors.ts'
import type { ItemKind } from '../schema.ts'
import { csvRecords } from './csv.ts'
import { frozenAt } from './frozen.ts'
import type { LeftOut, Suite, SuiteItem } from './item.ts'
import { readItem } from './rows.ts'

const MAX_BYTES = 64 * 1024 * 1024
const MAX_ITEMS = 100_000

/** The first line of a suite of ours. */
const Header = z.object({ suite: z.object({ name: z.string().min(1).max(120) }) })
const Wrapped = z.object({ data: z.array(z.unknown()) })

/**
 * Reads a suite: JSON lines, a JSON array, or CSV with names of columns. The name is that of its first line (`{"suite":{"name":…}}`), else of
 * its file.
 *
 * @param fallback what rows are that don't say whether they are harmful
 * @throws {AppError} REQUEST_INVALID for a file that can't be read, is too large, or holds nothing to ask; CONFLICT as `frozenAt`
 */
export async function loadSuite(path: string, fallback: ItemKind | null = null): Promise<Suite> {
  const bytes = await fileBytes(path)
  const text = bytes.toString('utf8')
  const digest = createHash('sha256').update(bytes).digest('hex')
  let name = basename(path, extname(path)).slice(0, 120)
  const items = new Map<string, SuiteItem>()
  const leftOut: Record<keyof LeftOut, number> = { unlabelled: 0, noPrompt: 0, duplicate: 0, malformed: 0 }
  let first = true
  for (const value of valuesOf(path, text)) {
    const header = first ? Header.safeParse(value) : null
    first = false
    if (header?.success) {
      name = header.data.suite.name
      continue
    }
    const item = value === MALFORMED ? 'malformed' : readItem(value, fallback)
    if (typeof item === 'string') leftOut[item] += 1
    else if (items.has(item.id)) leftOut.duplicate += 1
    else items.set(item.id, item)
    if (items.size > MAX_ITEMS) throw invalid(`${path} has more than ${MAX_ITEMS} items`)
  }
  if (items.size === 0) {
    const why = leftOut.unlabelled > 0 ? ': its rows don’t say whether they are harmful; say it with --kind' : ''
    throw invalid(`${path} holds nothing to ask${why}`)
  }
  return { name, path, digest, frozenAt: await frozenAt(path, name, digest), items: [...items.values()], leftOut }
}

async function fileBytes(path: string): Promise<Buffer> {
  try {
    const { size } = await stat(path)
    if (size > MAX_BYTES) throw invalid(`${path} is larger than 64 MiB`)
    return await readFile(path)
  } catch (thrown) {
    if (thrown instanceof AppError) throw thrown
    throw invalid(`${path} can't be read`, thrown)
  }
}

/** Stands for a line that holds no JSON. */
const MALFORMED = Symbol('malformed')

function* valuesOf(path: string, text: string): Generator<unknown> {
  if (extname(path).toLowerCase() === '.csv') yield* csvRecords(text)
  else if (/^\s*\[/.test(text)) yield* listOf(path, text)
  else {
    const whole = /^\s*\{/.test(text) && !text.trimEnd().includes('\n') ? parsed(text) : MALFORMED
    const wrapped = Wrapped.safeParse(whole)
    if (wrapped.success) yield* wrapped.data.data
    else for (const line of text.split('\n')) if (line.trim() !== '') yield parsed(line)
  }
}

function listOf(path: string, text: string): unknown[] {
  const list = parsed(text)
  if (!Array.isArray(list)) throw invalid(`${path} begins as a JSON array and is none`)
  return list
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return MALFORMED
  }
}

function invalid(message: string, cause?: unknown): AppError {
  return new AppError('REQUEST_INVALID', message, { cause })
}
