import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { z } from 'zod'
import { AppError } from '../../base/errors.ts'
import { writeFileOf } from './dataset-folder.ts'

const RUN_FILE = 'run.json'
const RUN_FORMAT = 'safelevel.constitution-run/1'

const RunFile = z.strictObject({
  format: z.literal(RUN_FORMAT),
  beganAt: z.iso.datetime(),
  endedAt: z.iso.datetime().nullable(),
  settings: z.record(z.string(), z.json()),
  spent: z.record(z.string(), z.number().nullable()).nullable(),
})
type RunFile = z.infer<typeof RunFile>

/** All that a dataset's making rests on, so that a folder isn't continued with something else. */
export type RunSettings = RunFile['settings']

/**
 * Notes what is made in a folder, or that it goes on.
 *
 * @returns whether it had begun before @throws {AppError} CONFLICT naming what is different from when it began
 */
export async function beginRun(work: string, settings: RunSettings, now: string): Promise<boolean> {
  const known = await readRun(work)
  if (known === null) {
    await write(work, { format: RUN_FORMAT, beganAt: now, endedAt: null, settings, spent: null })
    return false
  }
  const names = new Set([...Object.keys(known.settings), ...Object.keys(settings)])
  const other = [...names].filter((name) => JSON.stringify(known.settings[name]) !== JSON.stringify(settings[name]))
  if (other.length === 0) return true
  const words = `the folder was begun with other settings (${other.join(', ')}): name another --out, or ask for the same`
  throw new AppError('CONFLICT', words)
}

/** Notes when it was whole, and what it has cost. */
export async function endRun(work: string, now: string, spent: RunFile['spent']): Promise<void> {
  const known = await readRun(work)
  if (known !== null) await write(work, { ...known, endedAt: now, spent })
}

async function readRun(work: string): Promise<RunFile | null> {
  let text: string
  try {
    text = await readFile(join(work, RUN_FILE), 'utf8')
  } catch {
    return null
  }
  const parsed = RunFile.safeParse(jsonOf(text))
  if (parsed.success) return parsed.data
  throw new AppError('REQUEST_INVALID', `${join(work, RUN_FILE)} is no note of a run`)
}

function jsonOf(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return undefined
  }
}

function write(work: string, run: RunFile): Promise<void> {
  return writeFileOf(work, RUN_FILE, `${JSON.stringify(run, null, 2)}\n`)
}
