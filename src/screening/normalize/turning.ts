import { type MappedText, MappedTextBuilder } from './mapped-text.ts'
import { backwardness, EDGE, pairOf, rarity, strangeness, symbolOf } from './pairs.ts'

/** Pairs of the suspicious stretch that the alphabets are compared on. */
const MOST_COMPARED = 400
/** A reading counts as English when its pairs are at most this rare on average (thirds of a bit; English has 14). */
const ENGLISH_AT_MOST = 16.5
/** And when it is this much better than the text as it stands. */
const LEAST_GAIN = 4
const LETTERS = 26

/** What each letter stands for: alphabets moved by 1 to 25, and the alphabet backwards (Atbash). */
const ALPHABETS: readonly Uint8Array[] = [
  ...Array.from({ length: LETTERS - 1 }, (_, by) => alphabet((letter) => (letter + by + 1) % LETTERS)),
  alphabet((letter) => LETTERS - 1 - letter),
]
const PLAIN = alphabet((letter) => letter)

function alphabet(of: (letter: number) => number): Uint8Array {
  return Uint8Array.from({ length: LETTERS + 1 }, (_, letter) => (letter === EDGE ? EDGE : of(letter)))
}

/**
 * The text under the alphabet in which its strangest stretch reads as English (a Caesar shift or Atbash); undefined when there is none.
 * Same length, same places. Linear in the text; the comparison costs at most 27 × MOST_COMPARED steps.
 */
export function unshift(source: MappedText): MappedText | undefined {
  const stretch = stretchOf(source.text, strangeness)
  const asItStands = meanRarity(stretch, PLAIN)
  let best: Uint8Array | undefined
  let least = Math.min(ENGLISH_AT_MOST, asItStands - LEAST_GAIN)
  for (const candidate of ALPHABETS) {
    const mean = meanRarity(stretch, candidate)
    if (mean >= least) continue
    least = mean
    best = candidate
  }
  return best === undefined ? undefined : source.withText(spelled(source.text, best))
}

function spelled(text: string, letters: Uint8Array): string {
  return text.replace(/[a-z]/gi, (char) => {
    const unit = char.charCodeAt(0)
    return String.fromCharCode((unit & 0x60) + 1 + (letters[(unit & 0x1f) - 1] ?? 0))
  })
}

/** The text from its end to its beginning, when its most suspicious stretch reads as English that way. */
export function unreverse(source: MappedText): MappedText | undefined {
  const { text } = source
  const stretch = stretchOf(text, backwardness).reverse()
  if (meanRarity(stretch, PLAIN) > ENGLISH_AT_MOST) return undefined
  const out = new MappedTextBuilder(text.length)
  for (let end = text.length; end > 0; ) {
    const pair = end >= 2 && isPair(text, end - 2)
    const start = pair ? end - 2 : end - 1
    for (let i = start; i < end; i++) out.push(text.charCodeAt(i), source.originStart(i), source.originEnd(i))
    end = start
  }
  return out.build()
}

function isPair(text: string, at: number): boolean {
  return (text.charCodeAt(at) & 0xfc00) === 0xd800 && (text.charCodeAt(at + 1) & 0xfc00) === 0xdc00
}

/** Letters (0 to 25, EDGE between words) where the evidence is strongest, up to the place where it peaks. */
function stretchOf(text: string, evidence: Int8Array): Uint8Array {
  let score = 0
  let highest = 0
  let from = 0
  let bestFrom = 0
  let bestEnd = 0
  let previous = EDGE
  for (let i = 0; i <= text.length; i++) {
    const symbol = i < text.length ? symbolOf(text.charCodeAt(i)) : EDGE
    score += evidence[pairOf(previous, symbol)] ?? 0
    previous = symbol
    if (score <= 0) {
      score = 0
      from = i
    } else if (score > highest) {
      highest = score
      bestFrom = from
      bestEnd = i + 1
    }
  }
  const symbols: number[] = [EDGE]
  for (let i = Math.max(bestFrom, 0); i < bestEnd && symbols.length < MOST_COMPARED; i++) {
    const symbol = i < text.length ? symbolOf(text.charCodeAt(i)) : EDGE
    if (symbol !== EDGE || symbols.at(-1) !== EDGE) symbols.push(symbol)
  }
  return Uint8Array.from(symbols)
}

/** Mean rarity of the pairs of a stretch when its letters are read by `letters`. */
function meanRarity(stretch: Uint8Array, letters: Uint8Array): number {
  let sum = 0
  for (let i = 1; i < stretch.length; i++) {
    sum += rarity[pairOf(letters[stretch[i - 1] ?? EDGE] ?? EDGE, letters[stretch[i] ?? EDGE] ?? EDGE)] ?? 0
  }
  return stretch.length < 2 ? Number.POSITIVE_INFINITY : sum / (stretch.length - 1)
}
