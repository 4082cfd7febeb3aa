import { useSyncExternalStore } from 'react'

const TICK_MS = 15_000
const MINUTE = 60_000
const HOUR = 60 * MINUTE
const DAY = 24 * HOUR

let now = Date.now()
const listeners = new Set<() => void>()
setInterval(() => {
  now = Date.now()
  for (const listener of listeners) listener()
}, TICK_MS)

/** The time, moving on every quarter of a minute: one clock for the whole page. */
export function useNow(): number {
  return useSyncExternalStore(
    (listener) => {
      listeners.add(listener)
      return () => listeners.delete(listener)
    },
    () => now,
  )
}

/** A time as one thinks of it (`14 min ago`, `in 3 d`), with the exact one behind it. */
export function When({ at }: { readonly at: string }) {
  return (
    <time dateTime={at} title={exactly(at)} className="whitespace-nowrap">
      {relative(Date.parse(at) - useNow())}
    </time>
  )
}

/** @param ms Signed; the past is negative. */
export function relative(ms: number): string {
  const words = span(Math.abs(ms))
  if (words === null) return 'now'
  return ms < 0 ? `${words} ago` : `in ${words}`
}

/** `2 h 5 min`, `3 d`; null below half a minute. */
export function span(ms: number): string | null {
  if (ms < MINUTE / 2) return null
  if (ms < HOUR) return `${Math.max(1, Math.round(ms / MINUTE))} min`
  if (ms < DAY) {
    const minutes = Math.floor((ms % HOUR) / MINUTE)
    return minutes === 0 || ms > 6 * HOUR ? `${Math.floor(ms / HOUR)} h` : `${Math.floor(ms / HOUR)} h ${minutes} min`
  }
  return `${Math.round(ms / DAY)} d`
}

/** `2026-11-21 22:31:07` in the time of this machine, and where it is. */
export function exactly(at: string): string {
  const date = new Date(at)
  const two = (n: number) => String(n).padStart(2, '0')
  const zone = Intl.DateTimeFormat().resolvedOptions().timeZone
  return `${date.getFullYear()}-${two(date.getMonth() + 1)}-${two(date.getDate())} ${two(date.getHours())}:${two(date.getMinutes())}:${two(date.getSeconds())} ${zone}`
}

/** `2026-11-21` */
export function day(at: string): string {
  return exactly(at).slice(0, 10)
}
