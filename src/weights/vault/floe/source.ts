import type { FileHandle } from 'node:fs/promises'
import { AppError } from '../../../base/errors.ts'

/** Stored bytes that can be read at any place: a file, an object in a bucket. Hostile. */
export interface FloeSource {
  /** Bytes it has now. */
  size(): Promise<number>
  /** Reads into `into` from `offset`; fewer bytes than fit only at the end. Returns how many. */
  read(into: Buffer, offset: number): Promise<number>
}

/** A file that somebody else opens and closes. */
export function fileSource(file: FileHandle): FloeSource {
  return {
    size: async () => {
      const stat = await file.stat()
      if (!stat.isFile()) throw new AppError('REQUEST_INVALID', 'this is not a regular file')
      return stat.size
    },
    read: (into, offset) => readAt(file, into, offset),
  }
}

/** pread until `into` is full or the file ends. @returns bytes read */
export async function readAt(file: FileHandle, into: Buffer, offset: number): Promise<number> {
  let got = 0
  while (got < into.length) {
    const { bytesRead } = await file.read(into, got, into.length - got, offset + got)
    if (bytesRead === 0) break
    got += bytesRead
  }
  return got
}

/** pwritev until all is written. @throws what the file system throws, such as ENOSPC */
export async function writeAt(file: FileHandle, parts: readonly Buffer[], offset: number): Promise<void> {
  let rest = parts.filter((part) => part.length > 0)
  let at = offset
  while (rest.length > 0) {
    const { bytesWritten } = await file.writev(rest, at)
    at += bytesWritten
    rest = withoutFirst(rest, bytesWritten)
  }
}

function withoutFirst(parts: readonly Buffer[], bytes: number): Buffer[] {
  let skip = bytes
  return parts.flatMap((part) => {
    const skipped = Math.min(skip, part.length)
    skip -= skipped
    return skipped === part.length ? [] : [part.subarray(skipped)]
  })
}
