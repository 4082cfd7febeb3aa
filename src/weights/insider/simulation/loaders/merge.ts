import type { Activity } from '../../index.ts'

/** A file's activities, in the order of time, many at a time. */
export type Batches = AsyncIterator<readonly Activity[]>

interface Head {
  readonly batches: Batches
  batch: readonly Activity[]
  at: number
}

const OUT = 5_000

/** Several files in the order of time, as one. */
export async function* merged(files: readonly Batches[]): AsyncGenerator<readonly Activity[]> {
  let heads: Head[] = []
  for (const batches of files) {
    const head = await refilled({ batches, batch: [], at: 0 })
    if (head !== null) heads.push(head)
  }
  let out: Activity[] = []
  while (heads.length > 0) {
    const first = earliest(heads)
    const next = first.batch[first.at]
    if (next === undefined) {
      if ((await refilled(first)) === null) heads = heads.filter((head) => head !== first)
      continue
    }
    first.at++
    out.push(next)
    if (out.length < OUT) continue
    yield out
    out = []
  }
  if (out.length > 0) yield out
}

/** The head whose next activity comes first; one that has to be refilled comes before all. */
function earliest(heads: readonly Head[]): Head {
  return heads.reduce((best, head) => (timeOf(head) < timeOf(best) ? head : best))
}

function timeOf({ batch, at }: Head): number {
  return batch[at]?.timeMs ?? Number.NEGATIVE_INFINITY
}

async function refilled(head: Head): Promise<Head | null> {
  for (;;) {
    const { done, value } = await head.batches.next()
    if (done === true) return null
    if (value.length === 0) continue
    head.batch = value
    head.at = 0
    return head
  }
}
