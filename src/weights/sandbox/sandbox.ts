import type { Readable, Writable } from 'node:stream'
import { AppError } from '../../base/errors.ts'
import type { Ids } from '../../base/ids.ts'
import { type ControlGroup, createControlGroup } from './control-group.ts'
import { checkPaths, fill, type WeightFile } from './fill.ts'
import { availableMemory, plainSwaps, requireRoom } from './memory-room.ts'
import { type Destination, DestinationProxy, type DestinationUse } from './network/destination-proxy.ts'
import { listenInside } from './network/namespace-listener.ts'
import {
  type LeftBehind,
  letOut,
  listOut,
  type OutFile,
  type OutList,
  requireFreshFolder,
  writeAll,
} from './out/out-files.ts'
import { PrintMeter } from './out/print-meter.ts'
import { explain, freshUser, requireReadable } from './preflight.ts'
import { callFilter, isMachine, type Machine } from './seccomp/filter.ts'
import { OUT_PATH, sandboxArguments, WEIGHTS_PATH } from './stage/arguments.ts'
import { Stage } from './stage/stage.ts'

/** What is run, on what, and within which bounds. */
export interface SandboxRun {
  /** A program, found as the sandbox sees it, and its arguments. */
  readonly command: readonly string[]
  /** Lie in `/weights` under their paths. */
  readonly files: readonly WeightFile[]
  /** Files and folders of this machine that can be read inside, at the same place; whoever calls has checked that they may be. */
  readonly readable: readonly string[]
  /** All that the command gets besides PATH, HOME, LANG, WEIGHTS and OUT. */
  readonly env: Readonly<Record<string, string>>
  /** A folder that is new or empty, for what the command leaves in `/out`; null to list it only. */
  readonly outDir: string | null
  readonly outLimitBytes: number
  /** Of standard output and standard error together. */
  readonly printLimitBytes: number
  /** Of what the command has in memory besides the weights; four fifths of what is free when null. */
  readonly memoryLimitBytes: number | null
  readonly processLimit: number
  /** The only place that can be reached; null for no network. */
  readonly destination: Destination | null
  /** Go on where the machine swaps to plain disks, and nothing keeps the command from being swapped out. */
  readonly allowSwap: boolean
  readonly stdin: Readable | null
  readonly stdout: Writable
  readonly stderr: Writable
  /** Ends the run, with its reason: nothing is let out. */
  readonly signal: AbortSignal
  readonly ids: Ids
  /** Bytes of the weights that are in place. */
  readonly onProgress?: (done: number, of: number) => void
}

/** How a run went. */
export interface SandboxOutcome {
  /** Of the command; 128 + n when signal n ended it. */
  readonly status: number
  readonly out: readonly OutFile[]
  readonly left: readonly LeftBehind[]
  readonly printedBytes: number
  readonly destination: DestinationUse | null
  /** What bounds memory and processes: all of them together, or memory in each process by itself. */
  readonly bounds: 'control group' | 'each process'
}

const PROXY_PORT = 3_128
/** What a full `/out` takes over its limit, so that it can be told from one that just fits. */
const OUT_SLACK_BYTES = 1024 * 1024
const MEMORY_SHARE = 0.8
const SCRATCH_SHARE = 0.25
const UNKNOWN_MEMORY_BYTES = 8 * 1024 ** 3

/**
 * Runs a command that sees weights, in namespaces where they lie in memory alone: no network but to one named place, nothing of the
 * machine but its programs, no way to write but `/out`. When it ends, or this process does, in whichever way, all of it is gone.
 *
 * @throws {AppError} SANDBOX_UNAVAILABLE when this machine can't do that, SANDBOX_LIMIT when the command went over a limit (nothing is
 * let out then), REQUEST_INVALID for paths that can't be used, and what reading the weights throws
 */
