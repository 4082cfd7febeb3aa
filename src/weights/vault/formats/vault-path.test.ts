import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { checkPaths, comparePaths, pathProblem } from './vault-path.ts'

describe('a path in a vault', () => {
  it.each([
    'a',
    'model-00001-of-00002.safetensors',
    '.gitattributes',
    'a b/c',
    'onnx/model.onnx',
    'größe/模型.bin',
    '...',
    'ab:c',
    '🦙',
  ])('may be %s', (path) => {
    expect(pathProblem(path)).toBeNull()
  })

  it.each([
    ['', 'empty'],
    ['/etc/passwd', 'relative'],
    ['C:/x', 'relative'],
    ['c:x', 'relative'],
    ['..', 'goes up'],
    ['a/../b', 'goes up'],
    ['../a', 'goes up'],
    ['./a', 'goes up or nowhere'],
    ['a/.', 'goes up or nowhere'],
    ['a//b', 'empty part'],
    ['a/', 'empty part'],
    ['a\\b', 'backslash'],
    ['..\\a', 'backslash'],
    ['a\0b', 'control'],
    ['a\nb', 'control'],
    ['a\u009b31m', 'control'],
    ['a\u202etxt.exe', 'control'],
    ['a\u2066b', 'control'],
    ['a\u200bb', 'invisible'],
    ['\ufeffa', 'invisible'],
    ['a\u{e0041}', 'invisible'],
    ['a\u2028b', 'control'],
    ['a\ud800', 'control'],
    ['a\ufffd', 'not UTF-8'],
    ['gro\u0308ße', 'normal form C'],
    ['\u212b', 'normal form C'],
    [' a', 'space'],
    ['a/b ', 'space'],
    ['a\u00a0/b', 'space'],
    [`${'a/'.repeat(512)}b`, 'longer than 1024'],
    [`a/${'b'.repeat(256)}`, 'longer than 255'],
    [`a/${'模'.repeat(86)}`, 'longer than 255'],
  ])('is refused as %j', (path, complaint) => {
    expect(pathProblem(path)).toContain(complaint)
  })

  it('never leaves the folder that it is put into', () => {
    const part = fc.oneof(fc.constantFrom('..', '.', '', 'a', '\\', 'C:', '\0'), fc.string({ unit: 'grapheme' }))
    fc.assert(
      fc.property(fc.array(part), (parts) => {
        const path = parts.join('/')
        if (pathProblem(path) !== null) return
        expect(new URL(encodeURIComponent(path).replaceAll('%2F', '/'), 'file:///vault/m/').pathname).toMatch(
          /^\/vault\/m\/./,
        )
      }),
      { numRuns: 2000 },
    )
  })
})

describe('the paths of a model', () => {
  it('stand once each', () => {
    expect(() => checkPaths(['a', 'b'])).not.toThrow()
    expect(() => checkPaths(['a', 'b', 'a'])).toThrow('the path of file 2 stands twice')
    expect(() => checkPaths(['a', '../b'])).toThrow('the path of file 1 has an empty part, or goes up')
  })

  it('are not a file here and a folder there', () => {
    expect(() => checkPaths(['x/a/b', 'x/a'])).toThrow('the path of file 0 has a file for a folder')
    expect(() => checkPaths(['x/a/b', 'x/ab', 'x/a.b'])).not.toThrow()
  })

  it('are bounded in number', () => {
    expect(() => checkPaths(Array(100_001).fill('a'))).toThrow('more than 100000 files')
  })

  it('sort by parts and code points, as Python has them', () => {
    const sorted = ['a', 'a/b', 'a/b/c', 'a.b', 'ab', 'z', '\u{ffee}', '\u{1f999}']
    expect(sorted.toReversed().toSorted(comparePaths)).toEqual(sorted)
  })
})
