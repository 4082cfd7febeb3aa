import { createHash } from 'node:crypto'
import { appendFileSync, existsSync, mkdirSync, mkdtempSync, readdirSync, renameSync, rmdirSync, rmSync } from 'node:fs'
import { basename, dirname, join, resolve } from 'node:path'
import { z } from 'zod'
import { iso } from '../../../base/clock.ts'
import { AppError } from '../../../base/errors.ts'
import { type Activity, writeActivityLine } from '../index.ts'
import type { Truth } from './truth.ts'
import type { Person } from './world/world.ts'

export const FORMAT = 'safelevel-insider/v1'

/** `manifest.json` of a folder of activities with their truth. */
export const Manifest = z.object({
  format: z.literal(FORMAT),
  synthetic: z.boolean().meta({ description: 'true where nobody in it exists' }),
  origin: z.string().max(100).optional().meta({ description: '`simulation`, or which data set it was read from' }),
  seed: z.int().nullable(),
  people: z.int().nonnegative(),
  days: z.int().positive().max(4_000),
  startMs: z.int().nonnegative(),
  parameters: z
    .string()
    .max(200)
    .nullable()
    .meta({ description: 'digest of the ranges that its figures were drawn from' }),
  activities: z.int().nonnegative().optional(),
  campaigns: z.int().nonnegative().optional(),
})
export type Manifest = z.infer<typeof Manifest>

/** What a folder says of a person besides what they do. */
export interface PersonNote {
  readonly id: string
  readonly role: string | null
  readonly team: string | null
}

/**
 * Writes a folder so that it is there whole or not at all: beside its place first, and put there at the end.
 *
 * `manifest.json`, `people.jsonl`, `truth.jsonl`, and an `activity-YYYY-MM-DD.jsonl` for each day of UTC.
 */
export class FolderWriter {
  readonly #path: string
  readonly #staging: string
  readonly #digest = createHash('sha256')
  #activities = 0

  /** @throws {AppError} CONFLICT when something is there already */
  constructor(path: string) {
    this.#path = resolve(path)
    if (existsSync(this.#path) && readdirSync(this.#path).length > 0)
      throw new AppError('CONFLICT', `${path} is not empty: name a folder that does not exist yet`)
    mkdirSync(dirname(this.#path), { recursive: true })
    this.#staging = mkdtempSync(join(dirname(this.#path), `.${basename(this.#path)}-`))
  }

  get activities(): number {
    return this.#activities
  }

  /** Adds to a day, in order. @param startMs midnight UTC of the day */
  append(startMs: number, activities: readonly Activity[]): void {
    let text = ''
    for (const activity of activities) text += `${writeActivityLine(activity)}\n`
    this.#write(activityFile(startMs), text)
    this.#activities += activities.length
  }

  /** @returns SHA-256 over all that was written, hex: equal folders have equal ones */
  finish(manifest: Manifest, people: readonly PersonNote[], truths: readonly Truth[]): string {
    this.#write('people.jsonl', linesOf(people))
    this.#write('truth.jsonl', linesOf(truths))
    const whole = { ...manifest, activities: this.#activities, campaigns: truths.length }
    this.#write('manifest.json', `${JSON.stringify(whole, null, 2)}\n`)
    if (existsSync(this.#path)) rmdirSync(this.#path) // empty, as it was found
    renameSync(this.#staging, this.#path)
    return this.#digest.digest('hex')
  }

  /** Leaves nothing behind. */
  abandon(): void {
    rmSync(this.#staging, { recursive: true, force: true })
  }

  #write(name: string, text: string): void {
    this.#digest.update(`${name}\n`).update(text)
    appendFileSync(join(this.#staging, name), text)
  }
}

export function activityFile(startMs: number): string {
  return `activity-${iso(startMs).slice(0, 10)}.jsonl`
}

export function noteOf({ id, job, team, roles, zoneMinutes, shift, firstDay, leaving }: Person): PersonNote {
  const lastDay = leaving?.lastDay ?? null
  return { id, role: job, team, ...{ roles, zoneMinutes, shift, firstDay, lastDay } }
}

function linesOf(items: readonly unknown[]): string {
  return items.map((item) => `${JSON.stringify(item)}\n`).join('')
}
