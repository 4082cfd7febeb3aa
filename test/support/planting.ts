/** Enumerates every place of a JSON body at which text can stand, so that no cell of a matrix depends on somebody's having thought of it. */

type Json = null | boolean | number | string | Json[] | { [key: string]: Json }
type Path = readonly (string | number)[]

export interface Planting {
  /** `replace /messages/0/content` */
  readonly name: string
  readonly body: Json
}

/** One body for each place of `body` and way to plant `text` there. */
export function* plantings(body: Json, text: string): Generator<Planting> {
  for (const { path, value } of places(body, [])) {
    const name = `/${path.join('/')}`
    const put = (how: string, planted: Json): Planting => ({
      name: `${how} ${name}`,
      body: replaced(body, path, planted),
    })
    if (typeof value === 'string') {
      yield put('append', `${value} ${text}`)
      yield put('replace', text)
    } else if (Array.isArray(value)) {
      yield put('push', [...value, text])
      yield put('unshift', [{ type: 'text', text }, ...value])
    } else if (value !== null && typeof value === 'object') {
      yield put('key', { ...value, [text]: 1 })
      yield put('member', { ...value, x_member: text })
      yield put('deep member', { ...value, x_member: { inner: [{ x: text }] } })
      for (const key of Object.keys(value)) yield put(`rename ${key}`, renamed(value, key, text))
    } else yield put('replace scalar', text)
  }
}

function* places(value: Json, path: Path): Generator<{ path: Path; value: Json }> {
  yield { path, value }
  if (Array.isArray(value)) for (const [i, item] of value.entries()) yield* places(item, [...path, i])
  else if (value !== null && typeof value === 'object') {
    for (const [key, member] of Object.entries(value)) yield* places(member, [...path, key])
  }
}

function replaced(value: Json, path: Path, planted: Json): Json {
  const [step, ...rest] = path
  if (step === undefined) return planted
  if (Array.isArray(value)) return value.map((item, i) => (i === step ? replaced(item, rest, planted) : item))
  if (value === null || typeof value !== 'object') return value
  return Object.fromEntries(Object.entries(value).map(([k, v]) => [k, k === step ? replaced(v, rest, planted) : v]))
}

function renamed(value: { [key: string]: Json }, key: string, to: string): Json {
  return Object.fromEntries(Object.entries(value).map(([k, v]) => [k === key ? to : k, v]))
}

/** Runs `work` over all items, `width` at a time. */
export async function inParallel<T>(
  items: Iterable<T>,
  width: number,
  work: (item: T) => Promise<void>,
): Promise<void> {
  const queue = items[Symbol.iterator]()
  await Promise.all(
    Array.from({ length: width }, async () => {
      for (let next = queue.next(); !next.done; next = queue.next()) await work(next.value)
    }),
  )
}
