import { hash } from 'node:crypto'
import { readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { AppError } from '../base/errors.ts'
import { canonicalJson } from '../ledger/index.ts'
import { Decider, type DecisionInput, type PolicyDecision } from './decide.ts'
import type { Clause, PolicyDocument, Section, Severity, Side } from './document.ts'
import { type ExplainOptions, explainRefusal } from './explain.ts'
import { PolicyInvalidError } from './problem.ts'
import { readPolicy } from './read.ts'
import { compileRules } from './rule-table.ts'
import type { CalibratedThresholds } from './rules.ts'

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
  readonly #document: PolicyDocument
  readonly #canonical: string
  readonly #clauses: ReadonlyMap<string, Clause>
  readonly #deciders: Readonly<Record<Side, Decider>>

  private constructor(document: PolicyDocument, calibrated: CalibratedThresholds) {
    this.#document = document
    this.#canonical = canonicalJson(document)
    this.version = document.version
    this.digest = hash('sha256', this.#canonical)
    this.#clauses = new Map(document.sections.flatMap((s) => s.clauses.map((clause) => [clause.id, clause] as const)))
    const media: { id: string; severity: Severity } = this.clause(document.media.clause)
    this.#deciders = {
      prompt: new Decider(compileRules(document, 'prompt', calibrated), media),
      completion: new Decider(compileRules(document, 'completion', calibrated), media),
    }
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
    return new Policy(document, options.calibratedThresholds)
  }

  /** Decides one side of an exchange. Never throws; the same input gives the same answer. */
  decide(input: DecisionInput): PolicyDecision {
    return this.#deciders[input.side].decide(input)
  }

  /** @throws {AppError} NOT_FOUND */
  clause(id: string): Clause {
    const clause = this.#clauses.get(id)
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
    const { version, title, language, effective, preamble, sections } = this.#document
    return { version, digest: this.digest, title, language, effective, preamble, sections, canonical: this.#canonical }
  }
}

/** Path of the policy that ships with Safelevel. */
export function builtInPolicyPath(): string {
  return fileURLToPath(new URL('../../policies/acceptable-use.yaml', import.meta.url))
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
