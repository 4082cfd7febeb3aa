import { z } from 'zod'
import type { KeptExchange } from '../content/index.ts'
import { normalize } from '../screening/index.ts'

/** So much of a text is shown undone, and so many readings of it: what is looked at by a person, not a record. */
const MAX_CHARS = 8_000
const MAX_VIEWS = 4

/** How a text reads once a disguise is undone, as classifiers got it beside the original. */
export const AsJudged = z
  .object({
    source: z.string().meta({ description: 'pointer of a part, or name of a track' }),
    kind: z
      .enum(['folded', 'joined', 'leet', 'decoded', 'shifted', 'reversed'])
      .meta({ description: 'which disguise was undone' }),
    text: z.string().meta({ description: 'lower case; the first 8,000 characters' }),
  })
  .meta({ id: 'ReviewAsJudged' })
export type AsJudged = z.infer<typeof AsJudged>

/** What classifiers were given besides the text as it was sent; empty for plain text, which is judged as it stands. */
export function asJudged(kept: Pick<KeptExchange, 'turns' | 'completion'>): AsJudged[] {
  const parts = kept.turns.flatMap(({ parts }) => parts)
  const prompt = parts.flatMap((part) => (part.kind === 'media' ? [] : readings(part.pointer, part.text)))
  return [...prompt, ...kept.completion.flatMap(({ track, text }) => readings(track, text))]
}

function readings(source: string, text: string): AsJudged[] {
  const seen = new Set([text.slice(0, MAX_CHARS).toLowerCase()])
  const found: AsJudged[] = []
  for (const { kind, content } of normalize(text.slice(0, MAX_CHARS))) {
    const shown = content.text.slice(0, MAX_CHARS)
    if (kind === 'original' || seen.has(shown) || found.length === MAX_VIEWS) continue
    seen.add(shown)
    found.push({ source, kind, text: shown })
  }
  return found
}
