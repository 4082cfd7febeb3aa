import type { Activity } from './activity.ts'
import { compareMoments } from './order.ts'

const DAY_MS = 24 * 3_600_000

/**
 * Puts the activities of a replay in order: each is held until none that is in time could come before it, so that what looks at them
 * never has to go back. Same rules as `Timeline`: once each, and what is later than the window counts for nothing.
 */
export class Reorder {
  readonly #windowMs: number
  readonly #notAfterMs: number
  /** A binary heap, the earliest first. */
  readonly #heap: Activity[] = []
  readonly #held = new Set<string>()
  /** Let go of already, within the window: what may still come again. */
  readonly #released = new Queue()
  #newestMs = -Infinity
  #last: Activity | null = null
  #duplicates = 0
  #late = 0
  #ahead = 0

  /** @param notAfterMs an activity of a later time is refused: one wrong clock would make everything after it late */
  constructor({ windowMs = DAY_MS, notAfterMs = Infinity }: { windowMs?: number; notAfterMs?: number } = {}) {
    this.#windowMs = windowMs
    this.#notAfterMs = notAfterMs
  }

  get refused(): { duplicates: number; late: number; ahead: number } {
    return { duplicates: this.#duplicates, late: this.#late, ahead: this.#ahead }
  }

  /** @returns those that nothing can come before any more, in order */
  add(activity: Activity): readonly Activity[] {
    if (this.#held.has(activity.id)) this.#duplicates++
    else if (activity.timeMs > this.#notAfterMs) this.#ahead++
    else if (this.#last !== null && compareMoments(activity, this.#last) < 0) this.#late++
    else if (activity.timeMs < this.#newestMs - this.#windowMs) this.#late++
    else {
      this.#held.add(activity.id)
      if (activity.timeMs > this.#newestMs) this.#newestMs = activity.timeMs
      push(this.#heap, activity)
      return this.#release(this.#newestMs - this.#windowMs)
    }
    return []
  }

  /** The rest, in order. */
  end(): readonly Activity[] {
    return this.#release(Infinity)
  }

  #release(beforeMs: number): readonly Activity[] {
    const ready: Activity[] = []
    for (let first = this.#heap[0]; first !== undefined && first.timeMs < beforeMs; first = this.#heap[0]) {
      pop(this.#heap)
      ready.push(first)
      this.#last = first
      this.#released.push(first)
    }
    // Ids stay for a window more: the same one again, told with a later time, is still the same one.
    for (const gone of this.#released.before(beforeMs - this.#windowMs)) this.#held.delete(gone.id)
    return ready
  }
}

/** First in, first out, without moving what stays. */
class Queue {
  #items: Activity[] = []
  #at = 0

  push(activity: Activity): void {
    this.#items.push(activity)
  }

  *before(timeMs: number): Generator<Activity> {
    for (let next = this.#items[this.#at]; next !== undefined && next.timeMs < timeMs; next = this.#items[this.#at]) {
      this.#at++
      yield next
    }
    if (this.#at < 10_000 || this.#at * 2 < this.#items.length) return
    this.#items = this.#items.slice(this.#at)
    this.#at = 0
  }
}

function push(heap: Activity[], activity: Activity): void {
  let at = heap.length
  heap.push(activity)
  while (at > 0) {
    const above = (at - 1) >>> 1
    const parent = heap[above]
    if (parent === undefined || compareMoments(parent, activity) <= 0) break
    heap[at] = parent
    at = above
  }
  heap[at] = activity
}

function pop(heap: Activity[]): void {
  const last = heap.pop()
  if (last === undefined || heap.length === 0) return
  let at = 0
  for (;;) {
    const left = heap[2 * at + 1]
    if (left === undefined) break
    const right = heap[2 * at + 2]
    const child = right !== undefined && compareMoments(right, left) < 0 ? 2 * at + 2 : 2 * at + 1
    const smaller = heap[child]
    if (smaller === undefined || compareMoments(last, smaller) <= 0) break
    heap[at] = smaller
    at = child
  }
  heap[at] = last
}
