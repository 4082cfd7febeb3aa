import { BlockList, isIP, isIPv4 } from 'node:net'
import { RE2JS } from 're2js'
import type { Field } from '../activity/index.ts'

/** Whether the value of a field fits; null = the field is not there. */
export type Fits = (value: Field) => boolean

const MAX_PATTERN = 500
const MANY = '*'
const ONE = '?'

/** Where in the value a text must stand. */
export type Anchor = 'whole' | 'contains' | 'startswith' | 'endswith'

/**
 * A plain value of Sigma: `*` stands for any text, `?` for any character, a backslash takes that from them; upper and lower case are the same.
 *
 * @see https://sigmahq.io/docs/basics/rules.html#wildcards
 */
export function fitsText(pattern: string, anchor: Anchor, isCased: boolean): Fits {
  const tokens = tokensOf(isCased ? pattern : pattern.toLowerCase())
  const open = {
    before: anchor === 'contains' || anchor === 'endswith',
    after: anchor === 'contains' || anchor === 'startswith',
  }
  const all = [...(open.before ? [null] : []), ...tokens, ...(open.after ? [null] : [])]
  const [only] = all
  if (all.length === 0) return (value) => value === ''
  if (all.length === 1 && typeof only === 'string' && !only.includes('\0')) {
    return (value) => value !== null && text(value, isCased) === only
  }
  return (value) => value !== null && glob(text(value, isCased), all)
}

function text(value: Field, isCased: boolean): string {
  return isCased ? String(value) : String(value).toLowerCase()
}

/** Runs of text, in which NUL stands for any one character (no field holds it), and null for any text. */
function tokensOf(pattern: string): (string | null)[] {
  const tokens: (string | null)[] = []
  let run = ''
  for (let i = 0; i < pattern.length; i++) {
    const character = pattern.charAt(i)
    const next = pattern.charAt(i + 1)
    if (character === '\\' && (next === MANY || next === ONE || next === '\\')) {
      run += next
      i++
    } else if (character === MANY) {
      if (run !== '') tokens.push(run)
      if (tokens.at(-1) !== null || tokens.length === 0) tokens.push(null)
      run = ''
    } else run += character === ONE ? '\0' : character
  }
  if (run !== '') tokens.push(run)
  return tokens
}

/** The first place where each run fits is the best one, so that no step is taken back: time is linear in runs times the value's length. */
function glob(value: string, tokens: readonly (string | null)[]): boolean {
  const first = tokens[0]
  const last = tokens.at(-1)
  if (tokens.length === 1 && typeof first === 'string') return value.length === first.length && fitsAt(value, first, 0)
  let at = 0
  let end = value.length
  const runs = tokens.filter((token) => token !== null)
  if (typeof first === 'string') {
    if (!fitsAt(value, first, 0)) return false
    at = first.length
    runs.shift()
  }
  if (typeof last === 'string') {
    end -= last.length
    if (end < at || !fitsAt(value, last, end)) return false
    runs.pop()
  }
  for (const run of runs) {
    at = indexOf(value, run, at)
    if (at === -1 || at + run.length > end) return false
    at += run.length
  }
  return true
}

function indexOf(value: string, run: string, from: number): number {
  if (!run.includes('\0')) return value.indexOf(run, from)
  for (let at = from; at + run.length <= value.length; at++) if (fitsAt(value, run, at)) return at
  return -1
}

function fitsAt(value: string, run: string, at: number): boolean {
  if (!run.includes('\0')) return value.startsWith(run, at)
  if (at + run.length > value.length) return false
  for (let i = 0; i < run.length; i++) {
    if (run[i] !== '\0' && run[i] !== value[at + i]) return false
  }
  return true
}

/** A regular expression, found anywhere in the value; RE2, so that its time is linear in it. @returns why it is none, otherwise */
export function fitsExpression(pattern: string): Fits | string {
  if (pattern.length > MAX_PATTERN) return `longer than ${MAX_PATTERN} characters`
  try {
    const compiled = RE2JS.compile(pattern)
    return (value) => value !== null && compiled.matcher(String(value)).find()
  } catch {
    return 'no regular expression of RE2 (it has no lookaround and no references back)'
  }
}

/** An address within a block. @returns why it is none, otherwise */
export function fitsNetwork(block: string): Fits | string {
  const [address = '', bits = '', ...more] = block.split('/')
  const family = isIPv4(address) ? 'ipv4' : 'ipv6'
  if (
    isIP(address) === 0 ||
    more.length > 0 ||
    !/^\d{1,3}$/.test(bits) ||
    Number(bits) > (family === 'ipv4' ? 32 : 128)
  )
    return 'no network such as 10.0.0.0/8'
  const list = new BlockList()
  list.addSubnet(address, Number(bits), family)
  return (value) => typeof value === 'string' && isIP(value) !== 0 && list.check(value, isIPv4(value) ? 'ipv4' : 'ipv6')
}

const COMPARES: Readonly<Record<string, (a: number, b: number) => boolean>> = {
  gt: (a, b) => a > b,
  gte: (a, b) => a >= b,
  lt: (a, b) => a < b,
  lte: (a, b) => a <= b,
}

export function fitsNumber(operator: string, bound: number): Fits | null {
  const compare = COMPARES[operator]
  if (compare === undefined) return null
  return (value) => {
    const number =
      typeof value === 'number' ? value : typeof value === 'string' && value !== '' ? Number(value) : Number.NaN
    return compare(number, bound)
  }
}
