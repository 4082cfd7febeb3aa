/** Results wait for those before them; so many may wait, so that one slow prompt doesn't let memory grow without bound. */
const AHEAD = 16

/**
 * Works on many things at once and takes the results in the things' own order. After the first error nothing new begins; what has begun is
 * waited for, so that no answer that was paid for is lost.
 *
 * @param width how many at once @throws the first error, in the order of things
 */
export async function inOrder<T, R>(
  things: readonly T[],
  width: number,
  work: (thing: T, at: number) => Promise<R>,
  take: (result: R, at: number) => Promise<void>,
): Promise<void> {
  const running: Promise<R>[] = []
  let failed = false
  let next = 0
  const begin = () => {
    const at = next++
    const thing = things[at]
    if (thing === undefined) return
    const result = limited(() => work(thing, at))
    result.catch(() => {
      failed = true
    })
    running.push(result)
  }
  const limited = gate(width)
  while (next < things.length && running.length < width * AHEAD) begin()
  for (let at = 0; at < things.length; at++) {
    const oldest = running.shift()
    if (oldest === undefined) break
    try {
      await take(await oldest, at)
    } catch (error) {
      failed = true
      limited.close()
      await Promise.allSettled(running)
      throw error
    }
    if (!failed) begin()
  }
}

interface Gate {
  <R>(work: () => Promise<R>): Promise<R>
  /** What waits never begins. */
  close(): void
}

function gate(width: number): Gate {
  let free = width
  let closed = false
  const waiting: (() => void)[] = []
  const pass = async <R>(work: () => Promise<R>): Promise<R> => {
    if (free > 0) free -= 1
    else await new Promise<void>((resolve) => waiting.push(resolve))
    try {
      if (closed) throw new Error('nothing more is begun')
      return await work()
    } finally {
      const first = waiting.shift()
      if (first === undefined) free += 1
      else first()
    }
  }
  return Object.assign(pass, {
    close() {
      closed = true
    },
  })
}
