export interface Piece {
  readonly kind: 'same' | 'removed' | 'added'
  readonly text: string
}

/** Beyond this many cells of the table both texts are shown whole: a comparison must not stop the page. */
const MAX_CELLS = 1_000_000

/** What was taken out and put in between two texts, word by word, by their longest common sequence of words. */
export function diffWords(before: string, after: string): Piece[] {
  const [a, b] = [wordsOf(before), wordsOf(after)]
  let start = 0
  while (start < a.length && start < b.length && a[start] === b[start]) start++
  let end = 0
  while (end < a.length - start && end < b.length - start && a.at(-1 - end) === b.at(-1 - end)) end++
  const [middleA, middleB] = [a.slice(start, a.length - end), b.slice(start, b.length - end)]
  return joined([
    ...a.slice(0, start).map(same),
    ...(middleA.length * middleB.length > MAX_CELLS
      ? [...middleA.map(removed), ...middleB.map(added)]
      : byCommonWords(middleA, middleB)),
    ...(end === 0 ? [] : a.slice(-end).map(same)),
  ])
}

function byCommonWords(a: readonly string[], b: readonly string[]): Piece[] {
  const width = b.length + 1
  // longest[i * width + j]: of what is left of a from i and of b from j on
  const longest = new Uint32Array((a.length + 1) * width)
  const at = (i: number, j: number) => longest[i * width + j] ?? 0
  for (let i = a.length - 1; i >= 0; i--)
    for (let j = b.length - 1; j >= 0; j--)
      longest[i * width + j] = a[i] === b[j] ? at(i + 1, j + 1) + 1 : Math.max(at(i + 1, j), at(i, j + 1))
  const pieces: Piece[] = []
  let [i, j] = [0, 0]
  while (i < a.length || j < b.length) {
    const [left, right] = [a[i], b[j]]
    if (left !== undefined && left === right) {
      pieces.push(same(left))
      i++
      j++
    } else if (left !== undefined && (right === undefined || at(i + 1, j) >= at(i, j + 1))) {
      pieces.push(removed(left))
      i++
    } else if (right !== undefined) {
      pieces.push(added(right))
      j++
    }
  }
  return pieces
}

/** Words, with the space behind them. */
function wordsOf(text: string): string[] {
  return text.match(/\S+\s*|\s+/gu) ?? []
}

function joined(pieces: readonly Piece[]): Piece[] {
  const result: Piece[] = []
  for (const piece of pieces) {
    const last = result.at(-1)
    if (last?.kind === piece.kind) result[result.length - 1] = { kind: piece.kind, text: last.text + piece.text }
    else result.push(piece)
  }
  return result
}

const same = (text: string): Piece => ({ kind: 'same', text })
const removed = (text: string): Piece => ({ kind: 'removed', text })
const added = (text: string): Piece => ({ kind: 'added', text })
