import { existsSync } from 'node:fs'
import { mkdir, writeFile } from 'node:fs/promises'
import { dirname } from 'node:path'
import { parse } from 'yaml'
import { parseConfig } from '../base/config.ts'
import { AppError } from '../base/errors.ts'
import { type Preset, renderConfig, UPSTREAMS, type Wishes } from './presets.ts'

/**
 * Writes a first configuration that a server takes as it is.
 *
 * @throws {AppError} CONFLICT when there is a file already: it is never overwritten; CONFIG_INVALID naming what of the wishes is none
 */
export async function writeFirstConfig(path: string, wishes: Wishes): Promise<string> {
  requireNone(path)
  const text = renderConfig(wishes)
  parseConfig(parse(text))
  await mkdir(dirname(path), { recursive: true })
  await writeFile(path, text, { flag: 'wx', mode: 0o644 })
  return text
}

/** @throws {AppError} CONFLICT where there is a file */
export function requireNone(path: string): void {
  if (existsSync(path))
    throw new AppError('CONFLICT', `${path} is there already, and is left as it is: name another by --config`)
}

/** What of the wishes a server would not take, in words; null where it takes them all. */
export function faultIn(wishes: Wishes): string | null {
  try {
    parseConfig(parse(renderConfig(wishes)))
    return null
  } catch (error) {
    if (error instanceof AppError) return error.message
    throw error
  }
}

/** What is to be done before and after the first start, in its order. */
export function nextSteps({ preset, upstream, publicUrl }: Wishes): string[] {
  const key = UPSTREAMS[upstream]?.key ?? null
  return [
    ...(key === null ? [] : [`export ${key}=…                       the key of the model’s server`]),
    ...DATABASE[preset],
    ...(publicUrl === null
      ? []
      : ['put a reverse proxy with TLS in front: deploy/proxy has examples for nginx and Caddy']),
    'safelevel doctor                         tries everything that this configuration needs',
    'safelevel serve                          prints the first key and the console’s one-time link',
    'safelevel backup keys <file>             a sealed copy of the keys, to be kept elsewhere',
  ]
}

const DATABASE: Readonly<Record<Preset, readonly string[]>> = {
  'small-team': [],
  lab: ['export DATABASE_URL=postgres://…         PostgreSQL 15 or later, in UTF-8'],
  platform: [
    'export DATABASE_URL=postgres://…         PostgreSQL 15 or later, in UTF-8, with a synchronous standby',
    'make the bucket of ledger.tiles, and give the machines a role that may read and write it',
  ],
}
