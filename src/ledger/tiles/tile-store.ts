import type { LogSource, TileId } from '../tlog/index.ts'

/** A public file: its path below the log's prefix (`tile/0/000`) and its bytes. */
export type PublicFile = readonly [path: string, bytes: Uint8Array]

/** What a store asks and tells the one who publishes. */
export interface TileHooks {
  /** Throws when another process may be the one that publishes by now; only asked where the store can't tell, right before it replaces the checkpoint. */
  readonly mayReplace?: () => void
  /** Something was written: slow is not the same as gone. */
  readonly onWritten?: () => void
}

/**
 * Where a log's public files lie. Tiles are a function of the log: whoever writes one, at whatever time, writes the same bytes. Only the
 * checkpoint is ever replaced.
 */
export interface TileStore extends LogSource {
  /** What it is, in words for people: a folder, or a bucket and its prefix. */
  readonly place: string
  /** Whether it refuses a checkpoint of who did not read or write the one that stands. */
  readonly conditional: boolean
  /**
   * Writes tiles and bundles; all are durable when it resolves.
   *
   * @throws {AppError} VERIFICATION_FAILED when a full tile is there already with other bytes; otherwise what writing throws: try again
   */
  write(files: readonly PublicFile[]): Promise<void>
  /**
   * Puts a checkpoint in place of the one that this store read or wrote last.
   *
   * @throws {AppError} CONFLICT when somebody else replaced it meanwhile, where the store can tell
   */
  replaceCheckpoint(note: string): Promise<void>
  /** Writes a small text beside the tiles, such as `vkey`. */
  writeText(path: string, text: string): Promise<void>
  /** Deletes the partial forms of tiles that are full now. Never throws: what stays is only surplus. */
  dropPartials(full: readonly TileId[]): Promise<void>
  /** All paths, in no order. */
  list(): AsyncIterable<string>
  /** Deletes files that are surplus. */
  remove(paths: readonly string[]): Promise<void>
  close(): Promise<void>
}
