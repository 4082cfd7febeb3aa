import { isEveryday } from './calibrate.ts'
import { seeded } from './model.ts'
import { type Row, TRAINED, UNKNOWN } from './rows.ts'

const VARIANTS = 36_000
const MAX_WORDS = 60

/**
 * Prompts that nobody labelled, made of those of the pool: halves of two joined, words lost or exchanged, sentences of everyday texts.
 * The encoder says what they are, and so teaches the screen which words carry harm and which only stand beside it. Both parents
 * stand in one fold, and so does the variant.
 */
export function variants(pool: readonly Row[], seed: number, foldOf: (row: Row) => number): Row[] {
  const random = seeded(seed + 77)
  const prompts = pool.filter((row) => row.side === 'prompt' && row.text.length > 12)
  const byFold = new Map<number, { harmful: Row[]; everyday: Row[]; any: Row[] }>()
  for (const row of prompts) {
    const fold = foldOf(row)
    const found = byFold.get(fold) ?? { harmful: [], everyday: [], any: [] }
    byFold.set(fold, found)
    found.any.push(row)
    if (row.harmful === 1) found.harmful.push(row)
    if (isEveryday(row)) found.everyday.push(row)
  }
  const folds = [...byFold.values()]
  const pick = <T>(items: readonly T[]): T | undefined => items[Math.floor(random() * items.length)]
  const wordsOf = (row: Row | undefined) => (row?.text ?? '').split(/\s+/).slice(0, MAX_WORDS)
  const some = (most: number) => Math.floor(random() * most)

  const splice = (a: string[], b: string[]) =>
    [...a.slice(0, 1 + some(a.length)), ...b.slice(some(b.length))].slice(0, MAX_WORDS).join(' ')
  const exchange = (a: string[], b: string[]) =>
    a.flatMap((word) => (random() < 0.2 ? (random() < 0.4 ? [] : [b[some(b.length)] ?? word]) : [word])).join(' ')
  const sentences = (row: Row | undefined) => {
    const all = (row?.text ?? '').slice(0, 20_000).split(/(?<=[.!?:;])\s+|\n+/)
    const at = some(all.length)
    return all
      .slice(at, at + 1 + some(3))
      .join(' ')
      .slice(0, 500)
  }
  const makers: ((fold: (typeof folds)[number]) => { text: string; parent: Row | undefined })[] = [
    ({ harmful, any }) => joined(splice, pick(harmful), pick(any)),
    ({ harmful, everyday }) => joined(splice, pick(everyday), pick(harmful)),
    ({ harmful, any }) => joined(exchange, pick(harmful), pick(any)),
    ({ harmful, everyday }) => joined(exchange, pick(everyday), pick(harmful)),
    ({ everyday }) => {
      const parent = pick(everyday)
      return { text: sentences(parent), parent }
    },
  ]
  function joined(how: (a: string[], b: string[]) => string, a: Row | undefined, b: Row | undefined) {
    return { text: how(wordsOf(a), wordsOf(b)), parent: a }
  }

  const rows: Row[] = []
  for (let i = 0; i < VARIANTS; i++) {
    const fold = folds[i % folds.length]
    const made = fold && makers[Math.floor(i / folds.length) % makers.length]?.(fold)
    if (made?.parent === undefined || made.text.trim().length < 4) continue
    rows.push(unlabelled(made.text, made.parent.group))
  }
  return rows
}

function unlabelled(text: string, group: string): Row {
  const targets = new Int8Array(TRAINED).fill(UNKNOWN)
  const trust = new Float32Array(TRAINED).fill(1)
  const about = { source: 'variants', kind: 'variant', category: '', harmful: -1, weight: 1 }
  return { text, prompt: '', side: 'prompt', targets, trust, group, ...about }
}
