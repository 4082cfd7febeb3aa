import { posix } from 'node:path'

/** Room -> what it may import: rooms, or one part of a room (`ledger/tlog`). */
export type Edges = ReadonlyMap<string, ReadonlySet<string>>

/** Path from the repository's root (`src/policy/read.ts`) -> source text. */
export type Sources = ReadonlyMap<string, string>

const MAX_LINES = 400
const FORBIDDEN_FOLDERS: ReadonlySet<string> = new Set([
  'utils',
  'util',
  'helpers',
  'lib',
  'common',
  'misc',
  'manager',
  'managers',
])
/** Ground: many small files, each its own face. Every other room shows only its index. */
const OPEN_ROOMS: ReadonlySet<string> = new Set(['base'])

/** Reads lines such as `policy -> base, screening` from the block fenced as `edges`. */
export function parseEdges(markdown: string): Edges {
  const block = /^```edges\n(.*?)^```/ms.exec(markdown)?.[1]
  if (block === undefined) throw new Error('ARCHITECTURE.md has no block fenced as `edges`')
  const edges = new Map<string, ReadonlySet<string>>()
  for (const line of block.split('\n').filter((text) => text.trim() !== '')) {
    const match = /^([a-z-]+(?:\/[a-z-]+)?)\s*->\s*(.*)$/.exec(line)
    if (match === null) throw new Error(`not an edge: ${line}`)
    const [, room = '', targets = ''] = match
    if (edges.has(room)) throw new Error(`${room} is listed twice`)
    edges.set(
      room,
      new Set(
        targets
          .split(',')
          .map((target) => target.trim())
          .filter(Boolean),
      ),
    )
  }
  return edges
}

/** Everything that breaks the architecture, one line each; empty when it holds. */
export function checkArchitecture(sources: Sources, edges: Edges): string[] {
  return [
    ...roomsListed(sources, edges),
    ...roomCycles(edges),
    ...[...sources].flatMap(([path, text]) => [...size(path, text), ...folders(path), ...imports(path, text, edges)]),
    ...fileCycles(sources),
  ]
}

function isTest(path: string): boolean {
  return path.endsWith('.test.ts')
}

/** `src/policy/read.ts` -> `policy`; `src/app.ts` -> `app`; `src/models/release/release.ts` -> `models/release`, which is listed by itself. */
function roomOf(path: string, edges: Edges): string {
  const [, room = '', part = ''] = path.split('/')
  return edges.has(`${room}/${part}`) ? `${room}/${part}` : room.replace(/(\.test)?\.ts$/, '')
}

function roomsListed(sources: Sources, edges: Edges): string[] {
  const found = new Set([...sources.keys()].map((path) => roomOf(path, edges)))
  return [
    ...[...found].filter((room) => !edges.has(room)).map((room) => `${room}: the room is not listed`),
    ...[...edges.keys()].filter((room) => !found.has(room)).map((room) => `${room}: is listed but does not exist`),
  ]
}

function size(path: string, text: string): string[] {
  const lines = text.split('\n').length - 1
  return lines > MAX_LINES ? [`${path}: ${lines} lines, more than ${MAX_LINES}`] : []
}

function folders(path: string): string[] {
  return path
    .split('/')
    .slice(0, -1)
    .filter((name) => FORBIDDEN_FOLDERS.has(name))
    .map((name) => `${path}: a folder named ${name}`)
}

/** Tests may look behind any index: they test what stands there. */
function imports(path: string, text: string, edges: Edges): string[] {
  if (isTest(path)) return []
  const from = roomOf(path, edges)
  const allowed = edges.get(from) ?? new Set()
  return relativeImports(path, text).flatMap(({ target }) => {
    if (!target.startsWith('src/')) return [`${path}: imports ${target}, outside src`]
    const to = roomOf(target, edges)
    if (to === from) return []
    if (isTest(target)) return [`${path}: imports the test ${target}`]
    const part = posix.dirname(target).slice('src/'.length)
    if (part !== to && allowed.has(part) && target.endsWith('/index.ts')) return []
    if (!allowed.has(to)) return [`${path}: ${from} may not import ${to}`]
    const face = target === `src/${to}.ts` || target === `src/${to}/index.ts`
    return face || OPEN_ROOMS.has(to) ? [] : [`${path}: goes past src/${to}/index.ts to ${target}`]
  })
}

interface Import {
  readonly target: string
  /** Gone before it runs, so it can't be part of a cycle at run time. */
  readonly typeOnly: boolean
}

const STATIC_IMPORT = /^\s*(?:import|export)\s+(type\s)?(?:[^'"]*?\sfrom\s+)?['"](\.[^'"]+)['"]/gm
const DYNAMIC_IMPORT = /\bimport\(\s*['"](\.[^'"]+)['"]/g

function relativeImports(path: string, text: string): Import[] {
  const resolve = (specifier: string) => posix.normalize(posix.join(posix.dirname(path), specifier))
  return [
    ...[...text.matchAll(STATIC_IMPORT)].map(([, type, to = '']) => ({
      target: resolve(to),
      typeOnly: type !== undefined,
    })),
    ...[...text.matchAll(DYNAMIC_IMPORT)].map(([, to = '']) => ({ target: resolve(to), typeOnly: false })),
  ]
}

function roomCycles(edges: Edges): string[] {
  const graph = new Map(
    [...edges].map(
      ([room, targets]) => [room, [...targets].map((t) => (edges.has(t) ? t : (t.split('/')[0] ?? t)))] as const,
    ),
  )
  return cycles(graph).map((cycle) => `rooms in a circle: ${cycle.join(' -> ')}`)
}

function fileCycles(sources: Sources): string[] {
  const graph = new Map(
    [...sources].map(([path, text]) => {
      const targets = relativeImports(path, text).filter(({ typeOnly, target }) => !typeOnly && sources.has(target))
      return [path, targets.map(({ target }) => target)] as const
    }),
  )
  return cycles(graph).map((cycle) => `files in a circle: ${cycle.join(' -> ')}`)
}

/** One cycle for each back edge of a depth-first walk. */
function cycles(graph: ReadonlyMap<string, readonly string[]>): string[][] {
  const found: string[][] = []
  const done = new Set<string>()
  const path: string[] = []
  const visit = (node: string): void => {
    const at = path.indexOf(node)
    if (at >= 0) {
      found.push([...path.slice(at), node])
      return
    }
    if (done.has(node)) return
    path.push(node)
    for (const next of graph.get(node) ?? []) visit(next)
    path.pop()
    done.add(node)
  }
  for (const node of graph.keys()) visit(node)
  return found
}
