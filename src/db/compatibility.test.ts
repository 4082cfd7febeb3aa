import { sql } from 'kysely'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { storeKinds, type TestStore } from '../../test/support/stores.ts'
import type { DbHandle } from './index.ts'
import { migrations } from './migrations/index.ts'

describe.each(storeKinds('compatibility'))('a database that a newer version has upgraded, on $kind', ({ create }) => {
  let store: TestStore
  beforeEach(async () => {
    store = await create()
  })
  afterEach(() => store[Symbol.asyncDispose]())

  /** What a version of the future leaves behind. */
  async function upgrade(marks: Readonly<Record<string, boolean | null>>): Promise<void> {
    await using handle: DbHandle = await store.open()
    for (const [name, breaks] of Object.entries(marks)) {
      await sql`insert into kysely_migration (name, timestamp) values (${name}, '2027-01-01')`.execute(handle.db)
      if (breaks !== null) await sql`insert into schema_mark values (${name}, ${breaks})`.execute(handle.db)
    }
  }

  it('is used where it says that it may be', async () => {
    await upgrade({ '9001-added': false, '9002-added-more': false })
    await using handle = await store.open()
    expect(await handle.db.selectFrom('organisation').selectAll().execute()).toEqual([])
  })

  it.each([
    ['is marked as breaking', { '9001-added': false, '9002-removed': true }, '9002-removed'],
    ['says nothing', { '9001-unknown': null }, '9001-unknown'],
  ])('is refused where it %s, with the names and what to do', async (_, marks, named) => {
    await upgrade(marks)
    const opening = store.open()
    await expect(opening).rejects.toMatchObject({ code: 'SCHEMA_TOO_NEW' })
    await expect(opening).rejects.toThrow(new RegExp(`newer version.*${named}.*start that version`))
  })

  it('is marked by this version for those before it', async () => {
    await using handle = await store.open()
    const { rows } = await sql<{ migration: string; breaks: boolean }>`select * from schema_mark order by 1`.execute(
      handle.db,
    )
    expect(rows).toEqual(Object.keys(migrations).map((migration) => ({ migration, breaks: false })))
  })
})
