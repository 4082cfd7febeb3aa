import { type Document, isMap, isNode, isPair, isScalar, visit } from 'yaml'

/** Far deeper than any document that people write. */
const MAX_DEPTH = 40

/** Steps from the whole of a document to a place in it. */
export type YamlPath = readonly (string | number)[]

/** Something that is wrong at a place of a text, counted in characters from 0. */
export interface OffsetFault {
  readonly offset: number
  readonly message: string
}

/**
 * Whether brackets open without end, or lines are ever further in: to be asked before the parser sees a hostile text, since it would spend seconds on it
 * and its stack.
 */
export function nestsTooDeep(text: string): boolean {
  let depth = 0
  for (const char of text) {
    if (char === '[' || char === '{') depth++
    else if ((char === ']' || char === '}') && depth > 0) depth--
    if (depth > MAX_DEPTH * 10) return true
  }
  const indents: number[] = []
  for (const line of text.split('\n')) {
    // Each `- ` on a line is a level of its own.
    const lead = /^[ \t]*(?:[-?:] +)*/.exec(line)?.[0] ?? ''
    if ((lead.match(/[-?:]/g)?.length ?? 0) > MAX_DEPTH) return true
    if (lead.length === line.length) continue
    while (indents.length > 0 && (indents.at(-1) ?? 0) >= lead.length) indents.pop()
    indents.push(lead.length)
    if (indents.length > MAX_DEPTH * 3) return true
  }
  return false
}

/**
 * Aliases and repeated keys. The parser's own check for these compares every key with every other: parse with `uniqueKeys: false`.
 *
 * @param noAliases what to write in their place, in words
 */
export function structureFaults(doc: Document.Parsed, noAliases: string): OffsetFault[] {
  const faults: OffsetFault[] = []
  visit(doc, {
    Alias: (_, node) => {
      faults.push({ offset: node.range?.[0] ?? 0, message: `aliases are not allowed: ${noAliases}` })
    },
    Map: (_, node) => {
      const seen = new Set<unknown>()
      for (const { key } of node.items) {
        const offset = isNode(key) ? (key.range?.[0] ?? 0) : 0
        if (!isScalar(key)) faults.push({ offset, message: 'a key must be a word' })
        else if (seen.has(key.value)) faults.push({ offset, message: 'this key stands twice in its mapping' })
        else seen.add(key.value)
      }
    },
  })
  return faults
}

/** Where the node at `path` begins; the nearest that exists when it does not; the key itself when `key` names one. */
export function offsetOf(doc: Document.Parsed, path: YamlPath, key?: string): number {
  for (let length = path.length; length >= 0; length--) {
    const node = length === 0 ? doc.contents : doc.getIn(path.slice(0, length), true)
    if (!isNode(node) || !node.range) continue
    if (length === path.length && key !== undefined && isMap(node)) {
      const pair = node.items.find((item) => isPair(item) && isScalar(item.key) && item.key.value === key)
      if (pair && isScalar(pair.key) && pair.key.range) return pair.key.range[0]
    }
    return node.range[0]
  }
  return 0
}
