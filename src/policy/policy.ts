import { hash } from 'node:crypto'
import { readFileSync } from 'node:fs'
import { AppError } from '../base/errors.ts'
import { shipped } from '../base/shipped.ts'
import { canonicalJson } from '../ledger/index.ts'
import type { Label, Segment } from '../screening/index.ts'
import { Decider, type DecisionInput, type PolicyDecision } from './decide.ts'
import type { Clause, Overlay, PolicyDocument, Retention, Section, Side } from './document.ts'
import { type ExplainOptions, explainRefusal } from './explain.ts'
import { PolicyInvalidError } from './problem.ts'
import { readPolicy } from './read.ts'
import { compileRules, effectiveRule, overlaysFor } from './rule-table.ts'
import type { CalibratedThresholds } from './rules.ts'
import { type Scope, type TextMatch, TextRules } from './text-rules.ts'
import { allClauses } from './tree.ts'

/** What the public may see of a policy: all of it. */
export interface PublicPolicy {
  readonly version: string
  /** Hex SHA-256 of `canonical`. */
  readonly digest: string
  readonly title: string
  readonly language: string
  /** `2026-01-31` */
  readonly effective: string
  readonly preamble: string
  readonly sections: readonly Section[]
  readonly overlays: readonly Overlay[]
  /** What is said about what is kept; null when the policy does not say. */
  readonly retention: Retention | null
  /** The document as RFC 8785 JSON, the bytes that `digest` names. */
  readonly canonical: string
}

export interface PolicyLoadOptions {
  /** The classifier's fitted thresholds, for the rules that say `calibrated`. */
  readonly calibratedThresholds: CalibratedThresholds
  /** What error messages call the document; default `policy`. */
  readonly source?: string
}

/**
 * One version of the acceptable use policy, immutable. Deciding is pure, synchronous and takes about a microsecond, so the policy is
 * asked on every window of every stream.
 */
export class Policy {
  readonly version: string
  /**
   * Hex SHA-256 of the document as RFC 8785 JSON, not of the file: comments, layout and the order of keys say nothing to a customer,
   * so they change no digest, and anyone can recompute it from `/policy.json` without our YAML. Everything that can change a decision
   * is in it, but for what `calibrated` stands for, which belongs to the classifier and is named by the classifier's own digest.
   */
  readonly digest: string
  readonly document: PolicyDocument
  /** Where this one holds; nothing for the policy without overlays. */
  readonly scope: Scope
  readonly #shared: Shared
  readonly #compiled: Compiled

  private constructor(shared: Shared, scope: Scope) {
    this.document = shared.document
    this.version = shared.document.version
    this.digest = shared.digest
    this.scope = scope
    this.#shared = shared
    this.#compiled = compiledFor(shared, scope)
  }

  /**
   * Reads, checks and compiles a policy.
   *
   * @param yamlText The YAML document; hostile input is bounded and refused.
   * @throws {PolicyInvalidError} POLICY_INVALID with line, column and rule of every fault found. A broken policy never loads in part.
   */
  static load(yamlText: string, options: PolicyLoadOptions): Policy {
    const { document, problems } = readPolicy(yamlText, options.calibratedThresholds)
    if (document === null) throw new PolicyInvalidError(options.source ?? 'policy', problems)
    return new Policy(share(document, options.calibratedThresholds), {})
  }

