import type { Expression } from './expression.ts'
import { getter } from './fields.ts'
import { type Anchor, type Fits, fitsExpression, fitsNetwork, fitsNumber, fitsText } from './patterns.ts'
import { AtPath, type Path } from './rule-fault.ts'

const ANCHORS: Readonly<Record<string, Anchor>> = {
  contains: 'contains',
  startswith: 'startswith',
  endswith: 'endswith',
}
const COMPARISONS: ReadonlySet<string> = new Set(['gt', 'gte', 'lt', 'lte'])
const MAX_VALUES = 500
const HOUR_MS = 3_600_000

/** A search identifier: a map of fields (all must fit), or a list of such maps (one must). @throws {AtPath} */
export function selectionOf(value: unknown, path: Path): Expression {
  if (Array.isArray(value)) {
    if (value.length === 0) throw new AtPath(path, 'a list with nothing in it')
    return { is: 'any', of: value.map((part: unknown, i) => mapOf(part, [...path, i])) }
  }
  return mapOf(value, path)
}

function mapOf(value: unknown, path: Path): Expression {
  if (typeof value !== 'object' || value === null || Array.isArray(value))
    throw new AtPath(path, 'words without a field are not supported: say which field holds them')
  const entries = Object.entries(value)
  if (entries.length === 0) throw new AtPath(path, 'a selection with nothing in it')
  return { is: 'all', of: entries.map(([key, wanted]) => fieldOf(key, wanted, [...path, key])) }
}

function fieldOf(key: string, wanted: unknown, path: Path): Expression {
  const [field = '', ...modifiers] = key.split('|')
  if (field === '') throw new AtPath(path, 'a field without a name')
  const isAll = modifiers.includes('all')
  const rest = modifiers.filter((modifier) => modifier !== 'all')
  const values: readonly unknown[] = Array.isArray(wanted) ? wanted : [wanted]
  if (values.length === 0 || values.length > MAX_VALUES) throw new AtPath(path, `1 to ${MAX_VALUES} values are owed`)
  if (isAll && values.length < 2) throw new AtPath(path, 'all asks for several values')
  const tests = values.map((value) => testOf(field, rest, value, path))
  const [only] = tests
  return tests.length === 1 && only !== undefined ? only : { is: isAll ? 'all' : 'any', of: tests }
}

function testOf(field: string, modifiers: readonly string[], value: unknown, path: Path): Expression {
  const of = getter(field)
  if (modifiers.includes('fieldref')) {
    if (modifiers.length > 1 || typeof value !== 'string') throw new AtPath(path, 'fieldref takes the name of a field')
    const other = getter(value)
    return { is: 'test', field: '*', passes: (a) => of(a) !== null && String(of(a)) === String(other(a)) }
  }
  const fits = fitsOf(modifiers, value, path)
  return { is: 'test', field, passes: (activity) => fits(of(activity)) }
}

/** @throws {AtPath} saying which modifier is not supported, or what the value should be */
function fitsOf(modifiers: readonly string[], value: unknown, path: Path): Fits {
  const isCased = modifiers.includes('cased')
  const [modifier = 'whole', ...more] = modifiers.filter((one) => one !== 'cased')
  if (more.length > 0)
    throw new AtPath(path, `the modifiers ${modifier} and ${more.join(', ')} do not go together here`)
  if (modifier === 'exists') {
    if (typeof value !== 'boolean') throw new AtPath(path, 'exists is true or false')
    return (found) => (found !== null) === value
  }
  if (modifier === 'hour') return hourOf(value, path)
  if (COMPARISONS.has(modifier)) {
    const fits = typeof value === 'number' ? fitsNumber(modifier, value) : null
    if (fits === null) throw new AtPath(path, `${modifier} takes a number`)
    return fits
  }
  if (modifier === 're' || modifier === 'cidr') return patternOf(modifier, value, path)
  const anchor = modifier === 'whole' ? 'whole' : ANCHORS[modifier]
  if (anchor === undefined) throw new AtPath(path, `the modifier ${modifier} is not supported`)
  return plainOf(value, anchor, isCased, path)
}

/** The hour of an instant, UTC. @see https://sigmahq.io/docs/basics/modifiers.html */
function hourOf(value: unknown, path: Path): Fits {
  if (typeof value !== 'number' || !Number.isInteger(value) || value < 0 || value > 23)
    throw new AtPath(path, 'hour is a whole number from 0 to 23')
  return (found) => typeof found === 'number' && Math.floor(found / HOUR_MS) % 24 === value
}

function patternOf(modifier: 're' | 'cidr', value: unknown, path: Path): Fits {
  if (typeof value !== 'string') throw new AtPath(path, `${modifier} takes a text`)
  const fits = modifier === 're' ? fitsExpression(value) : fitsNetwork(value)
  if (typeof fits === 'string') throw new AtPath(path, fits)
  return fits
}

function plainOf(value: unknown, anchor: Anchor, isCased: boolean, path: Path): Fits {
  if (value === null && anchor === 'whole') return (found) => found === null
  if (typeof value === 'string') return fitsText(value, anchor, isCased)
  if ((typeof value === 'number' || typeof value === 'boolean') && anchor === 'whole') {
    const wanted = String(value)
    return (found) => found !== null && String(found) === wanted
  }
  throw new AtPath(path, 'a text, a number, true, false or null is owed')
}
