import type { Segment } from '../classifiers/classifier.ts'
import type { Exchange } from './exchange.ts'

/** Every text of the exchange as a segment to judge, in reading order; empty strings and media are left out. */
export function segmentsOf(exchange: Exchange): Segment[] {
  const segments: Segment[] = []
  for (const { role, parts } of exchange.turns) {
    for (const part of parts) {
      if (part.kind === 'media' || part.text === '') continue
      segments.push({ text: part.text, role, kind: part.kind, source: part.pointer, offset: 0 })
    }
  }
  return segments
}
