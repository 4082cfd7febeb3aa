import { hash } from 'node:crypto'
import { readdirSync, readFileSync, statSync } from 'node:fs'
import { join } from 'node:path'
import { parseDocument } from 'yaml'
import { z } from 'zod'
import { AppError } from '../base/errors.ts'
import { shipped } from '../base/shipped.ts'
import { canonicalJson } from '../ledger/index.ts'
import { lintRunbook } from './lint.ts'
import { Runbook, type RunbookView } from './schema.ts'

const SHIPPED = shipped('runbooks')
const MAX_BYTES = 256 * 1024
const MAX_FILES = 200

/** The runbooks that can be started, by title. */
export class Library {
  readonly all: readonly RunbookView[]

  constructor(runbooks: readonly RunbookView[]) {
    this.all = runbooks.toSorted((a, b) => a.title.localeCompare(b.title, 'en'))
  }

  /** @throws {AppError} NOT_FOUND */
  get(id: string): RunbookView {
    const found = this.all.find((one) => one.id === id)
    if (found === undefined) throw new AppError('NOT_FOUND', `there is no runbook ${id}: see safelevel runbook list`)
    return found
  }
}

/**
 * Reads the runbooks that ship and, over them, the organisation's own: one with the id of a shipped one stands in its place.
 *
 * @param folder of own ones, `*.yaml`; null: there are none
 * @throws {AppError} CONFIG_INVALID naming the file and its faults
 */
export function loadRunbooks(folder: string | null): Library {
  const came = readFolder(SHIPPED).map((one) => [one.id, viewOf(one, false)] as const)
  const own = folder === null ? [] : readFolder(folder).map((one) => [one.id, viewOf(one, true)] as const)
  return new Library([...new Map([...came, ...own]).values()])
}

/** Reads one file. @throws {AppError} CONFIG_INVALID */
export function readRunbook(file: string): Runbook {
  const yaml = parseDocument(textOf(file), { prettyErrors: true, version: '1.2' })
  const [fault] = [...yaml.errors, ...yaml.warnings]
  if (fault !== undefined) throw invalid(file, `is no sound YAML: ${fault.message.split('\n')[0]}`)
  const parsed = Runbook.safeParse(yaml.toJS({ maxAliasCount: 0 }))
  if (!parsed.success) throw invalid(file, `is invalid:\n${z.prettifyError(parsed.error)}`)
  const faults = lintRunbook(parsed.data)
  if (faults.length > 0) throw invalid(file, faults.map((one) => `\n${one}`).join(''))
  return parsed.data
}

function readFolder(folder: string): Runbook[] {
  let names: string[]
  try {
    names = readdirSync(folder).filter((name) => name.endsWith('.yaml'))
  } catch (cause) {
    throw new AppError('CONFIG_INVALID', `the folder of runbooks ${folder} can’t be read`, { cause })
  }
  if (names.length > MAX_FILES) throw invalid(folder, `has ${names.length} files; ${MAX_FILES} are the most`)
  return names.toSorted().map((name) => {
    const runbook = readRunbook(join(folder, name))
    if (`${runbook.id}.yaml` !== name) throw invalid(name, `has the id ${runbook.id}: name the file ${runbook.id}.yaml`)
    return runbook
  })
}

function viewOf(runbook: Runbook, own: boolean): RunbookView {
  return { ...runbook, digest: hash('sha256', canonicalJson(runbook)), own }
}

function textOf(file: string): string {
  try {
    if (statSync(file).size > MAX_BYTES) throw invalid(file, `is larger than ${MAX_BYTES} bytes`)
    return readFileSync(file, 'utf8')
  } catch (cause) {
    if (cause instanceof AppError) throw cause
    throw new AppError('CONFIG_INVALID', `the runbook ${file} can’t be read`, { cause })
  }
}

function invalid(file: string, why: string): AppError {
  return new AppError('CONFIG_INVALID', `runbooks: ${file} ${why}`)
}
