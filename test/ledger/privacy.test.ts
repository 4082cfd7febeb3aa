import { hash } from 'node:crypto'
import { readdir, readFile, stat } from 'node:fs/promises'
import { join } from 'node:path'
import { expect, it } from 'vitest'
import { canonicalJson, commitment, type LedgerEvent, leafHash, parseBundle } from '../../src/ledger/index.ts'
import { openLedger, temporaryFolder } from './support.ts'

async function publicFiles(dir: string): Promise<Map<string, Buffer>> {
  const files = new Map<string, Buffer>()
  for (const name of await readdir(dir, { recursive: true })) {
    const path = join(dir, name)
    if ((await stat(path)).isFile()) files.set(name, await readFile(path))
  }
  return files
}

/** One of two possible facts about one known customer: what an outsider would try to guess. */
function fact(guess: { action: string; customer: string }): LedgerEvent {
  return {
    id: 'dec_known',
    time: '2026-01-01T00:00:00.000Z',
    kind: 'accounts.suspended',
    actor: { type: 'system', id: 'safelevel' },
    subject: { type: 'organisation', id: guess.customer },
    digests: {},
    data: { action: guess.action },
  }
}
const dictionary = ['allow', 'refuse'].flatMap((action) =>
  ['org_acme', 'org_globex', 'org_initech'].map((customer) => fact({ action, customer })),
)

it('shows nothing of an event in public, not even to somebody who can guess it', async () => {
  const dir = await temporaryFolder()
  const ledger = await openLedger(dir)
  const secrets: Buffer[] = []
  for (let i = 0; i < 300; i++) await ledger.append(dictionary[i % dictionary.length] as LedgerEvent)
  await ledger.integrated(299)
  for (const position of [0, 150, 299]) secrets.push(Buffer.from((await ledger.proof(position)).salt, 'base64'))
  await ledger.close()
  const files = await publicFiles(join(dir, 'ledger', 'public'))
  const everything = Buffer.concat([...files.values()])

  for (const word of ['accounts', 'suspended', 'org_', 'acme', 'dec_known', 'safelevel"', '2026-01', 'refuse'])
    expect(everything.includes(word), word).toBe(false)
  for (const salt of secrets)
    for (const form of [salt, salt.toString('hex'), salt.toString('base64')])
      expect(everything.includes(form)).toBe(false)

  // Every entry is one of six known bodies; an unsalted or guessably salted commitment would give each away.
  const guesses = dictionary.flatMap((event) => {
    const body = Buffer.from(canonicalJson(event))
    return [
      hash('sha256', body, 'buffer'),
      leafHash(body),
      commitment(Buffer.alloc(32), body),
      commitment(Buffer.alloc(0), body),
      leafHash(commitment(Buffer.alloc(32), body)),
      ...Array.from({ length: 300 }, (_, position) => commitment(Buffer.alloc(32, position), body)),
    ]
  })
  for (const guess of guesses) expect(everything.includes(Buffer.from(guess))).toBe(false)

  // Equal bodies look unrelated, and all entries have one length.
  const bundles = [...files]
    .filter(([name]) => /^tile\/entries\/(000|001\.p\/44)$/.test(name))
    .map(([, bytes]) => bytes)
  const entries = bundles.flatMap((bytes) => parseBundle(bytes, bytes.length / 34))
  expect(entries).toHaveLength(300)
  expect(new Set(entries.map((entry) => Buffer.from(entry).toString('hex'))).size).toBe(300)
  expect(new Set(entries.map((entry) => entry.length))).toEqual(new Set([32]))
})

it('keeps bodies and key to their owner', async () => {
  const dir = await temporaryFolder()
  const ledger = await openLedger(dir)
  await ledger.append(dictionary[0] as LedgerEvent)
  await ledger.close()
  const mode = async (...path: string[]) => (await stat(join(dir, ...path))).mode & 0o777
  expect(await mode('ledger', 'private')).toBe(0o700)
  expect(await mode('ledger', 'private', 'segment-0000000000000000.log')).toBe(0o600)
  expect(await mode('keys', 'ledger.key')).toBe(0o600)
  const names = [...(await publicFiles(join(dir, 'ledger', 'public'))).keys()].sort()
  expect(names).toEqual(['checkpoint', 'tile/0/000.p/1', 'tile/entries/000.p/1', 'vkey'])
})
