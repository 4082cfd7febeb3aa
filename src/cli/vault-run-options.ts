import { realpathSync } from 'node:fs'
import { resolve, sep } from 'node:path'
import { AppError } from '../base/errors.ts'

/** What is inside anyway, or never. */
const SYSTEM = [
  '/',
  '/proc',
  '/sys',
  '/dev',
  '/run',
  '/tmp',
  '/boot',
  '/etc',
  '/weights',
  '/out',
  '/mnt',
  '/usr',
  '/var',
]

/**
 * Paths that a sandbox may show, whole.
 *
 * @param secrets paths that must not be in any of them, nor hold one
 * @returns absolute, without links
 * @throws {AppError} REQUEST_INVALID
 */
export function readablePaths(asked: readonly string[], secrets: readonly string[]): string[] {
  const kept = secrets.flatMap((path) => [resolve(path), realOf(path)])
  return asked.map((path) => {
    const real = realOf(path)
    if (SYSTEM.includes(real) || real !== resolve(path)) {
      throw new AppError(
        'REQUEST_INVALID',
        `--with takes a folder or file of your own, by its real path: not ${JSON.stringify(path)}`,
      )
    }
    if (kept.some((secret) => isWithin(secret, real) || isWithin(real, secret))) {
      throw new AppError(
        'REQUEST_INVALID',
        `${JSON.stringify(path)} holds the device key or the data folder, or lies in it`,
      )
    }
    return real
  })
}

/** As it is called once every link is followed; as it is when there is nothing. */
function realOf(path: string): string {
  try {
    return realpathSync(path)
  } catch {
    return resolve(path)
  }
}

function isWithin(path: string, folder: string): boolean {
  return path === folder || path.startsWith(folder.endsWith(sep) ? folder : `${folder}${sep}`)
}

const NAME = /^[A-Za-z_][A-Za-z0-9_]*$/
/** Decided by the sandbox. */
const FIXED = ['WEIGHTS', 'OUT', 'HOME', 'PATH', 'HTTPS_PROXY', 'https_proxy']

/**
 * Variables by name, with a value or with the one that they have here.
 *
 * @throws {AppError} REQUEST_INVALID for one that would carry a secret of Safelevel's in, and what is no variable
 */
export function environmentOf(asked: readonly string[], env: NodeJS.ProcessEnv): Record<string, string> {
  return Object.fromEntries(
    asked.map((text) => {
      const at = text.indexOf('=')
      const name = at < 0 ? text : text.slice(0, at)
      const value = at < 0 ? env[name] : text.slice(at + 1)
      if (!NAME.test(name) || value === undefined || value.includes('\0'))
        throw new AppError('REQUEST_INVALID', '--env takes NAME, when it is set here, or NAME=VALUE')
      if (FIXED.includes(name) || name.startsWith('SAFELEVEL_') || name === 'DATABASE_URL')
        throw new AppError('REQUEST_INVALID', `--env: ${name} is not for what runs in a sandbox`)
      return [name, value]
    }),
  )
}
