import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { checkArchitecture, parseEdges, type Sources } from './checker.ts'

const root = new URL('../..', import.meta.url).pathname

function readSources(): Sources {
  const paths = readdirSync(join(root, 'src'), { recursive: true, encoding: 'utf8' }).filter((path) =>
    path.endsWith('.ts'),
  )
  return new Map(
    paths.map((path) => [`src/${path.replaceAll('\\', '/')}`, readFileSync(join(root, 'src', path), 'utf8')]),
  )
}

describe('the architecture', () => {
  const markdown = readFileSync(join(root, 'ARCHITECTURE.md'), 'utf8')

  it('holds: only the listed edges, only through an index, no circles, no long files, no folders for leftovers', () => {
    expect(checkArchitecture(readSources(), parseEdges(markdown))).toEqual([])
  })

  it('fits on two pages', () => {
    expect(markdown.split('\n').length).toBeLessThan(120)
  })
})

describe('the checker', () => {
  const edges = parseEdges('```edges\nbase ->\nlow -> base\nhigh -> base, low, mid/part\nmid -> base\n```\n')
  const sound: Sources = new Map([
    ['src/base/a.ts', "import { z } from 'zod'\n"],
    ['src/low/index.ts', "export { x } from './x.ts'\n"],
    ['src/low/x.ts', "import { a } from '../base/a.ts'\n"],
    ['src/mid/index.ts', ''],
    ['src/mid/part/index.ts', ''],
    ['src/high.ts', "import {\n  x,\n} from './low/index.ts'\nimport './mid/part/index.ts'\n"],
  ])
  const planted = (path: string, text: string) => checkArchitecture(new Map([...sound, [path, text]]), edges)

  it('finds nothing wrong with what is sound', () => {
    expect(checkArchitecture(sound, edges)).toEqual([])
  })

  it.each([
    ['an edge that is not listed', 'src/low/y.ts', "import { h } from '../high.ts'", 'low may not import high'],
    ['the same as a type', 'src/low/y.ts', "import type { H } from '../high.ts'", 'low may not import high'],
    ['the same as a re-export', 'src/low/y.ts', "export * from '../mid/index.ts'", 'low may not import mid'],
    [
      'the same over several lines',
      'src/low/y.ts',
      "import {\n  a,\n  b,\n} from '../mid/index.ts'",
      'low may not import mid',
    ],
    ['the same for its effects', 'src/low/y.ts', "import '../mid/index.ts'", 'low may not import mid'],
    ['the same at run time', 'src/low/y.ts', "const m = await import('../mid/index.ts')", 'low may not import mid'],
    ['a way past an index', 'src/high.ts', "import { x } from './low/x.ts'", 'goes past src/low/index.ts'],
    [
      'a part used as if it were the room',
      'src/high.ts',
      "import { m } from './mid/index.ts'",
      'high may not import mid',
    ],
    ['test code in the product', 'src/low/y.ts', "import { f } from '../../test/support/f.ts'", 'outside src'],
    ['a circle of files', 'src/low/x.ts', "import { x } from './index.ts'", 'files in a circle'],
    ['a long file', 'src/low/y.ts', '\n'.repeat(401), 'more than 400'],
    ['a folder for leftovers', 'src/low/utils/y.ts', '', 'a folder named utils'],
    ['a room that nobody listed', 'src/new/index.ts', '', 'new: the room is not listed'],
  ])('finds %s', (_, path, text, complaint) => {
    expect(planted(path, text)).toEqual([expect.stringContaining(complaint)])
  })

  it('finds circles among the listed edges, and rooms that are gone', () => {
    const circular = parseEdges('```edges\na -> b\nb -> c\nc -> a\n```\n')
    const found = checkArchitecture(
      new Map([
        ['src/a/index.ts', ''],
        ['src/b/index.ts', ''],
      ]),
      circular,
    )
    expect(found).toEqual(['c: is listed but does not exist', 'rooms in a circle: a -> b -> c -> a'])
  })

  it('lets tests look behind an index, and types go in circles within a room', () => {
    expect(planted('src/high.test.ts', "import { x } from './low/x.ts'")).toEqual([])
    expect(planted('src/low/x.ts', "import type { X } from './index.ts'")).toEqual([])
  })

  it('refuses a list that it cannot read', () => {
    expect(() => parseEdges('no block')).toThrow('no block fenced')
    expect(() => parseEdges('```edges\na => b\n```\n')).toThrow('not an edge')
    expect(() => parseEdges('```edges\na -> b\na -> c\n```\n')).toThrow('listed twice')
  })
})
