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

/** Counts tries, task by task; the order in which they come doesn't matter. */
export class TallyBook {
  readonly #tasks = new Map<string, { -readonly [K in keyof TaskTally]: TaskTally[K] }>()
  readonly #maxTasks: number

  constructor(maxTasks: number) {
    this.#maxTasks = maxTasks
  }

  /** @returns false when there are more tasks than are counted */
  add(task: string, family: string | null, outcome: Outcome): boolean {
    let tally = this.#tasks.get(task)
    if (tally === undefined) {
      if (this.#tasks.size >= this.#maxTasks) return false
      tally = { task, family, passed: 0, failed: 0, refused: 0, errored: 0, unscored: 0 }
      this.#tasks.set(task, tally)
    }
    tally[outcome] += 1
    return true
  }

  get size(): number {
    return this.#tasks.size
  }

  tallies(): TaskTally[] {
    return [...this.#tasks.values()]
  }
}
