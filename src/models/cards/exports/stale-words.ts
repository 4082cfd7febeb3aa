import type { Redaction } from '../audience.ts'
import type { CardFinding } from '../finding.ts'
import { stepsOf } from '../read.ts'
import type { ModelCard } from '../schema.ts'

/** Said to readers: what lint says to those who write the card may tell of parts that are withheld. */
const WORDS: Readonly<Record<string, string>> = {
  evidence_stale: 'something newer has followed what it rests on',
  evidence_old: 'what it rests on is older than this card allows',
  figure_differs: 'the figure is no longer what its evidence says',
  figure_unborne: 'its evidence no longer says it',
  left_out: 'there are results that the card does not state',
}
const OTHERWISE = 'what it rests on is no longer there, or no longer what it was'

/**
 * What no longer holds, as one audience may read it: each part once, by name, with the first day.
 *
 * @param whole the card with what that audience doesn't see: places count in it
 */
export function staleWords(
  whole: ModelCard,
  withheld: readonly Redaction[],
  reasons: readonly CardFinding[],
): string[] {
  const lines = new Map<string, string | null>()
  for (const { path, code, since } of reasons) {
    const hidden = withheld.some((one) => path === one.path || path.startsWith(`${one.path}/`))
    const part = hidden ? 'A part that is withheld' : nameOf(whole, path)
    const line = `${part}: ${WORDS[code] ?? OTHERWISE}`
    const before = lines.get(line)
    if (before === undefined || (since !== null && (before === null || since < before))) lines.set(line, since)
  }
  return [...lines].map(([line, since]) => `${line}${since === null ? '' : `, since ${since.slice(0, 10)}`}.`)
}

/** `/evaluations/0/value` -> `Evaluation biology-1 helpful-only`. */
function nameOf(card: ModelCard, path: string): string {
  const [section, at, third] = stepsOf(path)
  if (section === 'evaluations' && typeof at === 'number') return `Evaluation ${card.evaluations[at]?.name ?? at + 1}`
  if (section === 'evaluations') return 'Evaluations'
  if (section === 'risks' && typeof third === 'number')
    return `Threshold ${card.risks.thresholds[third]?.threshold ?? third + 1}`
  if (section === 'risks') return 'Capability thresholds'
  if (section === 'capabilities' && typeof at === 'number') return `What it can do, item ${at + 1}`
  if (section === 'compute') return 'Compute'
  if (section === 'trainingData') return 'Training data'
  if (section === 'deployment') return 'Deployment'
  return section === 'safeguards'
    ? at === 'policy'
      ? 'Acceptable use policy'
      : 'Safeguards'
    : String(section ?? 'The card')
}
