/** What came of one try. Only `passed` and `failed` say anything about the model. */
export type Outcome = 'passed' | 'failed' | 'refused' | 'errored' | 'unscored'

/** The tries at one task. */
export interface TaskTally {
  readonly task: string
  /** Tasks of one family go together; null = it stands alone. */
  readonly family: string | null
  readonly passed: number
  readonly failed: number
  readonly refused: number
  readonly errored: number
  readonly unscored: number
}

export interface Totals {
  readonly tasks: number
  readonly tries: number
  readonly passed: number
  readonly failed: number
  readonly refused: number
  readonly errored: number
  readonly unscored: number
}

/** Tries at a task that might have come out either way. */
export function uncertain({ refused, errored, unscored }: TaskTally): number {
  return refused + errored + unscored
}

export function triesAt(tally: TaskTally): number {
  return tally.passed + tally.failed + uncertain(tally)
}

export function totalsOf(tallies: Iterable<TaskTally>): Totals {
  const sum = { tasks: 0, tries: 0, passed: 0, failed: 0, refused: 0, errored: 0, unscored: 0 }
  for (const tally of tallies) {
    sum.tasks += 1
    sum.tries += triesAt(tally)
    sum.passed += tally.passed
    sum.failed += tally.failed
    sum.refused += tally.refused
    sum.errored += tally.errored
    sum.unscored += tally.unscored
  }
  return sum
}

type Counting = { -readonly [K in keyof TaskTally]: TaskTally[K] }

interface Kept {
  readonly tally: Counting
  /** Numbers of tries below 31 that have come, a bit each: a set of names for each try would take a hundred times as much. */
  seen: number
  more: Set<number> | null
}

const BITS = 31

/** Counts tries, task by task; the order in which they come doesn't matter. */
export class TallyBook {
  readonly #tasks = new Map<string, Kept>()
  readonly #maxTasks: number

  constructor(maxTasks: number) {
    this.#maxTasks = maxTasks
  }

  /** @returns false when there are more tasks than are counted */
  add(task: string, family: string | null, outcome: Outcome): boolean {
    let kept = this.#tasks.get(task)
    if (kept === undefined) {
      if (this.#tasks.size >= this.#maxTasks) return false
      const tally = { task, family, passed: 0, failed: 0, refused: 0, errored: 0, unscored: 0 }
      kept = { tally, seen: 0, more: null }
      this.#tasks.set(task, kept)
    }
    kept.tally[outcome] += 1
    return true
  }

  /** Notes that the try of this number has come at a task that was added. @returns false when it had come before */
  number(task: string, number: number): boolean {
    const kept = this.#tasks.get(task)
    if (kept === undefined) return true
    if (Number.isInteger(number) && number >= 0 && number < BITS) {
      const bit = 1 << number
      const isNew = (kept.seen & bit) === 0
      kept.seen |= bit
      return isNew
    }
    kept.more ??= new Set()
    const isNew = !kept.more.has(number)
    kept.more.add(number)
    return isNew
  }

  /** A try that ended in an error was made again. */
  replaceError(task: string, outcome: Outcome): void {
    const tally = this.#tasks.get(task)?.tally
    if (tally === undefined || tally.errored === 0) return
    tally.errored -= 1
    tally[outcome] += 1
  }

  get size(): number {
    return this.#tasks.size
  }

  tallies(): TaskTally[] {
    return Array.from(this.#tasks.values(), ({ tally }) => tally)
  }
}
