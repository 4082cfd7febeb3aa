import type { CompiledSection, Redaction, ReportDocument, WrittenSection } from './schema.ts'

/** What stands in place of words that were taken out. */
export function mark(reason: Redaction['reason']): string {
  return `[redacted: ${reason.replaceAll('_', ' ')}]`
}

/**
 * The public edition: without what is redacted, and with the register that says where something was and why. Passages that overlap go together, so that no end
 * of one is left. What was signed is not changed.
 */
export function publicEdition(document: ReportDocument): ReportDocument {
  const of = (id: string) => document.redactions.filter(({ section }) => section === id)
  return {
    ...document,
    compiled: document.compiled.map((section) => withoutWhole(section, of(section.id))),
    // Who wrote what is for those inside.
    written: document.written.map((section) => ({ ...withoutPassages(section, of(section.id)), by: null })),
    redactions: document.redactions.map((one) => ({ ...one, passage: null, by: 'staff' })),
  }
}

function withoutWhole(section: CompiledSection, redactions: readonly Redaction[]): CompiledSection {
  const [first] = redactions
  return first === undefined ? section : { ...section, paragraphs: [mark(first.reason)], tables: [] }
}

function withoutPassages(section: WrittenSection, redactions: readonly Redaction[]): WrittenSection {
  const { text } = section
  if (text === null || redactions.length === 0) return section
  const whole = redactions.find(({ passage }) => passage === null)
  if (whole !== undefined) return { ...section, text: mark(whole.reason) }
  const cuts = redactions.flatMap((one) => placesOf(text, one)).toSorted((a, b) => a.from - b.from || b.to - a.to)
  let shown = ''
  let at = 0
  for (const { from, to, reason } of cuts) {
    if (from >= at) shown += `${text.slice(at, from)}${mark(reason)}`
    at = Math.max(at, to)
  }
  return { ...section, text: shown + text.slice(at) }
}

interface Cut {
  readonly from: number
  readonly to: number
  readonly reason: Redaction['reason']
}

/** Every place at which the passage stands, those that overlap too. */
function placesOf(text: string, { passage, reason }: Redaction): Cut[] {
  const cuts: Cut[] = []
  if (passage === null) return cuts
  for (let from = text.indexOf(passage); from >= 0; from = text.indexOf(passage, from + 1))
    cuts.push({ from, to: from + passage.length, reason })
  return cuts
}