export async function runInSandbox(run: SandboxRun): Promise<SandboxOutcome> {
  if (!isMachine(process.arch)) throw new AppError('SANDBOX_UNAVAILABLE', 'sandboxes are made on x64 and arm64 alone')
  const paths = checkPaths(run.files)
  const uid = freshUser(run.ids)
  requireReadable(run.readable, uid)
  if (run.outDir !== null) await requireFreshFolder(run.outDir)
  const memoryBytes = planMemory(run)
  await using group = createControlGroup(run.ids.next('safelevel'), { memoryBytes, processes: run.processLimit })
  requireNoPlainSwap(run, group)
  const stage = await Stage.open({
    command: run.command,
    outBytes: run.outLimitBytes + OUT_SLACK_BYTES,
    processes: run.processLimit,
    memoryBytesEach: group === null ? memoryBytes : null,
    uid,
    files: paths,
  }).catch((cause: unknown) => {
    throw explain(cause, uid)
  })
  const stop = new AbortController()
  const kill = () => stage.kill()
  const signal = AbortSignal.any([run.signal, stop.signal])
  signal.addEventListener('abort', kill)
  try {
    group?.take(stage.pid)
    await settle(stage, run, memoryBytes, process.arch)
    await fill(stage, run.files, signal, run.onProgress ?? (() => {}))
    const went = await follow(stage, run, uid === null, (reason) => stop.abort(reason))
    return { ...went, bounds: group === null ? 'each process' : 'control group' }
  } catch (error) {
    throw signal.aborted ? signal.reason : error
  } finally {
    signal.removeEventListener('abort', kill)
    await stage.close()
  }
}

/** @returns bytes for the command, besides the weights. @throws {AppError} SANDBOX_UNAVAILABLE when the weights alone are too much */
function planMemory(run: SandboxRun): number {
  const weightsBytes = run.files.reduce((sum, { sizeBytes }) => sum + sizeBytes, 0)
  requireRoom(weightsBytes)
  const free = availableMemory() - weightsBytes
  return run.memoryLimitBytes ?? Math.floor(Number.isFinite(free) ? free * MEMORY_SHARE : UNKNOWN_MEMORY_BYTES)
}

/** The weights themselves are never swapped; what a program copies from them may be. */
function requireNoPlainSwap(run: SandboxRun, group: ControlGroup | null): void {
  if (run.allowSwap || group?.isUnswapped) return
  const swaps = plainSwaps()
  if (swaps.length === 0) return
  throw new AppError(
    'SANDBOX_UNAVAILABLE',
    `this machine swaps memory to ${swaps.join(', ')}, which isn’t encrypted: switch it off (swapoff), encrypt it, or allow it by --allow-swap`,
  )
}

/** What the command will find around it. */
async function settle(stage: Stage, run: SandboxRun, memoryBytes: number, machine: Machine): Promise<void> {
  const proxy = `http://127.0.0.1:${PROXY_PORT}`
  const args = sandboxArguments({
    readable: run.readable,
    env: {
      PATH: '/usr/local/bin:/usr/bin:/bin:/usr/local/sbin:/usr/sbin:/sbin',
      HOME: '/tmp',
      LANG: 'C.UTF-8',
      ...(run.destination === null ? {} : { HTTPS_PROXY: proxy, https_proxy: proxy }),
      ...run.env,
      WEIGHTS: WEIGHTS_PATH,
      OUT: OUT_PATH,
    },
    scratchBytes: Math.max(1024 * 1024, Math.floor(memoryBytes * SCRATCH_SHARE)),
    workingDir: '/tmp',
  })
  await write(stage, 'run/arguments', Buffer.from(args.map((text) => `${text}\0`).join('')))
  await write(stage, 'run/filter', callFilter(machine))
}

async function write(stage: Stage, name: string, bytes: Buffer): Promise<void> {
  await using file = await stage.openFile(name)
  await writeAll(file, bytes)
}

/** From its start to what it leaves. */
async function follow(stage: Stage, run: SandboxRun, isOwnUser: boolean, stop: (reason: AppError) => void) {
  const meter = new PrintMeter(run.printLimitBytes, () => stop(tooMuch('printed')))
  const proxy = run.destination && new DestinationProxy(run.destination, () => stop(tooMuch('sent or received')))
  try {
    proxy?.listen(await listenInside(stage.pid, PROXY_PORT, isOwnUser))
    if (run.stdin === null) stage.stdin.end()
    else run.stdin.pipe(stage.stdin)
    const printed = Promise.all([meter.pass(stage.stdout, run.stdout), meter.pass(stage.stderr, run.stderr)])
    const status = await stage.run()
    const list: OutList = await listOut(stage.path('out'))
    const out = await letOut(stage.path('out'), list, run.outLimitBytes, run.outDir)
    await stage.close()
    await printed
    return { status, out, left: list.left, printedBytes: meter.bytes, destination: proxy?.use ?? null }
  } finally {
    run.stdin?.unpipe(stage.stdin)
    await proxy?.close()
  }
}

function tooMuch(what: string): AppError {
  return new AppError('SANDBOX_LIMIT', `the command ${what} more than its limit: it was ended, and nothing was let out`)
}
