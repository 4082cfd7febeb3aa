import { createWriteStream } from 'node:fs'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { pipeline } from 'node:stream/promises'
import { chunksOf } from '../../base/chunks.ts'
import { AppError } from '../../base/errors.ts'

/** The body of a request as a file that is gone afterwards: it holds what models were asked and said. */
export async function withBody<T>(request: Request, read: (path: string) => Promise<T>): Promise<T> {
  if (request.body === null) throw new AppError('REQUEST_INVALID', 'send the file as the body')
  const dir = await mkdtemp(join(tmpdir(), 'safelevel-results-'))
  try {
    const file = join(dir, 'results')
    await pipeline(chunksOf(request.body), createWriteStream(file, { mode: 0o600 }))
    return await read(file)
  } finally {
    await rm(dir, { recursive: true, force: true })
  }
}
