/** One instruction of classic BPF as the kernel takes it for filters of system calls. @see linux/filter.h, `struct sock_filter` */
export interface Instruction {
  readonly code: number
  /** How many instructions to skip when the test holds, and when it doesn't: 0 to 255. */
  readonly onTrue: number
  readonly onFalse: number
  readonly k: number
}

const INSTRUCTION_BYTES = 8
/** BPF_MAXINSNS */
const MAX_INSTRUCTIONS = 4_096
/** BPF_CLASS, and BPF_RET of it. */
const CLASS = 0x07
const RETURN = 0x06

/** A 32-bit word of `struct seccomp_data` at this offset becomes what is tested. BPF_LD | BPF_W | BPF_ABS */
export function load(offset: number): Instruction {
  return { code: 0x20, onTrue: 0, onFalse: 0, k: offset }
}

/** BPF_JMP | BPF_JEQ | BPF_K */
export function ifEqual(k: number, onTrue: number, onFalse: number): Instruction {
  return { code: 0x15, onTrue, onFalse, k }
}

/** BPF_JMP | BPF_JGT | BPF_K */
export function ifGreater(k: number, onTrue: number, onFalse: number): Instruction {
  return { code: 0x25, onTrue, onFalse, k }
}

/** BPF_JMP | BPF_JSET | BPF_K */
export function ifAnyBit(k: number, onTrue: number, onFalse: number): Instruction {
  return { code: 0x45, onTrue, onFalse, k }
}

/** BPF_RET | BPF_K */
export function answer(k: number): Instruction {
  return { code: 0x06, onTrue: 0, onFalse: 0, k }
}

/** The program as an array of `struct sock_filter`, little-endian. @throws {RangeError} for one that the kernel would not load */
export function assemble(program: readonly Instruction[]): Buffer {
  if (program.length === 0 || program.length > MAX_INSTRUCTIONS) throw new RangeError('too many instructions, or none')
  const bytes = Buffer.alloc(program.length * INSTRUCTION_BYTES)
  program.forEach(({ code, onTrue, onFalse, k }, index) => {
    const left = program.length - index - 2
    const jump = Math.max(onTrue, onFalse)
    if ((jump > 0 && jump > left) || (left < 0 && (code & CLASS) !== RETURN))
      throw new RangeError(`instruction ${index} leads past the end`)
    const at = index * INSTRUCTION_BYTES
    bytes.writeUInt16LE(code, at)
    bytes.writeUInt8(onTrue, at + 2)
    bytes.writeUInt8(onFalse, at + 3)
    bytes.writeUInt32LE(k >>> 0, at + 4)
  })
  return bytes
}
