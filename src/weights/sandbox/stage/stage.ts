import { type ChildProcess, spawn } from 'node:child_process'
import { constants } from 'node:fs'
import { type FileHandle, open } from 'node:fs/promises'
import { createInterface, type Interface } from 'node:readline'
import type { Readable, Writable } from 'node:stream'
import { AppError } from '../../../base/errors.ts'
import { stageArguments } from './arguments.ts'
import { coverInherited } from './inherited.ts'
import { STAGE_SCRIPT } from './stage-script.ts'

export interface StageOptions {
  readonly command: readonly string[]
  readonly outBytes: number
  readonly processes: number
  /** Of data, in each process; null where a control group bounds all of them together. */
  readonly memoryBytesEach: number | null
  /** A user nobody else is; null to stay who we are. */
  readonly uid: number | null
  /** Paths of the files that `fill` will get, relative, without `.` and `..`. */
  readonly files: readonly string[]
}

const LAST_WORDS_CHARS = 2_000
const SHOWN_CHARS = 300

/** The place where weights are mounted and a command is run with them. It holds nothing once it is closed, or this process has ended. */
export class Stage {
  readonly pid: number
  readonly stdin: Writable
  readonly stdout: Readable
  readonly stderr: Readable
  readonly #child: ChildProcess
  readonly #talk: Talk
  readonly #root: FileHandle

  private constructor(parts: { pid: number; pipes: Pipes; child: ChildProcess; talk: Talk; root: FileHandle }) {
    this.pid = parts.pid
    this.stdin = parts.pipes.stdin
    this.stdout = parts.pipes.stdout
    this.stderr = parts.pipes.stderr
    this.#child = parts.child
    this.#talk = parts.talk
    this.#root = parts.root
  }

  /** @throws {AppError} SANDBOX_UNAVAILABLE when this machine doesn't let it be set up, with what bubblewrap says */
  static async open(options: StageOptions): Promise<Stage> {
    const memory = options.memoryBytesEach === null ? 'unlimited' : String(options.memoryBytesEach)
    const script = [
      STAGE_SCRIPT,
      'stage',
      String(options.outBytes),
      String(options.processes),
      memory,
      ...options.command,
    ]
    using inherited = coverInherited()
    const child = spawn('bwrap', [...stageArguments(), '--', '/bin/sh', '-c', ...script], {
      stdio: ['pipe', 'pipe', 'pipe', 'pipe', 'pipe', ...inherited.stdio],
      env: { PATH: '/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin', LC_ALL: 'C' },
      cwd: '/',
      detached: true, // an interrupt from the terminal comes to this process, which then ends the stage in order
      ...(options.uid === null ? {} : { uid: options.uid, gid: options.uid }),
    })
    const pipes = pipesOf(child)
    const talk = new Talk(child, pipes)
    try {
      for (const path of options.files) pipes.control.write(`${path}\n`)
      pipes.control.write('\n')
      const pid = Number(await talk.next('ready'))
      const root = await open(`/proc/${pid}/root/mnt`, constants.O_RDONLY | constants.O_DIRECTORY)
      return new Stage({ pid, pipes, child, talk, root })
    } catch (cause) {
      child.kill('SIGKILL')
      await talk.ended
      throw cause
    }
  }

  /** Where the stage's mounts are seen from here: they can't be mistaken for another process's later. */
  path(name: string): string {
    return `/proc/self/fd/${this.#root.fd}/${name}`
  }

  /** Opens a file that the stage has made, and only that. */
  async openFile(name: string): Promise<FileHandle> {
    return await open(this.path(name), constants.O_WRONLY | constants.O_NOFOLLOW)
  }

  /** Starts the command; resolves when it has ended and can't change anything any more. @returns its exit status, 128 + n after signal n */
  async run(): Promise<number> {
    this.#talk.say('go')
    return Number(await this.#talk.next('exit'))
  }

  /** Ends everything that runs there. */
  kill(): void {
    if (this.#child.exitCode !== null || this.#child.signalCode !== null) return
    try {
      process.kill(this.pid, 'SIGKILL') // PID 1 of its namespace: the kernel ends the others first
    } catch {
      this.#child.kill('SIGKILL')
    }
  }

  /** Ends everything that runs there, waits until it has, and lets go of the mounts. */
  async close(): Promise<void> {
    this.kill()
    await this.#talk.ended
    await this.#root.close()
  }
}

interface Pipes {
  readonly stdin: Writable
  readonly stdout: Readable
  readonly stderr: Readable
  readonly control: Writable
  readonly answers: Readable
}

function pipesOf(child: ChildProcess): Pipes {
  const { stdin, stdout, stderr } = child
  const control = child.stdio[3]
  const answers = child.stdio[4]
  const isWhole = stdin !== null && stdout !== null && stderr !== null
  if (!isWhole || !control || !('write' in control) || !answers || !('read' in answers)) {
    throw new AppError('INTERNAL', 'a process was started without its pipes')
  }
  for (const pipe of [stdin, control]) pipe.on('error', () => {}) // the other end is gone: `ended` tells
  return { stdin, stdout, stderr, control, answers }
}

/** The lines that go to and fro. */
class Talk {
  /** Resolves when the process is gone, however it went. */
  readonly ended: Promise<void>
  readonly #lines: AsyncIterator<string>
  readonly #control: Writable
  readonly #stopListening: () => void
  #lastWords = ''

  constructor(child: ChildProcess, pipes: Pipes) {
    const reader: Interface = createInterface({ input: pipes.answers })
    this.#lines = reader[Symbol.asyncIterator]()
    this.#control = pipes.control
    const listen = (chunk: Buffer) => {
      this.#lastWords = (this.#lastWords + chunk.toString('latin1')).slice(-LAST_WORDS_CHARS)
    }
    pipes.stderr.on('data', listen)
    this.#stopListening = () => pipes.stderr.off('data', listen)
    this.ended = new Promise((resolve) => {
      child.once('error', (error) => {
        this.#lastWords = error.message
        reader.close()
        resolve()
      })
      child.once('close', () => resolve())
    })
  }

  say(word: string): void {
    this.#stopListening() // from now on it is the command that speaks
    this.#control.write(`${word}\n`)
  }

  /** The word after `kind` in the next line. */
  async next(kind: string): Promise<string> {
    const { value, done } = await this.#lines.next()
    const [said = '', word = ''] = done ? [] : value.split(' ')
    if (said === kind) return word
    // What our own tools said: once the command speaks, nothing more is kept.
    const says = this.#lastWords.trim().split('\n', 1)[0]?.slice(0, SHOWN_CHARS) ?? ''
    const why = says === '' ? '' : `: ${says}`
    throw new AppError('SANDBOX_UNAVAILABLE', `the sandbox can’t be set up${why}`, { cause: { step: word } })
  }
}
