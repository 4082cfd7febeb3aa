import { existsSync } from 'node:fs'
import { isRequired } from './required.ts'

export interface RealModel {
  /** A GGUF file. */
  readonly path: string
  /** Folder in which node-llama-cpp is installed. */
  readonly libraryDir: string
}

/**
 * A real small model (SAFELEVEL_TEST_GGUF: a GGUF file) and the library that runs it (SAFELEVEL_TEST_LLAMA: a folder with node-llama-cpp).
 * Null = they aren't here, and says so; tests that need them are skipped then, unless SAFELEVEL_TEST_REQUIRE names `gguf`.
 */
export function findGguf(what: string): RealModel | null {
  const { SAFELEVEL_TEST_GGUF: path = '', SAFELEVEL_TEST_LLAMA: libraryDir = '' } = process.env
  if (existsSync(path) && existsSync(libraryDir)) return { path, libraryDir }
  const how = 'set SAFELEVEL_TEST_GGUF to a GGUF file and SAFELEVEL_TEST_LLAMA to a folder with node-llama-cpp'
  if (isRequired('gguf')) throw new Error(how)
  process.stderr.write(`SKIPPED, so not shown: ${what}. ${how}\n`)
  return null
}
