import { canonicalJson } from '../../ledger/index.ts'
import { claimsOf } from './claims.ts'
import { sha256 } from './facts.ts'
import { type CardFinding, type CardLint, outcomeOf } from './finding.ts'
import { completenessFindings, omissionFindings, withholdingFindings } from './lint-completeness.ts'
import { evidenceFindings, type LintContext } from './lint-evidence.ts'
import { figureFindings, proseFindings } from './lint-figures.ts'
import type { ModelCard } from './schema.ts'

const MAX_FINDINGS = 500

/** Everything that there is to say about a card, what is grave first. Reads no clock and no store: the same input gives the same answer. */
export function lintCard(context: LintContext): CardLint {
  const { card } = context
  const found = [
    ...claimsOf(card).flatMap((placed) => [...evidenceFindings(placed, context), ...figureFindings(placed, context)]),
    ...proseFindings(card),
    ...completenessFindings(card),
    ...omissionFindings(context),
    ...withholdingFindings(card),
  ]
  const findings = found.toSorted((a, b) => weight(a) - weight(b)).slice(0, MAX_FINDINGS)
  return { outcome: outcomeOf(found), digest: cardDigest(card), findings }
}

/** What people agree to publish: SHA-256 of the card as RFC 8785 canonical JSON, hex. */
export function cardDigest(card: ModelCard): string {
  return sha256(canonicalJson(card))
}

function weight({ severity }: CardFinding): number {
  return severity === 'error' ? 0 : 1
}

/** What makes a card that was good when it was published stale: not what was always so, such as a section that nobody wrote. */
const AGEING: ReadonlySet<string> = new Set([
  'evidence_stale',
  'evidence_old',
  'evidence_changed',
  'evidence_unknown',
  'evidence_withdrawn',
  'evidence_foreign',
  'evidence_unfinished',
  'figure_differs',
  'figure_unborne',
  'left_out',
])

/** Why a published card no longer says what is so; empty while it does. */
export function staleness({ findings }: CardLint): CardFinding[] {
  return findings.filter(({ code, severity }) => severity === 'error' && AGEING.has(code))
}
