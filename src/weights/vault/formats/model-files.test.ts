import { execFileSync } from 'node:child_process'
import { mkdirSync, mkdtempSync, renameSync, rmSync, symlinkSync, truncateSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { checkUnchanged, describeModelFile, findModelFiles, openModelFile } from './model-files.ts'

describe('the files of a model', () => {
  let root: string
  const put = (path: string, text: string) => writeFileSync(join(root, path), text)
  /** Something else stands where `a` stood, which is `b` now. */
  const becomes = (plant: (at: string) => void) => {
    renameSync(join(root, 'a'), join(root, 'b'))
    plant(join(root, 'a'))
  }
  const only = async () => {
    const [file] = await findModelFiles(root)
    if (file === undefined) throw new Error('no file')
    return file
  }

  beforeEach(() => {
    root = mkdtempSync(join(tmpdir(), 'model-files-'))
  })
  afterEach(() => rmSync(root, { recursive: true, force: true }))

  it('are found in all folders, sorted by parts, with their sizes', async () => {
    mkdirSync(join(root, 'a/c'), { recursive: true })
    mkdirSync(join(root, 'empty'))
    for (const path of ['a.b', 'a/c/d', 'a/b', '.gitattributes']) put(path, path)
    const found = await findModelFiles(root)
    expect(found.map(({ path }) => path)).toEqual(['.gitattributes', 'a/b', 'a/c/d', 'a.b'])
    expect(found.map(({ sizeBytes }) => sizeBytes)).toEqual([14, 3, 5, 3])
  })

  it.each([
    ['a link to a file', (at: string) => symlinkSync('/etc/hostname', at)],
    ['a link to a folder', (at: string) => symlinkSync('/etc', at)],
    ['a link to nothing', (at: string) => symlinkSync('nowhere', at)],
    ['a link to itself', (at: string) => symlinkSync(at, at)],
    ['a pipe', (at: string) => execFileSync('mkfifo', [at])],
  ])('are refused with %s among them', async (_, plant) => {
    put('b', '')
    plant(join(root, 'a'))
    await expect(findModelFiles(root)).rejects.toMatchObject({
      code: 'REQUEST_INVALID',
      message: expect.stringContaining('a link, a pipe'),
    })
    await expect(describeModelFile(root, 'a')).rejects.toMatchObject({ code: 'REQUEST_INVALID' })
  })

  it('are refused with a name that may not stand in a vault', async () => {
    put('a\u202eb', '')
    await expect(findModelFiles(root)).rejects.toThrow('the path of file 0 has control')
  })

  it('are refused with a name that is not UTF-8', async () => {
    writeFileSync(Buffer.concat([Buffer.from(`${root}/`), Buffer.of(0x61, 0xff)]), '')
    await expect(findModelFiles(root)).rejects.toThrow('not UTF-8')
  })

  it('are not there when there is no folder', async () => {
    await expect(findModelFiles(join(root, 'none'))).rejects.toMatchObject({ code: 'NOT_FOUND' })
    put('a', '')
    await expect(findModelFiles(join(root, 'a'))).rejects.toMatchObject({ code: 'REQUEST_INVALID' })
    await expect(describeModelFile(root, 'b')).rejects.toMatchObject({ code: 'NOT_FOUND' })
    await expect(describeModelFile(root, '../a')).rejects.toMatchObject({ code: 'REQUEST_INVALID' })
  })

  it('open as long as they are the same', async () => {
    put('a', 'text')
    const file = await only()
    await using handle = await openModelFile(root, file)
    expect((await handle.readFile()).toString()).toBe('text')
    await checkUnchanged(handle, file)
  })

  it.each<[string, () => void]>([
    ['written to', () => put('a', 'tex2')],
    ['longer', () => truncateSync(join(root, 'a'), 9)],
    ['gone', () => rmSync(join(root, 'a'))],
    ['a link now', () => becomes((at) => symlinkSync('b', at))],
    ['another file', () => becomes((at) => writeFileSync(at, 'text'))],
    ['a pipe now', () => becomes((at) => execFileSync('mkfifo', [at]))],
  ])('do not open when one is %s', async (_, change) => {
    put('a', 'text')
    const file = await only()
    await new Promise((resolve) => setTimeout(resolve, 20)) // the clock of files ticks in milliseconds
    change()
    await expect(openModelFile(root, file)).rejects.toMatchObject({ code: 'CONFLICT' })
  })

  it('are noticed to change while they are read', async () => {
    put('a', 'text')
    const file = await only()
    await using handle = await openModelFile(root, file)
    await new Promise((resolve) => setTimeout(resolve, 20))
    put('a', 'tex2')
    await expect(checkUnchanged(handle, file)).rejects.toMatchObject({ code: 'CONFLICT' })
  })
})
