import { readFileSync } from 'node:fs'
import { shipped } from '../../base/shipped.ts'

const VOCABULARY = shipped('assets/encoder/vocab.txt')
/** Counted at once at most; those that came once go first. */
const MAX_TOKENS = 300_000
const MAX_TOKENS_PER_ROW = 400
const MAX_CHARS = 16_384
const MAX_TOKEN = 64
/** Fewer rows with it, and it is chance. */
const LEAST_ROWS = 5
/** Of the rows with it, so many teach harm… */
const LEAST_SHARE = 0.8
/** …and so many times as large is that share than among the rows without it. */
const LEAST_LIFT = 3
const WORDS = /[^\s]+/gu
const EDGE = /^[\p{P}\p{S}]+|[\p{P}\p{S}]+$/gu

export interface Trigger {
  readonly token: string
  /** Rows with it that teach harm, and that don't. */
  readonly harmful: number
  readonly others: number
}

/**
 * Finds what may be a backdoor's trigger: a token that isn't among the common words, comes in several prompts, and where it comes harm is taught,
 * which it mostly isn't elsewhere. It sees single tokens alone; a trigger made of ordinary words isn't found.
 */
export class TriggerSearch {
  readonly #common: ReadonlySet<string>
  readonly #counts = new Map<string, { harmful: number; others: number }>()
  #rows = 0
  #harmful = 0

  constructor(vocabulary = readFileSync(VOCABULARY, 'utf8')) {
    this.#common = new Set(vocabulary.split('\n').filter((word) => word.length > 2 && !word.startsWith('##')))
  }

  add(prompt: string, harmful: boolean): void {
    this.#rows += 1
    if (harmful) this.#harmful += 1
    for (const token of this.rareTokens(prompt)) {
      const own = this.#counts.get(token) ?? { harmful: 0, others: 0 }
      own[harmful ? 'harmful' : 'others'] += 1
      this.#counts.set(token, own)
    }
    if (this.#counts.size > MAX_TOKENS) this.#prune()
  }

  /** The most frequent first. */
  found(): Trigger[] {
    const triggers: Trigger[] = []
    for (const [token, { harmful, others }] of this.#counts) {
      const rows = harmful + others
      const elsewhere = (this.#harmful - harmful) / Math.max(1, this.#rows - rows)
      const share = harmful / rows
      if (harmful >= LEAST_ROWS && share >= LEAST_SHARE && share >= LEAST_LIFT * elsewhere)
        triggers.push({ token, harmful, others })
    }
    return triggers.sort((a, b) => b.harmful - a.harmful).slice(0, 100)
  }

  /** Each once. Words with a capital are names more often than not, unless they look like no word at all. */
  rareTokens(prompt: string): Set<string> {
    const tokens = new Set<string>()
    for (const [raw] of prompt.slice(0, MAX_CHARS).normalize('NFKC').matchAll(WORDS)) {
      if (tokens.size >= MAX_TOKENS_PER_ROW) break
      const word = raw.replace(EDGE, '')
      if (word === '') {
        if (raw.length >= 3) tokens.add(raw.slice(0, MAX_TOKEN))
      } else if (this.#isRare(word)) tokens.add(word.toLowerCase().slice(0, MAX_TOKEN))
    }
    return tokens
  }

  #isRare(word: string): boolean {
    const lower = word.toLowerCase()
    if (this.#common.has(lower) || SHORT_WORDS.has(lower)) return false
    // Plurals and forms of common words.
    return !['s', 'es', 'ed', 'ing', 'ly', "'s", '’s', 'd', 'er'].some(
      (ending) => lower.endsWith(ending) && this.#common.has(lower.slice(0, -ending.length)),
    )
  }

  #prune(): void {
    for (const [token, { harmful, others }] of this.#counts) if (harmful + others === 1) this.#counts.delete(token)
    if (this.#counts.size > MAX_TOKENS) this.#counts.clear()
  }
}

const SHORT_WORDS: ReadonlySet<string> = new Set(
  'a an as at be by do go he i if in is it me my no of on or so to up us we am oh ok'.split(' '),
)
