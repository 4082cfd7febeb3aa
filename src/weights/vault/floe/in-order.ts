/**
 * Runs `task` for 0 … count − 1, up to `ahead` at once, and yields what they give in order. Task n + `ahead` starts only when whoever reads has
 * asked for what follows n: buffers used in turn, n modulo `ahead`, are never shared. It ends, also early, when no task is running any more.
 *
 * @throws what the first task in order threw
 */
export async function* inOrder<T>(
  count: number,
  ahead: number,
  task: (index: number) => Promise<T>,
): AsyncGenerator<T, void, undefined> {
  const running: Promise<T>[] = []
  let started = 0
  try {
    for (let index = 0; index < count; index++) {
      for (; started < count && started < index + ahead; started++) {
        const result = task(started)
        result.catch(() => {}) // told when its turn comes; until then it must not count as unhandled
        running.push(result)
      }
      const turn = running.shift()
      if (turn !== undefined) yield await turn
    }
  } finally {
    await Promise.allSettled(running)
  }
}
