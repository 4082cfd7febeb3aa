import { spawnSync } from 'node:child_process'
import { existsSync, readFileSync, statSync } from 'node:fs'
import { dirname } from 'node:path'
import { codeOf } from '../../base/error-code.ts'
import { AppError } from '../../base/errors.ts'
import type { Ids } from '../../base/ids.ts'
import { stageArguments } from './stage/arguments.ts'

/** The range from which systemd too takes users for one run. */
const FIRST_USER = 61_184
const USERS = 4_336
const TRIAL_MS = 10_000
const MASKED =
  'parts of /proc are hidden here, as container runtimes do: start it with --security-opt systempaths=unconfined, or use the host'

/**
 * Under which user a sandbox runs: started by root, one that nobody else is, so that nothing of root's is within its reach and its processes
 * are counted apart; started by anybody else, the same one (null).
 */
export function freshUser(ids: Ids): number | null {
  return process.geteuid?.() === 0 ? FIRST_USER + (ids.bytes(2).readUInt16LE() % USERS) : null
}

/**
 * What keeps this machine from making sandboxes, and what to do about it, in words; empty when nothing does. Tries it.
 *
 * @param uid as of `freshUser`
 */
export function sandboxProblems(uid: number | null): string[] {
  const trial = spawnSync('bwrap', [...stageArguments(), '--', '/bin/true'], {
    env: { PATH: '/usr/local/bin:/usr/bin:/bin' },
    cwd: '/',
    timeout: TRIAL_MS,
    encoding: 'utf8',
    ...(uid === null ? {} : { uid, gid: uid }),
  })
  if (trial.status === 0) return []
  if (codeOf(trial.error) === 'ENOENT') {
    return ['bubblewrap is not installed: apt-get install bubblewrap (0.8 or later)']
  }
  return [...missing(), `bubblewrap says: ${(trial.stderr || trial.error?.message || '').trim().slice(-300)}`]
}

function missing(): string[] {
  const found: string[] = []
  if (setting('kernel/unprivileged_userns_clone') === '0') {
    found.push('the kernel forbids user namespaces to ordinary users: sysctl kernel.unprivileged_userns_clone=1')
  }
  if (setting('kernel/apparmor_restrict_unprivileged_userns') === '1') {
    found.push('AppArmor restricts user namespaces: sysctl kernel.apparmor_restrict_unprivileged_userns=0')
  }
  if (setting('user/max_user_namespaces') === '0') {
    found.push('no user namespaces are allowed: sysctl user.max_user_namespaces=10000')
  }
  if (existsSync('/.dockerenv') || existsSync('/run/.containerenv')) {
    found.push(
      'this is a container, which forbids namespaces unless it was started with --security-opt seccomp=unconfined --security-opt apparmor=unconfined --security-opt systempaths=unconfined',
    )
  }
  return found
}

function setting(name: string): string | null {
  try {
    return readFileSync(`/proc/sys/${name}`, 'utf8').trim()
  } catch {
    return null
  }
}

/** The failure of a stage, with what is missing. */
export function explain(cause: unknown, uid: number | null): unknown {
  if (!(cause instanceof AppError) || cause.code !== 'SANDBOX_UNAVAILABLE') return cause
  const problems = sandboxProblems(uid)
  const all = problems.length === 0 && cause.message.includes('/proc') ? [MASKED] : problems
  return all.length === 0 ? cause : new AppError(cause.code, `${cause.message}; ${all.join('; ')}`, { cause })
}

/**
 * A sandbox started by root reads as a user that nobody is.
 *
 * @throws {AppError} REQUEST_INVALID for a path that only its owner reads
 */
export function requireReadable(paths: readonly string[], uid: number | null): void {
  for (const path of paths) {
    const status = statSync(path, { throwIfNoEntry: false })
    if (status === undefined) throw new AppError('REQUEST_INVALID', `${JSON.stringify(path)} does not exist`)
    if (uid === null) continue
    const isOpen = (status.mode & 0o004) !== 0 && parents(path).every((folder) => (statSync(folder).mode & 0o001) !== 0)
    if (isOpen) continue
    throw new AppError(
      'REQUEST_INVALID',
      `${JSON.stringify(path)} can be read by its owner alone, and a sandbox that root starts runs as nobody: put it where everybody may read, such as /srv or /opt`,
    )
  }
}

function parents(path: string): string[] {
  const folder = dirname(path)
  return folder === path ? [folder] : [folder, ...parents(folder)]
}
