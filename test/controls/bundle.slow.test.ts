import { spawnSync } from 'node:child_process'
import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { describe, expect, it } from 'vitest'
import { makeBundle } from '../../src/controls/bundle/index.ts'
import { openLedger, record, temporaryFolder } from '../ledger/support.ts'
import { bundleDeps } from '../support/bundle-world.ts'
import { isRequired } from '../support/required.ts'

const goDir = fileURLToPath(new URL('bundle-go', import.meta.url))
const required = isRequired('go')
// Needs Go, and on the first run the module proxy.
const { status, error, stderr } = spawnSync('go', ['mod', 'download'], {
  cwd: goDir,
  encoding: 'utf8',
  timeout: 60_000,
})
const ready = status === 0
if (!ready && !required)
  process.stderr.write(`SKIPPED: checking a bundle by other tools needs Go: ${error?.message ?? stderr}\n`)

describe.skipIf(!ready && !required)('an evidence bundle, by Go’s own zip reader and transparency-log packages', () => {
  it('is verified whole, and refused once a byte of a file is another', { timeout: 300_000 }, async () => {
    const dir = await temporaryFolder()
    const binary = join(dir, 'verify')
    const build = spawnSync('go', ['build', '-o', binary, '.'], { cwd: goDir, encoding: 'utf8' })
    expect(build.status, `${build.error ?? ''}${build.stderr}`).toBe(0)
    const ledger = await openLedger(dir)
    await record(ledger, 0, 600)
    const by = { type: 'operator', id: 'operator' } as const
    const zip = await makeBundle(bundleDeps(ledger, [0, 255, 256, 599]), {}, by, () => false)
    const file = join(dir, 'evidence.zip')
    const verify = async (bytes: Buffer) => {
      await writeFile(file, bytes)
      const done = spawnSync(binary, [file, ledger.vkey], { encoding: 'utf8' })
      return { status: done.status, text: done.stdout + done.stderr }
    }
    expect(await verify(zip)).toEqual({ status: 0, text: 'verified 4 entries\n' })
    for (const words of ['"says"', '"manifest"', 'Merkle tree', '"GOV-02"']) {
      const hostile = Buffer.from(zip)
      hostile[zip.indexOf(words) + 2] = 0x21
      expect((await verify(hostile)).status, words).toBe(1)
    }
    await ledger.close()
  })
})