  /**
   * This policy as it holds on a surface for a customer's tier: the same version, under the overlays that apply there. The first call
   * for a place compiles, later ones look up.
   */
  at(scope: Scope): Policy {
    const { scoped } = this.#shared
    const key = `${scope.surface ?? ''}\n${scope.tier ?? ''}`
    const known = scoped.get(key)
    if (known !== undefined) return known
    const made = new Policy(this.#shared, scope)
    if (scoped.size < MAX_PLACES) scoped.set(key, made)
    return made
  }

  /** What the words of one side set off, for `decide`. Linear in the text; nothing where the policy looks for no words. */
  match(side: Side, segments: readonly Segment[]): readonly TextMatch[] {
    return this.#compiled.textRules[side].match(segments)
  }

  /** Whether it looks for terms, patterns or markers on any side, at any place. */
  get looksForWords(): boolean {
    return [...this.#shared.clauses.values()].some(
      ({ prompt, completion, requirement }) =>
        requirement?.check === 'system_prompt' ||
        [prompt, completion].some((rule) => rule?.terms !== undefined || rule?.patterns !== undefined),
    )
  }

  /** Whether any answer is to be revised, at any place. */
  get revises(): boolean {
    return this.#shared.revises
  }

  /** Labels that a score below `floor` may already set off on this side. */
  actsBelow(side: Side, floor: number): Label[] {
    const { rules } = compileRules(this.document, side, this.#shared.calibrated)
    const low = rules.filter((rule) => Math.min(rule.threshold, rule.refuseFromUnderAttack) < floor)
    return [...new Set(low.map((rule) => rule.label))]
  }

  /** Decides one side of an exchange. Never throws; the same input gives the same answer. */
  decide(input: DecisionInput): PolicyDecision {
    return this.#compiled.deciders[input.side].decide(input)
  }

  /** @throws {AppError} NOT_FOUND */
  clause(id: string): Clause {
    const clause = this.#shared.clauses.get(id)
    if (clause === undefined) throw new AppError('NOT_FOUND', `policy ${this.version} has no clause ${id}`)
    return clause
  }

  /**
   * What the refused person is told: the clause, the decision and where to appeal. Holds nothing of what was said.
   *
   * @throws {AppError} REQUEST_INVALID when the decision refuses nothing.
   */
  explain(decision: PolicyDecision, options: ExplainOptions): string {
    if (decision.clause === null) throw new AppError('REQUEST_INVALID', 'only a refusal can be explained')
    return explainRefusal(decision, this.clause(decision.clause), this.version, options)
  }

  view(): PublicPolicy {
    const { version, title, language, effective, preamble, sections, overlays = [], retention = null } = this.document
    const { canonical } = this.#shared
    return {
      version,
      digest: this.digest,
      title,
      language,
      effective,
      preamble,
      sections,
      overlays,
      retention,
      canonical,
    }
  }
}

/** What a policy is the same in wherever it is asked. */
interface Shared {
  readonly document: PolicyDocument
  readonly calibrated: CalibratedThresholds
  readonly canonical: string
  readonly digest: string
  readonly clauses: ReadonlyMap<string, Clause>
  readonly revises: boolean
  /** Surfaces and tiers that the document names: all others are alike. */
  readonly surfaces: ReadonlySet<string>
  readonly tiers: ReadonlySet<string>
  /** At most the product of the names above. */
  readonly compiled: Map<string, Compiled>
  /** The policy by surface and tier, so that a request need not make one. */
  readonly scoped: Map<string, Policy>
}

/** What decides at a place. */
interface Compiled {
  readonly deciders: Readonly<Record<Side, Decider>>
  readonly textRules: Readonly<Record<Side, TextRules>>
}

/** Surfaces and tiers are the installation's own, and few; more than this are not remembered. */
const MAX_PLACES = 1_000

/** Places that the document does not name are alike, and share what was compiled. */
function compiledFor(shared: Shared, { surface, tier }: Scope): Compiled {
  const { document, calibrated, surfaces, tiers, compiled } = shared
  const scope: Scope = {
    surface: surfaces.has(surface ?? '') ? surface : undefined,
    tier: tiers.has(tier ?? '') ? tier : undefined,
  }
  const key = JSON.stringify([scope.surface, scope.tier])
  const known = compiled.get(key)
  if (known !== undefined) return known
  const media = shared.clauses.get(document.media.clause)
  if (media === undefined) throw new AppError('INTERNAL', 'a policy without its media clause')
  const overlays = overlaysFor(document, scope)
  const decider = (side: Side) => new Decider(compileRules(document, side, calibrated, scope), media)
  const textRules = (side: Side) =>
    new TextRules(document, side, scope, (clause, rule) => effectiveRule(clause, rule, side, overlays))
  const made: Compiled = {
    deciders: { prompt: decider('prompt'), completion: decider('completion') },
    textRules: { prompt: textRules('prompt'), completion: textRules('completion') },
  }
  compiled.set(key, made)
  return made
}

function share(document: PolicyDocument, calibrated: CalibratedThresholds): Shared {
  const canonical = canonicalJson(document)
  const clauses = allClauses(document)
  const named = [...(document.overlays ?? []), ...clauses.flatMap(({ requirement }) => requirement ?? [])]
  return {
    document,
    calibrated,
    canonical,
    digest: hash('sha256', canonical),
    clauses: new Map(clauses.map((clause) => [clause.id, clause])),
    revises: [...clauses, ...(document.overlays ?? []).flatMap((overlay) => overlay.clauses)].some(
      ({ completion }) => completion?.action === 'revise',
    ),
    surfaces: new Set(named.flatMap(({ surfaces }) => surfaces ?? [])),
    tiers: new Set(named.flatMap(({ tiers }) => tiers ?? [])),
    compiled: new Map(),
    scoped: new Map(),
  }
}

/** Path of the policy that ships with Safelevel. */
export function builtInPolicyPath(): string {
  return shipped('policies/acceptable-use.yaml')
}

/**
 * Text of a policy file, the shipped one when `path` is undefined.
 *
 * @throws {AppError} CONFIG_INVALID when the file can't be read.
 */
export function readPolicyFile(path: string = builtInPolicyPath()): string {
  try {
    return readFileSync(path, 'utf8')
  } catch (cause) {
    throw new AppError('CONFIG_INVALID', `policy: ${path} can't be read`, { cause })
  }
}
