/**
 * Lets few of many work at once, in the order in which they came: what judges in this process would otherwise be asked for more than it can answer
 * in time.
 */
export function atOnce<Args extends readonly unknown[], Result>(
  most: number,
  work: (...args: Args) => Promise<Result>,
): (...args: Args) => Promise<Result> {
  const waiting: (() => void)[] = []
  let free = most
  return async (...args) => {
    if (free === 0) await new Promise<void>((resolve) => waiting.push(resolve))
    else free -= 1
    try {
      return await work(...args)
    } finally {
      const next = waiting.shift()
      if (next === undefined) free += 1
      else next()
    }
  }
}
