import { AppError } from '../../../base/errors.ts'

/**
 * Gives exactly the bytes asked for, from a file or out of sealed segments, in memory that it doesn't use again.
 *
 * @param start bytes from the file's beginning
 */
export type ReadRange = (start: number, length: number) => Promise<Uint8Array>

/** Where one tensor lies in its file, so that it can be opened without the rest. */
export interface Tensor {
  readonly name: string
  /** As its format spells it: `BF16` in safetensors, `Q4_K` in GGUF. */
  readonly dtype: string
  /** Elements per dimension, the one that varies slowest first (C order); empty for a scalar. */
  readonly shape: readonly number[]
  /** Bytes from the file's beginning. */
  readonly start: number
  /** Bytes. */
  readonly length: number
}

/** By position in the file. No two overlap, each lies within the file, and no name stands twice. */
export type TensorIndex = readonly Tensor[]

/** What the reference of safetensors reads at most; kept to for GGUF too, whose largest vocabularies take about 30 MB. */
export const MAX_HEADER_BYTES = 100_000_000
/** A mixture of 384 experts in 61 layers has 140 thousand, and is never one file. */
export const MAX_TENSORS = 262_144
/** Of a tensor or of a piece of metadata. */
export const MAX_NAME_BYTES = 1024
export const MAX_METADATA_KEYS = 16_384

/** Controls, and what hides or turns text around: a name is shown to whoever approves its opening. */
const DECEIVING = /[\p{Cc}\p{Cf}\p{Zl}\p{Zp}\p{Cs}]/u

export function deceives(text: string): boolean {
  return DECEIVING.test(text)
}

/** @throws {AppError} REQUEST_INVALID when it is empty or deceives */
export function checkTensorName(format: string, name: string, position: number): string {
  if (name === '') throw malformed(format, `tensor ${position} has no name`)
  if (deceives(name)) throw malformed(format, `the name of tensor ${position} has control or direction characters`)
  return name
}

/** Words of our own only: a header is content. */
export function malformed(format: string, what: string): AppError {
  return new AppError('REQUEST_INVALID', `the ${format} file is malformed: ${what}`)
}
