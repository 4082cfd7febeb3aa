/** What the store's thread is asked. Parameters and rows cross by structured clone. */
export type Ask =
  | { readonly id: number; readonly type: 'query'; readonly sql: string; readonly parameters: readonly unknown[] }
  | { readonly type: 'close' }

export type Answer =
  | { readonly type: 'ready' }
  | { readonly type: 'result'; readonly id: number; readonly result: QueryResult }
  | { readonly type: 'error'; readonly id: number | null; readonly error: StoreErrorFields }

export interface QueryResult {
  readonly rows: Record<string, unknown>[]
  readonly rowCount: number
  /** Names of the columns of type bytea: they arrive as Uint8Array and become Buffer, as on PostgreSQL. */
  readonly byteaColumns: readonly string[]
}

/** The fields of a PostgreSQL error that callers look at; `detail` is left out since it quotes stored values. */
export interface StoreErrorFields {
  readonly message: string
  readonly code?: string | undefined
  readonly constraint?: string | undefined
  readonly table?: string | undefined
}

export interface WorkerInput {
  /** Absolute path of the store's folder, or null for one in memory. */
  readonly folder: string | null
}
