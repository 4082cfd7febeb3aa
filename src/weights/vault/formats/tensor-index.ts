import { isGguf, readGgufIndex } from './gguf.ts'
import { readSafetensorsIndex } from './safetensors.ts'
import type { ReadRange, TensorIndex } from './tensor.ts'

/**
 * The tensors of a file of weights, or null when it is of no kind whose tensors can be told apart. GGUF is known by its first bytes whatever
 * it is called, safetensors, which has no mark, by its name.
 *
 * @param path within the model
 * @param sizeBytes of the whole file
 * @throws {AppError} REQUEST_INVALID when the file claims to be of such a kind and is malformed: a file that readers take in different ways
 *   has no place in a vault.
 */
export async function readTensorIndex(path: string, read: ReadRange, sizeBytes: number): Promise<TensorIndex | null> {
  const name = path.toLowerCase()
  if (name.endsWith('.safetensors')) return readSafetensorsIndex(read, sizeBytes)
  if (name.endsWith('.gguf') || isGguf(await read(0, Math.min(4, sizeBytes)))) return readGgufIndex(read, sizeBytes)
  return null
}
