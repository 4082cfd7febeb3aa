import type { Json } from '../signals/signal.ts'

/** What has come so far of a correlation in one group. Bounded by what its condition asks for, however much comes. */
export type Window = readonly (readonly [string, number])[]

/** One more event in a group: what it is called (a rule, or the value that is counted), and whether it comes in order. */
export interface Arrival {
  /** Positions, in the correlation's list, of the rules that the activity fits. */
  readonly rules: readonly number[]
  /** Of the field whose values are counted. */
  readonly value: string | null
  readonly timeMs: number
}

/** How a correlation goes on: what is known after an arrival, and how many it counts now; `met` when that is enough. */
export interface Counter {
  add(window: Window, arrival: Arrival): { window: Window; count: number; met: boolean }
}

/** @param needed met at this many within the time, and then counted anew */
export function eventCount(needed: number, spanMs: number): Counter {
  return {
    add(window, { timeMs }) {
      const since = window.filter(([, at]) => at > timeMs - spanMs)
      const next: Window = [...since, ['', timeMs]]
      return { window: next, count: next.length, met: next.length >= needed }
    },
  }
}

/** Different values within the time. */
export function valueCount(needed: number, spanMs: number): Counter {
  return {
    add(window, { value, timeMs }) {
      const since = window.filter(([known, at]) => at > timeMs - spanMs && known !== value)
      const next: Window = value === null ? since : [...since, [value, timeMs]]
      return { window: next, count: next.length, met: next.length >= needed }
    },
  }
}

/** Each of `rules` rules, or `needed` of them, within the time, in any order. */
export function temporal(needed: number, spanMs: number): Counter {
  return {
    add(window, { rules, timeMs }) {
      const names = new Set(rules.map(String))
      const since = window.filter(([known, at]) => at > timeMs - spanMs && !names.has(known))
      const next: Window = [...since, ...[...names].map((name) => [name, timeMs] as const)]
      return { window: next, count: next.length, met: next.length >= needed }
    },
  }
}

/**
 * The rules one after the other, the first and the last within the time. Kept per step: when the latest chain began that has come so far.
 * One activity is one step at most.
 */
export function temporalOrdered(rules: number, spanMs: number): Counter {
  return {
    add(window, arrival) {
      const chains = new Map(window.filter(([, at]) => at > arrival.timeMs - spanMs))
      let count = 0
      for (const rule of [...arrival.rules].sort((a, b) => b - a)) {
        const began = rule === 0 ? arrival.timeMs : chains.get(String(rule - 1))
        if (began === undefined) continue
        chains.set(String(rule), began)
        count = Math.max(count, rule + 1)
      }
      return { window: [...chains], count, met: count === rules }
    },
  }
}

/** @returns null when it is no window */
export function windowOf(json: Json): Window | null {
  if (!Array.isArray(json)) return null
  const window: (readonly [string, number])[] = []
  for (const entry of json) {
    if (!Array.isArray(entry) || entry.length !== 2) return null
    const [name, at] = entry
    if (typeof name !== 'string' || typeof at !== 'number' || !Number.isFinite(at)) return null
    window.push([name, at])
  }
  return window
}
