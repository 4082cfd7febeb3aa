import type { ContentEvidence, ReadExchange, ReviewAsJudged } from '../../app/api/schema.ts'
import { count } from '../../components/count.ts'
import type { SaidBlock } from './said.tsx'

type Turn = ReadExchange['turns'][number]
type Track = ReadExchange['completion'][number]

interface Judged {
  readonly evidence: readonly ContentEvidence[]
  readonly asJudged: readonly ReviewAsJudged[]
}

/** The turns of a prompt, in order, each with what carried its scores. */
export function promptBlocks(turns: readonly Turn[], judged: Judged): SaidBlock[] {
  return turns.flatMap(({ role, parts }, turn) =>
    parts.map((part): SaidBlock => {
      const by = `${role}, turn ${turn + 1}`
      const about = judgedOf(part.pointer, judged)
      if (part.kind === 'media') return { ...about, by, text: null, note: `${part.media}; media are not kept` }
      const kind = part.kind === 'text' ? null : part.kind.replaceAll('_', ' ')
      return { ...about, by, text: part.text, note: kind }
    }),
  )
}

export function completionBlocks(tracks: readonly Track[], judged: Judged): SaidBlock[] {
  return tracks.map(({ track, kind, text, releasedChars }): SaidBlock => {
    const withheld = text.length - releasedChars
    const note = withheld > 0 ? `${withheld.toLocaleString('en')} of ${count(text.length, 'character')} withheld` : null
    return { ...judgedOf(track, judged), by: `assistant, ${kind}`, text, note }
  })
}

function judgedOf(source: string, { evidence, asJudged }: Judged) {
  return {
    source,
    evidence: evidence.filter((one) => one.source === source),
    asJudged: asJudged.filter((one) => one.source === source),
  }
}
