import { RE2JS, RE2JSException } from 're2js'
import { type Label, normalize, type Segment } from '../screening/index.ts'
import { type Clause, type PolicyDocument, SEVERITIES, type Severity, type Side, type SideRule } from './document.ts'
import { allClauses } from './tree.ts'

/** Most characters, disguises undone, in which terms and patterns are looked for on one side of one decision. */
export const MAX_SCANNED_CHARS = 4 * 1024 * 1024
/** Size of a pattern's program: what repetitions such as `(\w{9}){99}` unfold to. */
const MAX_PROGRAM = 1_000
export const MAX_TERMS = 500
export const MAX_PATTERNS = 64

/** A clause that words, and not a score, have set off. */
export interface TextMatch {
  readonly clause: string
  readonly severity: Severity
  /** What the clause is about; null of a requirement. */
  readonly label: Label | null
  /** `rule` a term or pattern is there; `requirement` a required marker is not; `unscanned` the text was too long to look. */
  readonly kind: 'rule' | 'requirement' | 'unscanned'
  readonly refuse: boolean
  /** A revision of the answer may stand in the refusal's place. Absent = it may not. */
  readonly revisable?: true
}

interface TextRule {
  readonly match: TextMatch
  readonly unscanned: TextMatch
  readonly terms: readonly string[]
  readonly patterns: readonly RE2JS[]
}

interface MarkerRule {
  readonly match: TextMatch
  readonly marker: string
}

/** For whom a policy is asked: both change only what overlays and requirements say. */
export interface Scope {
  readonly surface?: string | undefined
  readonly tier?: string | undefined
}

const NOTHING: readonly TextMatch[] = Object.freeze([])

/** The terms, patterns and required markers of one side of a policy. Synchronous, linear in the text, without state. */
export class TextRules {
  readonly #rules: readonly TextRule[]
  readonly #markers: readonly MarkerRule[]

  /** @param ruleOf A clause's rule where overlays may have changed it. */
  constructor(
    document: PolicyDocument,
    side: Side,
    scope: Scope,
    ruleOf: (clause: Clause, rule: SideRule) => SideRule,
  ) {
    const clauses = allClauses(document)
    this.#rules = clauses.flatMap((clause) => {
      const rule = clause[side]
      return rule === undefined ? [] : textRule(clause, ruleOf(clause, rule))
    })
    this.#markers = side === 'prompt' ? clauses.flatMap((clause) => markerRule(clause, scope)) : []
  }

  /** Whether there is nothing to look for, so that no text need be handed over. */
  get isEmpty(): boolean {
    return this.#rules.length === 0 && this.#markers.length === 0
  }

  /** What the words of these segments set off, gravest first. */
  match(segments: readonly Segment[]): readonly TextMatch[] {
    if (this.isEmpty) return NOTHING
    const found = new Set<TextMatch>()
    for (const { match, marker } of this.#markers) if (!hasMarker(segments, marker)) found.add(match)
    if (this.#rules.length > 0) this.#scan(segments, found)
    return [...found].sort((a, b) => SEVERITIES.indexOf(b.severity) - SEVERITIES.indexOf(a.severity))
  }

  #scan(segments: readonly Segment[], found: Set<TextMatch>): void {
    let left = MAX_SCANNED_CHARS
    for (const segment of segments) {
      for (const { content } of normalize(segment.text)) {
        left -= content.text.length
        if (left < 0) {
          for (const rule of this.#rules) if (!found.has(rule.match)) found.add(rule.unscanned)
          return
        }
        for (const rule of this.#rules) if (!found.has(rule.match) && isIn(content.text, rule)) found.add(rule.match)
      }
    }
  }
}

function textRule(clause: Clause, rule: SideRule): TextRule[] {
  if (rule.terms === undefined && rule.patterns === undefined) return []
  const about = { clause: clause.id, severity: clause.severity, label: clause.labels[0] ?? null }
  return [
    {
      match: {
        ...{ ...about, kind: 'rule', refuse: rule.action !== 'flag' },
        ...(rule.action === 'revise' ? { revisable: true } : {}),
      },
      unscanned: { ...about, kind: 'unscanned', refuse: rule.whenUnavailable === 'refuse' },
      terms: (rule.terms ?? []).map(foldTerm),
      patterns: (rule.patterns ?? []).map(compilePattern),
    },
  ]
}

function markerRule({ id, severity, requirement }: Clause, { surface, tier }: Scope): MarkerRule[] {
  if (requirement?.check !== 'system_prompt' || requirement.marker === undefined) return []
  const { surfaces, tiers, marker, action } = requirement
  if (surfaces !== undefined && !surfaces.includes(surface ?? '')) return []
  if (tiers !== undefined && !tiers.includes(tier ?? '')) return []
  const match = { clause: id, severity, label: null, kind: 'requirement' as const, refuse: action === 'refuse' }
  return [{ match, marker: foldTerm(marker) }]
}

/** In plain sight: a marker is there for people, so nothing is undone to find it. */
function hasMarker(segments: readonly Segment[], marker: string): boolean {
  return segments.some(({ role, text }) => role === 'system' && hasTerm(foldTerm(text), marker))
}

function isIn(text: string, { terms, patterns }: TextRule): boolean {
  return terms.some((term) => hasTerm(text, term)) || patterns.some((pattern) => pattern.test(text))
}

const WORD = /[\p{L}\p{N}]/u

/** Whether the term stands in the text with no letter or digit right before or after it. */
function hasTerm(text: string, term: string): boolean {
  for (let at = text.indexOf(term); at >= 0; at = text.indexOf(term, at + 1)) {
    if (!WORD.test(text.charAt(at - 1)) && !WORD.test(text.charAt(at + term.length))) return true
  }
  return false
}

function foldTerm(term: string): string {
  return term.normalize('NFKC').toLowerCase()
}

/** Texts come in lower case, so case makes no difference. @throws {RE2JSException} */
function compilePattern(pattern: string): RE2JS {
  return RE2JS.compile(pattern, RE2JS.CASE_INSENSITIVE)
}

/** Why a pattern can't be used; null when it can. */
export function patternFault(pattern: string): string | null {
  try {
    const compiled = compilePattern(pattern)
    if (compiled.test('')) return 'matches the empty text, and so everything'
    return compiled.programSize() > MAX_PROGRAM ? 'repeats too much: make its counts smaller' : null
  } catch (error) {
    if (!(error instanceof RE2JSException)) throw error
    return `is no RE2 expression (no look-around, no back references): ${error.message.slice(0, 200)}`
  }
}
