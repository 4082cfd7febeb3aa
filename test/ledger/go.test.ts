import { spawnSync } from 'node:child_process'
import { readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { describe, expect, it } from 'vitest'
import { canonicalJson, type Disclosure } from '../../src/ledger/index.ts'
import { isRequired } from '../support/required.ts'
import { openLedger, record, temporaryFolder } from './support.ts'

const goDir = fileURLToPath(new URL('go', import.meta.url))
const required = isRequired('go')
// Needs Go, and on the first run the module proxy.
const { status, error, stderr } = spawnSync('go', ['mod', 'download'], {
  cwd: goDir,
  encoding: 'utf8',
  timeout: 60_000,
})
const ready = status === 0
if (!ready && !required)
  process.stderr.write(`SKIPPED: the independent verification of the ledger needs Go: ${error?.message ?? stderr}\n`)

describe.skipIf(!ready && !required)('the verifier of the Go checksum database', () => {
  it('accepts our checkpoint, tiles, entries and proofs, and refuses changed ones', { timeout: 300_000 }, async () => {
    const dir = await temporaryFolder()
    const binary = join(dir, 'verify')
    const build = spawnSync('go', ['build', '-o', binary, '.'], { cwd: goDir, encoding: 'utf8' })
    expect(`${build.error ?? ''}${build.stderr}`).not.toMatch(/error|cannot/i)
    expect(build.status, 'go build').toBe(0)

    const publicDir = join(dir, 'ledger', 'public')
    const proofFile = join(dir, 'proof.json')
    const verify = (vkey: string) => {
      const { status, stdout, stderr } = spawnSync(binary, [publicDir, vkey, proofFile], { encoding: 'utf8' })
      return { status, text: stdout + stderr }
    }
    // Canonical, so that the event lies in the file exactly as it was hashed.
    const writeProof = (proof: Disclosure) => writeFile(proofFile, canonicalJson(proof))

    let size = 0
    let vkey = ''
    for (const more of [1, 254, 1, 1, 500]) {
      const ledger = await openLedger(dir)
      await record(ledger, size, size + more)
      size += more
      vkey = ledger.vkey
      for (const position of [0, Math.floor(size / 2), size - 1]) {
        await writeProof(await ledger.proof(position))
        expect(verify(vkey)).toEqual({ status: 0, text: `verified ${size} entries\n` })
      }
      const proof = await ledger.proof(size - 1)
      await writeProof({ ...proof, position: size })
      expect(verify(vkey).status).toBe(1)
      await writeProof(proof)
      await ledger.close()
    }
    const bundle = join(publicDir, 'tile', 'entries', '001')
    const bytes = await readFile(bundle)
    bytes[100] = (bytes[100] ?? 0) ^ 1
    await writeFile(bundle, bytes)
    expect(verify(vkey)).toEqual({ status: 1, text: 'entry 258 does not match its hash\n' })
  })
})
