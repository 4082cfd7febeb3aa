import { type ChildProcess, spawn, spawnSync } from 'node:child_process'
import { chownSync, existsSync, mkdirSync, readdirSync, readFileSync, readlinkSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { text } from 'node:stream/consumers'
import { setTimeout as wait } from 'node:timers/promises'
import { afterAll, afterEach, describe, expect, it } from 'vitest'
import { type Process, processes } from './processes.ts'
import { canTry, openFolder } from './sandbox-try.ts'

const folder = openFolder()
const begun: ChildProcess[] = []
afterEach(() => {
  for (const child of begun.splice(0)) child.kill('SIGKILL')
})
afterAll(() => folder[Symbol.dispose]())

/** Whatever of a run is there: its processes, mounts of weights in any process, control groups. */
function traces(seconds: string): string[] {
  const found = processes()
    .filter(({ command }) => command.includes(seconds) && !command.includes('sandbox-child'))
    .map(({ command }) => command.slice(0, 80))
  for (const { pid } of processes()) {
    try {
      if (/ - ramfs weights /.test(readFileSync(`/proc/${pid}/mountinfo`, 'utf8'))) found.push(`mount in ${pid}`)
    } catch {
      // gone meanwhile
    }
  }
  for (const root of ['/sys/fs/cgroup', '/sys/fs/cgroup/memory', '/sys/fs/cgroup/pids']) {
    if (existsSync(root)) found.push(...readdirSync(root).filter((name) => name.startsWith('safelevel_')))
  }
  return found
}

async function until(isSo: () => boolean, ms = 10_000): Promise<void> {
  for (const end = performance.now() + ms; !isSo() && performance.now() < end; ) await wait(20)
}

let count = 0

/** A run that has begun: `sleep` of a length that nothing else sleeps. */
async function begin() {
  count += 1
  const seconds = String(7_000_000 + process.pid * 10 + count)
  const out = join(folder.path, `out-${seconds}`)
  const child = spawn(process.execPath, [join(import.meta.dirname, 'sandbox-child.ts'), out, seconds], {
    stdio: ['ignore', 'pipe', 'ignore'],
  })
  begun.push(child)
  let said = ''
  child.stdout.on('data', (chunk: Buffer) => {
    said += chunk.toString()
  })
  await until(() => said.includes('running') && traces(seconds).length >= 5)
  expect(traces(seconds).length).toBeGreaterThanOrEqual(5)
  return { child, seconds, out, said: () => said }
}

/** Of the chain that a run is made of: the outer bubblewrap, the stage (a shell), the bubblewrap within, its PID 1, the command. */
function chain(root: number): Process[] {
  const all = processes()
  const [next] = all.filter(({ parent, command }) => parent === root && /bwrap|sleep 7/.test(command))
  return next === undefined ? [] : [next, ...chain(next.pid)]
}

function gone(child: ChildProcess): Promise<void> {
  return until(() => child.exitCode !== null || child.signalCode !== null)
}

const ORDINARY = 60_999

/** Only root can, and only where everybody may read this folder. */
function canBecomeAnother(): boolean {
  if (process.geteuid?.() !== 0) return false
  const args = ['-e', `require('node:fs').readFileSync(${JSON.stringify(import.meta.filename)})`]
  return spawnSync(process.execPath, args, { uid: ORDINARY, gid: ORDINARY }).status === 0
}

describe.skipIf(!canTry)('a sandbox, at its end', () => {
  it('is gone after kill -9 of the process that ran it', async () => {
    const { child, seconds, out } = await begin()
    child.kill('SIGKILL')
    await until(() => traces(seconds).length === 0)
    expect(traces(seconds)).toEqual([])
    expect(existsSync(out)).toBe(false)
    expect(existsSync(`${out}.part`)).toBe(false)
  })

  it('is gone after the process that ran it was asked to stop, and lets nothing out', async () => {
    const { child, seconds, out, said } = await begin()
    child.kill('SIGTERM')
    await gone(child)
    expect(said()).toContain('failed stopped')
    expect(traces(seconds)).toEqual([])
    expect(existsSync(out)).toBe(false)
  })

  it.each([
    ['that allows no namespaces', ['--disable-userns'], /failed the sandbox can’t be set up: .*namespace/],
    ['that hides parts of /proc', ['--tmpfs', '/proc/acpi'], /\/proc.*parts of \/proc are hidden/],
  ])('says what is missing in a container %s', async (_, options, words) => {
    const container = [
      '--unshare-user',
      '--uid',
      '1000',
      '--gid',
      '1000',
      '--unshare-pid',
      '--dev-bind',
      '/',
      '/',
      '--proc',
      '/proc',
    ]
    const script = join(import.meta.dirname, 'sandbox-child.ts')
    const child = spawn(
      'bwrap',
      [...container, ...options, '--', process.execPath, script, join(folder.path, 'none'), '0'],
      {
        stdio: ['ignore', 'pipe', 'ignore'],
      },
    )
    begun.push(child)
    expect(await text(child.stdout)).toMatch(words)
  })

  it('works for an ordinary user too, without control groups', { skip: !canBecomeAnother() }, async () => {
    const out = join(folder.path, 'theirs', 'out')
    mkdirSync(dirname(out))
    chownSync(dirname(out), ORDINARY, ORDINARY)
    const child = spawn(process.execPath, [join(import.meta.dirname, 'sandbox-child.ts'), out, '0'], {
      stdio: ['ignore', 'pipe', 'pipe'],
      uid: ORDINARY,
      gid: ORDINARY,
    })
    begun.push(child)
    const [said] = await Promise.all([text(child.stdout), text(child.stderr), gone(child)])
    expect(said).toBe('running\nended\n')
    expect(readFileSync(join(out, 'left'), 'utf8')).toBe('left\n')
  })

  it.each([
    [0, 'the bubblewrap outside'],
    [1, 'the stage'],
    [2, 'the bubblewrap inside'],
    [3, 'PID 1 of the sandbox'],
  ])('is gone after kill -9 of %s: %s', async (index) => {
    const { child, seconds } = await begin()
    const links = chain(child.pid ?? 0)
    expect(links.length).toBeGreaterThanOrEqual(4)
    const [namespace, own] = [links[3]?.pid, process.pid].map((pid) => readlinkSync(`/proc/${pid}/ns/pid`))
    expect(namespace).not.toBe(own)
    process.kill(links[index]?.pid ?? 0, 'SIGKILL')
    await gone(child)
    expect(traces(seconds)).toEqual([])
  })
})
