/** Which page of a list that is read by keyset. */
export interface PageQuery {
  /** The `next` of the page before. */
  readonly after?: string | undefined
  /** 1 to 200. */
  readonly limit: number
}

export interface Page<T> {
  readonly items: T[]
  /** Pass it as `after` for the next page; null at the end. */
  readonly next: string | null
}

/**
 * One page of at most `limit` rows.
 *
 * @param read gets one row more than is shown, which tells whether there is a next page.
 */
export async function readPage<Row extends { readonly id: string }>(
  limit: number,
  read: (limit: number) => Promise<readonly Row[]>,
): Promise<Page<Row>> {
  const rows = await read(limit + 1)
  const items = rows.slice(0, limit)
  return { items, next: rows.length > limit ? (items.at(-1)?.id ?? null) : null }
}

/** How a list is read, page by page. */
export type PageReader<T> = (query: PageQuery) => Promise<Page<T>>

const MOST_ITEMS = 200

/** Everything of a list, in its order, for whoever must overlook nothing; reads on while more is asked for. */
export async function* eachItem<T>(read: PageReader<T>): AsyncGenerator<T, void, undefined> {
  for (let after: string | null | undefined; after !== null; ) {
    const { items, next }: Page<T> = await read({ after, limit: MOST_ITEMS })
    yield* items
    after = next
  }
}

/** The same at once, of a list that fits into memory. */
export async function allItems<T>(read: PageReader<T>): Promise<T[]> {
  const all: T[] = []
  for await (const item of eachItem(read)) all.push(item)
  return all
}

/** The first of a list that is one; undefined where none is. */
export async function firstItem<T>(read: PageReader<T>, isOne: (item: T) => boolean): Promise<T | undefined> {
  for await (const item of eachItem(read)) if (isOne(item)) return item
  return undefined
}

/** The same page, each item as it is to be seen. */
export function mapPage<Row, T>({ items, next }: Page<Row>, view: (row: Row) => T): Page<T> {
  return { items: items.map(view), next }
}
