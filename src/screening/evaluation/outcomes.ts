import type { Label } from '../taxonomy.ts'
import type { Row } from './data/rows.ts'
import type { HarmScore } from './harm-score.ts'

/** Distinct names kept per data set; what comes after is counted together, so that hostile data can't fill memory. */
const MAX_NAMES = 2_000
const REST = '(other)'

/** Names met so far, as small numbers. */
export class Names {
  readonly list: string[] = []
  readonly #ids = new Map<string, number>()

  id(name: string): number {
    const kept = this.#ids.has(name) || this.list.length < MAX_NAMES ? name : REST
    let id = this.#ids.get(kept)
    if (id === undefined) {
      id = this.list.push(kept) - 1
      this.#ids.set(kept, id)
    }
    return id
  }
}

const COLUMNS = ['score', 'probability', 'harmful', 'flagged', 'file', 'kind', 'category', 'line', 'ms'] as const
type Column = (typeof COLUMNS)[number]

/** How many rows of each truth. */
export interface TruthCount {
  harmful: number
  harmless: number
}

/** What the classifier said about each row, as columns: 72 bytes a row, and no text. */
export class Outcomes {
  readonly kinds = new Names()
  /** Names of categories with their file in front, as one category of one file. */
  readonly categories = new Names()
  /** Rows on which a label was found. */
  readonly labels = new Map<Label, TruthCount>()
  /** Rows by what answered: classifiers of several stages say which of them did. */
  readonly answeredBy = new Map<string, TruthCount>()
  #size = 0
  #columns = columnsOf(1_024)

  get size(): number {
    return this.#size
  }

  /** @param file index of the row's file; @param ms how long judging took; @param answeredBy the assessment's own classifier */
  add(row: Row, file: number, { score, probability, flagged }: HarmScore, ms: number, answeredBy: string): void {
    if (this.#size === this.#columns.score.length) this.#columns = columnsOf(this.#size * 2, this.#columns)
    const at = this.#size++
    const values: Readonly<Record<Column, number>> = {
      score,
      probability,
      harmful: row.harmful,
      flagged: flagged.length > 0 ? 1 : 0,
      file,
      kind: this.kinds.id(row.kind),
      category: this.categories.id(`${file}/${row.category}`),
      line: row.line,
      ms,
    }
    for (const column of COLUMNS) this.#columns[column][at] = values[column]
    for (const label of flagged) increase(this.labels, label, row.harmful)
    increase(this.answeredBy, answeredBy, row.harmful)
  }

  /** One column, a value per row in the order of adding; a view, valid until the next `add`. */
  column(name: Column): Float64Array {
    return this.#columns[name].subarray(0, this.#size)
  }
}

function increase<Key>(counts: Map<Key, TruthCount>, key: Key, harmful: 0 | 1): void {
  const count = counts.get(key) ?? { harmful: 0, harmless: 0 }
  count[harmful === 1 ? 'harmful' : 'harmless'] += 1
  counts.set(key, count)
}

function columnsOf(capacity: number, from?: Readonly<Record<Column, Float64Array>>): Record<Column, Float64Array> {
  const column = (name: Column) => {
    const array = new Float64Array(capacity)
    if (from !== undefined) array.set(from[name])
    return array
  }
  return {
    score: column('score'),
    probability: column('probability'),
    harmful: column('harmful'),
    flagged: column('flagged'),
    file: column('file'),
    kind: column('kind'),
    category: column('category'),
    line: column('line'),
    ms: column('ms'),
  }
}
