import { constants } from 'node:fs'
import { type FileHandle, open } from 'node:fs/promises'
import { AppError } from '../../../base/errors.ts'
import type { OwnWeights } from './weights-source.ts'

/** Weights in a file on this machine's disk: whoever may read it has them anyway, so nothing ends their use. */
export function fileWeights(path: string): OwnWeights {
  return {
    async open() {
      const file = await opened(path)
      return { fd: file.fd, ended: new AbortController().signal, [Symbol.asyncDispose]: () => file.close() }
    },
    async reach() {
      try {
        await (await opened(path)).close()
      } catch (cause) {
        throw new AppError('UPSTREAM_UNAVAILABLE', `no weights can be read from ${path}`, { cause })
      }
    },
  }
}

/** Never waits: a pipe or a device under that name is no file. */
async function opened(path: string): Promise<FileHandle> {
  const file = await open(path, constants.O_RDONLY | constants.O_NONBLOCK)
  const isFile = await file.stat().then(
    (stat) => stat.isFile(),
    () => false,
  )
  if (isFile) return file
  await file.close()
  throw new Error('this is not a file')
}
