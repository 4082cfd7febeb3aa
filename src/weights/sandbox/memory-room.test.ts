import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { availableMemory, type Machine, plainSwaps, requireRoom } from './memory-room.ts'

let root: string
let machine: Machine
beforeEach(() => {
  root = mkdtempSync(join(tmpdir(), 'safelevel-memory-'))
  machine = { proc: join(root, 'proc'), sys: join(root, 'sys') }
})
afterEach(() => rmSync(root, { recursive: true, force: true }))

function write(path: string, text: string): void {
  mkdirSync(dirname(join(root, path)), { recursive: true })
  writeFileSync(join(root, path), text)
}

describe('availableMemory', () => {
  it('is what the machine has left, and no limit where nothing tells', () => {
    expect(availableMemory(machine)).toBe(Number.POSITIVE_INFINITY)
    write('proc/meminfo', 'MemTotal:  100 kB\nMemAvailable:     2048 kB\n')
    expect(availableMemory(machine)).toBe(2_097_152)
  })

  it.each([
    ['0::/a/b\n', 'sys/fs/cgroup/a/b', 'memory.max', 'memory.current'],
    ['9:cpu:/\n4:memory:/a/b\n0::/\n', 'sys/fs/cgroup/memory/a/b', 'memory.limit_in_bytes', 'memory.usage_in_bytes'],
  ])('is less in a control group: %j', (line, folder, limit, used) => {
    write('proc/meminfo', 'MemAvailable:     2048 kB\n')
    write('proc/self/cgroup', line)
    write(`${folder}/${limit}`, '1000000\n')
    write(`${folder}/${used}`, '400000\n')
    expect(availableMemory(machine)).toBe(600_000)
    write(`${folder}/${limit}`, 'max\n')
    expect(availableMemory(machine)).toBe(2_097_152)
  })
})

describe('requireRoom', () => {
  it('leaves something to the rest of the machine', () => {
    write('proc/meminfo', `MemAvailable:     ${1024 * 1024} kB\n`)
    expect(() => requireRoom(800 * 1024 * 1024, machine)).not.toThrow()
    expect(() => requireRoom(1000 * 1024 * 1024, machine)).toThrow(
      /the weights take 1,000 MiB of memory and 128 MiB must stay free, but 1,024 MiB/,
    )
  })
})

describe('plainSwaps', () => {
  const swaps = (...paths: string[]) =>
    write('proc/swaps', ['Filename\tType\tSize', ...paths.map((path) => `${path}   partition\t1\t0\t-2`)].join('\n'))

  it('finds none where nothing is swapped', () => {
    expect(plainSwaps(machine)).toEqual([])
    swaps()
    expect(plainSwaps(machine)).toEqual([])
  })

  it('names what would hold memory in the clear, and not what is encrypted or memory itself', () => {
    swaps('/dev/zram0', '/dev/sda2', '/swapfile', '/dev/dm-1', '/dev/mapper/swap', '/dev/dm-3')
    write('sys/class/block/dm-1/dm/uuid', 'CRYPT-PLAIN-swap\n')
    write('sys/class/block/dm-2/dm/name', 'swap\n')
    write('sys/class/block/dm-2/dm/uuid', 'CRYPT-LUKS2-abc\n')
    write('sys/class/block/dm-3/dm/uuid', 'LVM-abc\n')
    expect(plainSwaps(machine)).toEqual(['/dev/sda2', '/swapfile', '/dev/dm-3'])
  })
})
