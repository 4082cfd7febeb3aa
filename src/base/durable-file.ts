import { open, rename } from 'node:fs/promises'
import { dirname } from 'node:path'

/**
 * Puts a whole file in place of what stood there, and has it on the disk, name and all, when it resolves. A crash leaves the one
 * or the other. One writer at a time for each path.
 */
export async function replaceDurably(path: string, bytes: Uint8Array | string, mode: number): Promise<void> {
  const draft = `${path}.new`
  const file = await open(draft, 'w', mode)
  try {
    await file.writeFile(bytes)
    await file.sync()
  } finally {
    await file.close()
  }
  await rename(draft, path)
  await syncFolder(dirname(path))
}

/** Makes the names in a folder durable. */
export async function syncFolder(path: string): Promise<void> {
  if (process.platform === 'win32') return
  const folder = await open(path, 'r')
  try {
    await folder.sync()
  } finally {
    await folder.close()
  }
}
