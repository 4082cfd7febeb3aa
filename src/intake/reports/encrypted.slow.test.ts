import { execFileSync } from 'node:child_process'
import { chmodSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { programPath } from '../../../test/chaos/servers.ts'
import { BY_FORM, IntakeWorld } from '../../../test/support/intake-world.ts'
import { isRequired } from '../../../test/support/required.ts'
import { storeKinds, type TestStore } from '../../../test/support/stores.ts'
import type { DbHandle } from '../../db/index.ts'
import { ReportInput } from '../index.ts'
import { readPgpKey } from './pgp-key.ts'

const SOURCES = join(import.meta.dirname, '../../../test/support/age-go')
const STAFF = { type: 'staff', id: 'per_1' } as const
const STORY = 'It names the steps.\nGrüße ☂\n'
const [embedded] = storeKinds('encrypted reports')
if (embedded === undefined) throw new Error('no store')

/** Where a program is; null, said aloud, where it isn't and needn't be. */
function tool(name: string): string | null {
  const path = programPath(name)
  if (path === null && isRequired(name)) throw new Error(`${name} is required here, and not installed`)
  if (path === null) process.stderr.write(`SKIPPED: reports encrypted with ${name}, which is not installed\n`)
  return path
}
const go = tool('go')
const gpg = tool('gpg')

describe('reports that were encrypted elsewhere', () => {
  const folder = mkdtempSync(join(tmpdir(), 'safelevel-encrypted-'))
  let store: TestStore
  let handle: DbHandle
  let world: IntakeWorld

  beforeAll(async () => {
    store = await embedded.create()
    handle = await store.open()
    world = await IntakeWorld.open(handle)
  })
  afterAll(async () => {
    await world[Symbol.asyncDispose]()
    await handle.close()
    await store[Symbol.asyncDispose]()
    rmSync(folder, { recursive: true, force: true })
  })

  it.skipIf(go === null)(
    'by the reference implementation of age are opened for a person, and stay sealed in the store',
    async () => {
      const binary = join(folder, 'age-go')
      execFileSync(go ?? '', ['build', '-o', binary, '.'], { cwd: SOURCES })
      const { ageRecipient } = world.intake.keys
      const age = (args: string[], input: string | Buffer) => execFileSync(binary, [...args, ageRecipient], { input })
      const armored = age(['-armor'], STORY).toString()
      const log = Buffer.alloc(300_000, 'line of a log\n')
      const input = ReportInput.parse({ kind: 'harmful_output', story: armored })
      const files = [
        { name: 'log.txt.age', bytes: age([], log) },
        { name: 'note.txt.age', bytes: age(['-armor'], 'a note') },
      ]
      const { id, code } = await world.reports.submit(input, files, BY_FORM)
      const read = await world.reports.read(id, STAFF)
      expect(read.report).toMatchObject({ encryption: 'age', signature: null })
      expect(read.story).toEqual({ text: STORY, encryption: 'age', opened: true })
      const [first, second] = await Promise.all(read.files.map((file) => world.reports.openFile(id, file.id, STAFF)))
      expect([first?.name, first?.bytes.equals(log)]).toEqual(['log.txt', true])
      expect([second?.name, second?.bytes.toString()]).toEqual(['note.txt', 'a note'])
      // Who holds the code alone sees what they sent, not what it says.
      const { words } = await world.reports.follow(code ?? '')
      expect(words.get('story')).toBe(armored.trim())
      await world.reports.write(code ?? '', age(['-armor'], 'One more thing.').toString().trim())
      expect((await world.reports.read(id, STAFF)).messages[0]).toMatchObject({ text: 'One more thing.', opened: true })
    },
    120_000,
  )

  it.skipIf(gpg === null)(
    'by GnuPG under the published key are kept for whoever holds its secret',
    async () => {
      chmodSync(folder, 0o700)
      const run = (args: string[], input = '') =>
        execFileSync(gpg ?? '', ['--homedir', folder, '--batch', '--quiet', '--no-tty', ...args], {
          input,
          stdio: ['pipe', 'pipe', 'ignore'],
        })
      run(['--passphrase', '', '--quick-generate-key', 'security@orca.example', 'default', 'default', 'never'])
      const paths = { public: join(folder, 'public.asc'), secret: join(folder, 'secret.asc') }
      writeFileSync(paths.public, run(['--armor', '--export', 'security@orca.example']))
      writeFileSync(paths.secret, run(['--armor', '--export-secret-keys', 'security@orca.example']))
      expect(readPgpKey(paths.public)).toContain('PUBLIC KEY BLOCK')
      expect(() => readPgpKey(paths.secret)).toThrow('secret key')
      writeFileSync(join(folder, 'published.asc'), readPgpKey(paths.public))
      const armored = run(
        ['--armor', '--trust-model', 'always', '--encrypt', '--recipient-file', join(folder, 'published.asc')],
        STORY,
      )
      const { id } = await world.file({ story: armored.toString() })
      const { story, report } = await world.reports.read(id, STAFF)
      expect([report.encryption, story?.encryption, story?.opened]).toEqual(['pgp', 'pgp', false])
      expect(run(['--decrypt'], story?.text).toString()).toBe(STORY)
    },
    120_000,
  )

  it('are published under no key that is none', () => {
    const bad = join(folder, 'bad.asc')
    writeFileSync(bad, 'hello')
    expect(() => readPgpKey(bad)).toThrow('gpg --armor --export')
    writeFileSync(bad, Buffer.alloc(70_000, 'x'))
    expect(() => readPgpKey(bad)).toThrow('64 KiB')
    expect(() => readPgpKey(join(folder, 'missing.asc'))).toThrow("can't be read")
  })
})
