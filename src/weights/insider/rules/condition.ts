import type { Expression } from './expression.ts'
import { AtPath, type Path } from './rule-fault.ts'

const TOKENS = /\s*(\(|\)|[A-Za-z0-9_*.-]+|\S)/y
const NAME = /^[A-Za-z0-9_*.-]+$/
const MAX_TOKENS = 200
const MAX_DEPTH = 20

/**
 * The condition of a rule: `and`, `or`, `not`, brackets, names of selections, and `1 of name*`, `all of name*`, `1 of them`, `all of them`.
 * `not` binds closest, then `and`. Names that begin with an underscore are not among `them`.
 *
 * @throws {AtPath} naming what is wrong: an unknown name, the old aggregations after `|`, a bracket that is missing
 */
export function conditionOf(
  condition: unknown,
  selections: ReadonlyMap<string, Expression>,
  path: Path,
): { expression: Expression; used: ReadonlySet<string> } {
  if (typeof condition !== 'string') throw new AtPath(path, 'one condition is owed, as a text')
  const tokens = tokensOf(condition, path)
  const parser = new Parser(tokens, selections, path)
  return { expression: parser.whole(), used: parser.used }
}

function tokensOf(condition: string, path: Path): readonly string[] {
  const tokens: string[] = []
  const text = condition.trim()
  TOKENS.lastIndex = 0
  for (let match = TOKENS.exec(text); match !== null && match[1] !== undefined; match = TOKENS.exec(text)) {
    if (match[1] === '|') throw new AtPath(path, 'aggregations after | are not supported: write a correlation')
    tokens.push(match[1])
    if (tokens.length > MAX_TOKENS) throw new AtPath(path, `a condition of more than ${MAX_TOKENS} words`)
  }
  return tokens
}

class Parser {
  readonly #tokens: readonly string[]
  readonly #selections: ReadonlyMap<string, Expression>
  readonly #path: Path
  readonly used = new Set<string>()
  #at = 0
  #depth = 0

  constructor(tokens: readonly string[], selections: ReadonlyMap<string, Expression>, path: Path) {
    this.#tokens = tokens
    this.#selections = selections
    this.#path = path
  }

  whole(): Expression {
    const expression = this.#either()
    if (this.#at < this.#tokens.length) throw this.#wrong(`${this.#tokens[this.#at]} is not expected there`)
    return expression
  }

  #either(): Expression {
    return this.#chain('or', 'any', () => this.#both())
  }

  #both(): Expression {
    return this.#chain('and', 'all', () => this.#one())
  }

  #chain(word: string, is: 'all' | 'any', part: () => Expression): Expression {
    const first = part()
    const parts = [first]
    while (this.#take(word)) parts.push(part())
    return parts.length === 1 ? first : { is, of: parts }
  }

  #one(): Expression {
    if (++this.#depth > MAX_DEPTH) throw this.#wrong(`more than ${MAX_DEPTH} levels of brackets`)
    try {
      if (this.#take('not')) return { is: 'not', of: this.#one() }
      if (this.#take('(')) {
        const inner = this.#either()
        if (!this.#take(')')) throw this.#wrong('a bracket is not closed')
        return inner
      }
      return this.#named()
    } finally {
      this.#depth--
    }
  }

  #named(): Expression {
    const token = this.#tokens[this.#at++]
    if (token === undefined) throw this.#wrong('it ends where a selection is expected')
    if (this.#take('of')) return this.#several(token.toLowerCase())
    const selection = this.#selections.get(token)
    if (selection === undefined) throw this.#wrong(`there is no selection ${token}`)
    this.used.add(token)
    return selection
  }

  #several(count: string): Expression {
    if (count !== '1' && count !== 'any' && count !== 'all')
      throw this.#wrong(`${count} of: only 1, any and all are supported`)
    const pattern = this.#tokens[this.#at++] ?? ''
    const isThem = pattern.toLowerCase() === 'them'
    if (!isThem && !NAME.test(pattern)) throw this.#wrong('of what?')
    const parts = pattern.split('*')
    const names = [...this.#selections.keys()].filter((name) =>
      isThem ? !name.startsWith('_') : fitsParts(name, parts),
    )
    if (names.length === 0) throw this.#wrong(`no selection fits ${pattern}`)
    for (const name of names) this.used.add(name)
    const of = names.flatMap((name) => this.#selections.get(name) ?? [])
    return { is: count === 'all' ? 'all' : 'any', of }
  }

  #take(word: string): boolean {
    if (this.#tokens[this.#at]?.toLowerCase() !== word) return false
    this.#at++
    return true
  }

  #wrong(says: string): AtPath {
    return new AtPath(this.#path, says)
  }
}

/** `filter_*` split at its stars. */
function fitsParts(name: string, parts: readonly string[]): boolean {
  const [first = '', ...rest] = parts
  if (rest.length === 0) return name === first
  if (!name.startsWith(first)) return false
  let at = first.length
  const last = rest.pop() ?? ''
  for (const part of rest) {
    const found = name.indexOf(part, at)
    if (found === -1) return false
    at = found + part.length
  }
  return name.length - last.length >= at && name.endsWith(last)
}
