import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { programPath, startS3 } from '../chaos/servers.ts'
import { isRequired } from './required.ts'

/**
 * Whether tests can use S3-compatible storage: Versity's gateway on the path, or where SAFELEVEL_TEST_VERSITYGW says
 * (`go install github.com/versity/versitygw/cmd/versitygw@v1.8.0`). They are skipped with a line that says so, and fail where
 * SAFELEVEL_TEST_REQUIRE names `s3`.
 */
export function s3Available(suite: string): boolean {
  if ((process.env.SAFELEVEL_TEST_VERSITYGW ?? programPath('versitygw')) !== null) return true
  if (isRequired('s3')) throw new Error(`${suite}: SAFELEVEL_TEST_REQUIRE names s3, but versitygw is not installed`)
  process.stderr.write(`SKIPPED on S3: ${suite} (install versitygw to run it)\n`)
  return false
}

/** Storage over a folder that goes when it is disposed. */
export async function startStorage() {
  const folder = mkdtempSync(join(tmpdir(), 'safelevel-s3-'))
  const storage = await startS3(folder)
  if (storage === null) throw new Error('versitygw is not installed')
  Object.assign(process.env, storage.env)
  return {
    ...storage,
    async [Symbol.asyncDispose]() {
      await storage.process[Symbol.asyncDispose]()
      rmSync(folder, { recursive: true, force: true })
    },
  }
}
