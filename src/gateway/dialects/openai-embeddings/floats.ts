import { readBase64 } from '../../../base/base64.ts'

const FLOAT_BYTES = 4
const LARGEST = 4_096
const SMALLEST = 1e-12

/**
 * Whether `text` is base64 of little-endian 32-bit floats as embeddings have them: zero, or between 1e-12 and 4096 in size. Four letters
 * make a float as well, but one beyond these bounds for all but one in some letters, so that no sentence is taken for numbers.
 */
export function isFloats(text: string): boolean {
  if (text.length < 2 * FLOAT_BYTES || !/^[A-Za-z0-9+/]*={0,2}$/.test(text)) return false
  // What a decoder skips would be there to be read all the same.
  const bytes = readBase64(text)
  if (bytes === null || bytes.length === 0 || bytes.length % FLOAT_BYTES !== 0) return false
  for (let at = 0; at < bytes.length; at += FLOAT_BYTES) {
    const size = Math.abs(bytes.readFloatLE(at))
    if (!(size === 0 || (size >= SMALLEST && size <= LARGEST))) return false
  }
  return true
}
