import type { ModelCard } from '../schema.ts'
import { onOneLine, paragraphsOf, plain } from '../text.ts'

type Words = Partial<
  Pick<ModelCard, 'summary' | 'intendedUses' | 'outOfScopeUses' | 'limitations' | 'acceptableUse'>
> & {
  readonly training?: string
  readonly curation?: string
  readonly hardware?: string
  readonly process?: string
  readonly risks?: string
}

export interface ReadSections {
  readonly words: Words
  /** Headings whose text has no place of its own in a card. */
  readonly left: readonly string[]
}

interface Part {
  readonly heading: string
  readonly lines: string[]
}

/** What the headings of cards are called, the most special first. */
const PLACES: readonly (readonly [RegExp, keyof Words])[] = [
  [/out.of.scope|misuse|not (be )?used/i, 'outOfScopeUses'],
  [/limitation|what .*(can.?t|cannot)/i, 'limitations'],
  [/intended use|direct use|downstream use|what it is for|^uses?$/i, 'intendedUses'],
  [/restriction|acceptable use|terms of use/i, 'acceptableUse'],
  [/bias|risk|ethic/i, 'risks'],
  [/preprocess|curation|filter|cleaned/i, 'curation'],
  [/training data|dataset/i, 'training'],
  [/training procedure|training process|hyperparameter/i, 'process'],
  [/hardware|compute infrastructure/i, 'hardware'],
  [/summary|description|overview|introduction|model details/i, 'summary'],
]

const MOST = { items: 50, item: 2_000, prose: 4_000 } as const
/** What templates put where nobody has written anything. */
const BLANK = /\[?more information needed\]?/gi

/** Reads the text of a README by its headings. Whatever is markup there is text here. */
export function readSections(markdown: string): ReadSections {
  const parts = partsOf(markdown)
  const found: { -readonly [K in keyof Words]: Words[K] } = {}
  const left: string[] = []
  for (const { heading, lines } of parts) {
    const text = plain(
      lines
        .join('\n')
        .replaceAll(/<!--.*?(?:-->|$)/gs, '')
        .replaceAll(BLANK, ''),
      200_000,
    ).trim()
    if (text === '') continue
    const place = heading === '' ? 'summary' : PLACES.find(([pattern]) => pattern.test(heading))?.[1]
    if (place === undefined) left.push(plain(heading, 120))
    else put(found, place, text)
  }
  return { words: found, left: left.slice(0, 50) }
}

function put(found: { -readonly [K in keyof Words]: Words[K] }, place: keyof Words, text: string): void {
  if (place === 'intendedUses' || place === 'outOfScopeUses' || place === 'limitations') {
    found[place] = [...(found[place] ?? []), ...itemsOf(text)].slice(0, MOST.items)
    return
  }
  const most = place === 'hardware' ? 1_000 : MOST.prose
  const before = found[place]
  found[place] = plain(before == null ? text : `${before}\n\n${text}`, most)
}

/** Points of a list one by one, paragraphs each as one. */
function itemsOf(text: string): string[] {
  const items: string[] = []
  for (const paragraph of paragraphsOf(text)) {
    let item: string[] = []
    for (const line of paragraph.split('\n')) {
      const point = /^(?:[-*+]|\d{1,9}[.)])(?:[ \t]+(.*))?$/.exec(line.trimStart())
      if (point === null) item.push(line)
      else {
        items.push(item.join('\n'))
        item = [point[1] ?? '']
      }
    }
    items.push(item.join('\n'))
  }
  return items.map((one) => plain(onOneLine(one), MOST.item)).filter((one) => one !== '')
}

/** Headings inside of fenced code are none. */
function partsOf(markdown: string): Part[] {
  let part: Part = { heading: '', lines: [] }
  const parts = [part]
  let fence: string | null = null
  for (const line of markdown.split('\n')) {
    const mark = /^\s{0,3}(```|~~~)/.exec(line)?.[1]
    if (mark !== undefined) fence = fence === null ? mark : fence === mark ? null : fence
    const heading = fence === null ? /^#{1,6}[ \t]+(.{1,200})/.exec(line)?.[1] : undefined
    if (heading === undefined) part.lines.push(line)
    else {
      part = { heading: heading.trim(), lines: [] }
      parts.push(part)
    }
  }
  return parts
}
