import { answer, assemble, type Instruction, ifAnyBit, ifEqual, ifGreater, load } from './bpf.ts'
import { DENIED_CALLS, LAST_KNOWN_CALL, LIMITED_CALLS } from './calls.ts'

/** What the kernel does with a call. @see linux/seccomp.h */
const ALLOW = 0x7fff_0000
const KILL_PROCESS = 0x8000_0000
const ERRNO = 0x0005_0000
const EPERM = ERRNO | 1
const ENOSYS = ERRNO | 38

/** Offsets in `struct seccomp_data`. */
const NUMBER = 0
const ARCHITECTURE = 4
const argument = (index: number) => 16 + 8 * index

/** AUDIT_ARCH_X86_64 and AUDIT_ARCH_AARCH64 of linux/audit.h. */
const MACHINES = { x64: { column: 0, audit: 0xc000_003e }, arm64: { column: 1, audit: 0xc000_00b7 } } as const
export type Machine = keyof typeof MACHINES

/** CLONE_NEWNS, NEWCGROUP, NEWUTS, NEWIPC, NEWUSER, NEWPID, NEWNET */
const NEW_NAMESPACES = 0x7e02_0000
/** AF_UNIX, AF_INET, AF_INET6: within the sandbox there is a loopback and nothing else. Not AF_VSOCK, which reaches the host of a virtual machine. */
const SOCKETS = [1, 2, 10]
/** TIOCSTI and TIOCLINUX put words into a terminal's mouth. */
const TERMINAL_INPUT = [0x5412, 0x541c]
const RLIMIT_CORE = 4
/** PER_LINUX, and the question which one it is. */
const PERSONALITIES = [0, 0xffff_ffff]

export function isMachine(arch: string): arch is Machine {
  return Object.hasOwn(MACHINES, arch)
}

/**
 * The filter of system calls that everything in the sandbox runs under: calls of another architecture end the process, calls nobody
 * has heard of don't exist, those that sandboxes are left by are refused.
 *
 * @returns a program for `bwrap --seccomp`
 */
export function callFilter(machine: Machine): Buffer {
  const { column, audit } = MACHINES[machine]
  const program = [
    load(ARCHITECTURE),
    ifEqual(audit, 1, 0),
    answer(KILL_PROCESS),
    load(NUMBER),
    ifGreater(LAST_KNOWN_CALL, 0, 1),
    answer(ENOSYS),
  ]
  for (const numbers of Object.values(DENIED_CALLS)) program.push(...onCall(numbers[column], [answer(EPERM)]))
  for (const [numbers, block] of limits()) program.push(...onCall(numbers[column], block))
  program.push(answer(ALLOW))
  return assemble(program)
}

/** A block that runs for one call alone, and ends every way it can go; nothing where the machine has no such call. */
function onCall(number: number | null, block: readonly Instruction[]): Instruction[] {
  return number === null ? [] : [ifEqual(number, 0, block.length), ...block]
}

function limits() {
  const { clone, clone3, socket, socketpair, ioctl, setrlimit, prlimit64, personality } = LIMITED_CALLS
  const someSockets = [
    load(argument(0)),
    ...SOCKETS.flatMap((family) => [ifEqual(family, 0, 1), answer(ALLOW)]),
    answer(EPERM),
  ]
  return [
    [clone, [load(argument(0)), ifAnyBit(NEW_NAMESPACES, 0, 1), answer(EPERM), answer(ALLOW)]],
    // Its flags lie in memory, where a filter can't look; the C library then calls clone.
    [clone3, [answer(ENOSYS)]],
    [socket, someSockets],
    [socketpair, someSockets],
    [
      ioctl,
      [load(argument(1)), ...TERMINAL_INPUT.flatMap((call) => [ifEqual(call, 0, 1), answer(EPERM)]), answer(ALLOW)],
    ],
    // The limit of 1 byte keeps core dumps from being piped out of the sandbox; 0 would not.
    [setrlimit, [load(argument(0)), ifEqual(RLIMIT_CORE, 0, 1), answer(EPERM), answer(ALLOW)]],
    [prlimit64, limitOnlyRead()],
    [
      personality,
      [load(argument(0)), ...PERSONALITIES.flatMap((kind) => [ifEqual(kind, 0, 1), answer(ALLOW)]), answer(EPERM)],
    ],
  ] as const
}

/** prlimit64 of core dumps may ask (no new limit: a null pointer) and not set. */
function limitOnlyRead(): Instruction[] {
  return [
    load(argument(1)),
    ifEqual(RLIMIT_CORE, 1, 0),
    answer(ALLOW),
    load(argument(2)),
    ifEqual(0, 0, 3),
    load(argument(2) + 4),
    ifEqual(0, 0, 1),
    answer(ALLOW),
    answer(EPERM),
  ]
}
