/** Text that may carry the numbers of the evidence that bears it out, or lead somewhere. */
export type Cell = string | { readonly text: string; readonly refs?: readonly number[]; readonly href?: string }

/** What documents are made of: each renderer knows these and nothing else, so that every form says the same. */
export type Block =
  | { readonly kind: 'prose'; readonly text: Cell }
  | { readonly kind: 'list'; readonly items: readonly Cell[] }
  | { readonly kind: 'facts'; readonly rows: readonly (readonly [string, Cell])[] }
  | {
      readonly kind: 'table'
      readonly caption: string
      readonly head: readonly string[]
      readonly rows: readonly (readonly Cell[])[]
    }
  /** Evidence, numbered from 1: what it is, and its SHA-256. */
  | {
      readonly kind: 'references'
      readonly items: readonly { readonly text: string; readonly digest: string | null }[]
    }
  | { readonly kind: 'chart'; readonly svg: string; readonly caption: string }
  /** Something that readers must not miss: stale, withheld. */
  | { readonly kind: 'notice'; readonly title: string; readonly lines: readonly string[] }

export interface Section {
  /** Anchor. */
  readonly id: string
  readonly title: string
  readonly blocks: readonly Block[]
}

export interface Doc {
  readonly title: string
  readonly subtitle: string
  readonly lead: readonly Block[]
  readonly sections: readonly Section[]
}

export const NOT_STATED = 'not stated'

export function textOf(cell: Cell): string {
  return typeof cell === 'string' ? cell : cell.text
}

export function refsOf(cell: Cell): readonly number[] {
  return typeof cell === 'string' ? [] : (cell.refs ?? [])
}
