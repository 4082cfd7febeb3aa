import { randomBytes } from 'node:crypto'
import { join } from 'node:path'
import { expect, it } from 'vitest'
import { temporaryFolder } from '../../test/ledger/support.ts'
import { systemIds } from '../base/ids.ts'
import { commitment, formatCheckpoint, leafHash, openFileSigner, signNote, TreeBuilder } from '../ledger/index.ts'
import { ArchiveWriter } from './archive.ts'
import { FORMAT, type Manifest } from './manifest.ts'
import { verifyShared } from './shared-rows.ts'

const SIZE = 5
const SIGNED = 4
const hex = (bytes: Uint8Array) => `\\x${Buffer.from(bytes).toString('hex')}`

/** Rows of a log of five entries, four of them under its checkpoint, and one record that waits for its place. */
function rowsOf() {
  const records = Array.from({ length: SIZE + 1 }, (_, at) => ({
    ...{ id: at + 1, salt: randomBytes(32), body: Buffer.from(`{"at":${at}}`) },
  }))
  const committed = records.map(({ id, salt, body }) => ({ record: id, commitment: commitment(salt, body) }))
  const waiting = committed.splice(SIZE)
  return { records, placed: committed.map((one, position) => ({ position, ...one })), waiting }
}

type Rows = ReturnType<typeof rowsOf>

async function verified(change: (rows: Rows) => void): Promise<void> {
  const dir = await temporaryFolder()
  const signer = await openFileSigner({ path: join(dir, 'ledger.key'), ids: systemIds })
  const rows = rowsOf()
  const tree = new TreeBuilder()
  for (const { commitment: one } of rows.placed.slice(0, SIGNED)) tree.append(leafHash(one), () => undefined)
  const text = formatCheckpoint({ origin: signer.name, size: SIGNED, root: tree.root() })
  change(rows)
  const tables = {
    ledger_record: rows.records.map(({ id, salt, body }) => ({ id, salt: hex(salt), body: hex(body) })),
    ledger_entry: rows.placed.map((row) => ({ ...row, commitment: hex(row.commitment) })),
    ledger_outbox: rows.waiting.map((row) => ({ ...row, commitment: hex(row.commitment) })),
  }
  const path = join(dir, 'b.tgz')
  const archive = new ArchiveWriter(path)
  for (const [name, table] of Object.entries(tables))
    await archive.add(`db/${name}/000000.jsonl`, Buffer.from(table.map((row) => `${JSON.stringify(row)}\n`).join('')))
  const files = archive.entries.slice()
  await archive.end()
  const ledger = {
    origin: signer.name,
    vkey: signer.vkey,
    size: SIZE,
    shared: true,
    checkpoint: await signNote(text, [signer]),
  }
  const manifest: Manifest = {
    ...{
      format: FORMAT,
      id: `bak_${'0'.repeat(26)}`,
      version: '0',
      takenAt: '2026-01-01T00:00:00.000Z',
      files,
      ledger,
    },
    ...{ store: 'postgres', migrations: [], tables: [], sequences: [], keys: [] },
  }
  await verifyShared(path, manifest)
}

it('takes the rows of a shared ledger that lead to its signed root', async () => {
  await verified(() => {})
})

it.each<[string, (rows: Rows) => void]>([
  ['the body of record 2 is not the one', ({ records }) => records[1]?.body.write('x')],
  ['the body of record 6 is not the one', ({ records }) => records[5]?.body.write('x')],
  ['do not lead to the signed root', ({ placed }) => placed[2]?.commitment.fill(0)],
  ['entry 3 is missing', ({ placed }) => placed.splice(3, 1)],
  ['stands in it twice', ({ placed }) => placed.push({ position: 1, record: 9, commitment: Buffer.alloc(32) })],
  ['has no place', ({ waiting }) => waiting.pop()],
  ['without a record', ({ records }) => records.pop()],
])('finds it out: %s', async (why, change) => {
  await expect(verified((rows) => void change(rows))).rejects.toMatchObject({
    code: 'VERIFICATION_FAILED',
    message: expect.stringContaining(why),
  })
})
