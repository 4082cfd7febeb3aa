import { useState } from 'react'

/** What is ticked of a list, and a way to tick one or take its tick away. */
export function useChoices<T>(initial: Iterable<T> = []): readonly [ReadonlySet<T>, (choice: T) => void] {
  const [chosen, setChosen] = useState<ReadonlySet<T>>(() => new Set(initial))
  const toggle = (choice: T) => {
    const next = new Set(chosen)
    if (!next.delete(choice)) next.add(choice)
    setChosen(next)
  }
  return [chosen, toggle]
}
