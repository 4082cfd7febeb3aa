import { readdirSync, readFileSync } from 'node:fs'
import { basename } from 'node:path'
import { AppError } from '../../base/errors.ts'

const MIB = 1024 * 1024
/** What must stay free for everything else on the machine. */
const MARGIN_BYTES = 128 * MIB

/** Files under these roots tell; tests show others. */
export interface Machine {
  readonly proc: string
  readonly sys: string
}
export const THIS_MACHINE: Machine = { proc: '/proc', sys: '/sys' }

/**
 * Bytes that can still be put into memory: what is available on the machine, or less where a control group that this process is in
 * says so. Infinity where nothing tells.
 */
export function availableMemory(machine: Machine = THIS_MACHINE): number {
  const kib = /^MemAvailable:\s+(\d+) kB$/m.exec(textOf(`${machine.proc}/meminfo`))?.[1]
  const ofMachine = kib === undefined ? Number.POSITIVE_INFINITY : Number(kib) * 1024
  return Math.min(ofMachine, ...groupRooms(machine))
}

function groupRooms({ proc, sys }: Machine): number[] {
  return textOf(`${proc}/self/cgroup`)
    .split('\n')
    .flatMap((line) => {
      const [, kinds, path = ''] = /^\d+:([^:]*):(.*)$/.exec(line) ?? []
      if (kinds === '') return [roomOf(`${sys}/fs/cgroup${path}`, 'memory.max', 'memory.current')]
      if (kinds !== 'memory') return []
      return [roomOf(`${sys}/fs/cgroup/memory${path}`, 'memory.limit_in_bytes', 'memory.usage_in_bytes')]
    })
}

/** `max`, and what can't be read, are no limit. */
function roomOf(folder: string, limitFile: string, usedFile: string): number {
  const limit = Number.parseInt(textOf(`${folder}/${limitFile}`), 10)
  const used = Number.parseInt(textOf(`${folder}/${usedFile}`), 10)
  return Number.isNaN(limit) || Number.isNaN(used) ? Number.POSITIVE_INFINITY : Math.max(0, limit - used)
}

/** @throws {AppError} SANDBOX_UNAVAILABLE when so much doesn't fit into memory */
export function requireRoom(weightsBytes: number, machine: Machine = THIS_MACHINE): void {
  const available = availableMemory(machine)
  if (weightsBytes + MARGIN_BYTES <= available) return
  throw new AppError(
    'SANDBOX_UNAVAILABLE',
    `the weights take ${mib(weightsBytes)} of memory and ${mib(MARGIN_BYTES)} must stay free, but ${mib(available)} are available: name fewer files, or use a larger machine`,
  )
}

function mib(bytes: number): string {
  return `${Math.ceil(bytes / MIB).toLocaleString('en')} MiB`
}

/**
 * Swap space that would hold in the clear what programs have in memory.
 *
 * @returns the devices and files that are neither encrypted (dm-crypt) nor memory themselves (zram)
 */
export function plainSwaps({ proc, sys }: Machine = THIS_MACHINE): string[] {
  return textOf(`${proc}/swaps`)
    .split('\n')
    .slice(1)
    .flatMap((line) => line.split(/\s+/, 1).filter((path) => path !== ''))
    .filter((path) => !basename(path).startsWith('zram') && !isEncrypted(basename(path), sys))
}

function isEncrypted(device: string, sys: string): boolean {
  return textOf(`${sys}/class/block/${mapped(device, sys)}/dm/uuid`).startsWith('CRYPT-')
}

/** `/dev/mapper/NAME` is a link to `/dev/dm-N`; the kernel knows its name. */
function mapped(device: string, sys: string): string {
  try {
    const named = readdirSync(`${sys}/class/block`).filter((entry) => entry.startsWith('dm-'))
    return named.find((entry) => textOf(`${sys}/class/block/${entry}/dm/name`).trim() === device) ?? device
  } catch {
    return device
  }
}

function textOf(path: string): string {
  try {
    return readFileSync(path, 'utf8')
  } catch {
    return ''
  }
}
