import { readFileSync } from 'node:fs'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { answer, assemble, ifEqual, load } from './bpf.ts'
import { DENIED_CALLS, LAST_KNOWN_CALL, LIMITED_CALLS } from './calls.ts'
import { callFilter } from './filter.ts'

const ALLOW = 0x7fff0000
const KILL = 0x80000000
const EPERM = 0x50001
const ENOSYS = 0x50026
const X64 = 0xc000003e
const ARM64 = 0xc00000b7

/** Runs a filter as the kernel does, on `struct seccomp_data`. */
function judge(filter: Buffer, audit: number, call: number, args: readonly bigint[] = []): number {
  const data = Buffer.alloc(64)
  data.writeUInt32LE(call >>> 0, 0)
  data.writeUInt32LE(audit, 4)
  args.forEach((value, index) => {
    data.writeBigUInt64LE(BigInt.asUintN(64, value), 16 + 8 * index)
  })
  let word = 0
  for (let at = 0; at < filter.length; at += 8) {
    const k = filter.readUInt32LE(at + 4)
    const code = filter.readUInt16LE(at)
    if (code === 0x20) word = data.readUInt32LE(k)
    else if (code === 0x06) return k
    else {
      const holds = code === 0x15 ? word === k : code === 0x25 ? word > k : (word & k) !== 0
      at += 8 * filter.readUInt8(at + (holds ? 2 : 3))
    }
  }
  throw new Error('the filter has no answer')
}

const x64 = callFilter('x64')
const arm64 = callFilter('arm64')
const limited = new Set<number>(Object.values(LIMITED_CALLS).map(([number]) => number))
const denied = new Set<number>(Object.values(DENIED_CALLS).map(([number]) => number))

describe('callFilter', () => {
  it.each(Object.entries(DENIED_CALLS))('denies %s on both machines', (_, [onX64, onArm64]) => {
    expect(judge(x64, X64, onX64)).toBe(EPERM)
    if (onArm64 !== null) expect(judge(arm64, ARM64, onArm64)).toBe(EPERM)
  })

  it('allows what is not named, ends calls of another machine, and knows no later ones', () => {
    fc.assert(
      fc.property(fc.nat(600), fc.constantFrom(X64, ARM64, 0x40000003), (call, audit) => {
        fc.pre(!limited.has(call))
        const expected = audit !== X64 ? KILL : call > LAST_KNOWN_CALL ? ENOSYS : denied.has(call) ? EPERM : ALLOW
        expect(judge(x64, audit, call)).toBe(expected)
      }),
    )
  })

  it('knows no calls of x32', () => {
    expect(judge(x64, X64, 0x40000000 | 101)).toBe(ENOSYS)
  })

  it.each([
    ['a new thread', 56, [0x3d0f00n], ALLOW],
    ['a fork', 56, [0x1200011n], ALLOW],
    ['a new user namespace', 56, [0x10000011n], EPERM],
    ['a new mount namespace', 56, [0x20000n], EPERM],
    ['clone3, which the C library falls back from', 435, [], ENOSYS],
    ['a Unix socket', 41, [1n], ALLOW],
    ['an internet socket', 41, [2n], ALLOW],
    ['a netlink socket', 41, [16n], EPERM],
    ['a packet socket', 41, [17n], EPERM],
    ['a socket of the crypto interface', 41, [38n], EPERM],
    ['a socket to the host of a virtual machine', 41, [40n], EPERM],
    ['a family with bits above 32', 41, [0x1_0000_0010n], EPERM],
    ['TIOCSTI', 16, [0n, 0x5412n], EPERM],
    ['TIOCSTI with bits above 32, which the kernel drops', 16, [0n, 0x1_0000_5412n], EPERM],
    ['TIOCGWINSZ', 16, [0n, 0x5413n], ALLOW],
    ['setting the limit of open files', 160, [7n], ALLOW],
    ['setting the limit of core dumps', 160, [4n], EPERM],
    ['asking for the limit of core dumps', 302, [0n, 4n, 0n], ALLOW],
    ['setting it by prlimit', 302, [0n, 4n, 0x7ffe_0000_1000n], EPERM],
    ['setting it from an address whose low half is zero', 302, [0n, 4n, 0x1_0000_0000n], EPERM],
    ['asking for the personality', 135, [0xffffffffn], ALLOW],
    ['a personality without random addresses', 135, [0x0040000n], EPERM],
  ])('%s', (_, call, args, expected) => {
    expect(judge(x64, X64, call, args)).toBe(expected)
  })

  it('numbers calls as the headers of this machine do', { skip: !hasHeaders() }, () => {
    const table = new Map<string, number>()
    for (const [, name = '', number] of headers().matchAll(/^#define __NR_(\w+) (\d+)$/gm))
      table.set(name, Number(number))
    for (const [name, [number]] of Object.entries({ ...DENIED_CALLS, ...LIMITED_CALLS }))
      expect([name, table.get(name)]).toEqual([name, number])
  })
})

describe('assemble', () => {
  it('refuses programs that the kernel would', () => {
    expect(() => assemble([])).toThrow(RangeError)
    expect(() => assemble([load(0)])).toThrow(RangeError)
    expect(() => assemble([ifEqual(1, 0, 1), answer(0)])).toThrow(RangeError)
    expect(assemble([ifEqual(1, 0, 1), answer(0), answer(1)])).toHaveLength(24)
  })
})

function headers(): string {
  return readFileSync('/usr/include/x86_64-linux-gnu/asm/unistd_64.h', 'utf8')
}

function hasHeaders(): boolean {
  try {
    return headers().length > 0
  } catch {
    return false
  }
}
