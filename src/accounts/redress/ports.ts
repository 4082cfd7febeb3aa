import type { RecordedDecision } from '../../decisions/index.ts'
import type { ContestedAction } from './schema.ts'

/** The recorded decisions, by id. */
export interface DecisionSource {
  find(id: string): Promise<RecordedDecision | null>
  /** What was refused to a customer, newest first. */
  refusals(query: {
    readonly organisationId: string
    readonly after?: string | undefined
    readonly limit: number
  }): Promise<{ readonly items: readonly RecordedDecision[]; readonly next: string | null }>
}

/** A clause as its policy version has it. */
export interface ClauseFacts {
  readonly id: string
  readonly title: string
  readonly wording: string
  readonly severity: string
  readonly labels: readonly string[]
  /** false: nobody is ever exempted from it. */
  readonly exemptible?: boolean | undefined
}

export interface PolicyFacts {
  readonly version: string
  /** Hex SHA-256. */
  readonly digest: string
  readonly title: string
  /** null when this version has no such clause. */
  clause(id: string): ClauseFacts | null
  /** All of them, in the order of the policy. */
  clauses(): readonly ClauseFacts[]
}

/** The policy versions that were ever in force. */
export interface PolicySource {
  current(): PolicyFacts
  /** null for a version of which this installation keeps no text. */
  find(digest: string): Promise<PolicyFacts | null>
}

/** What was done to an account, and how it is taken back. */
export interface EnforcementPort {
  /** null when there is no such action. */
  describe(actionId: string): Promise<ContestedAction | null>
  /** The newest first. @param before only older ones than this id */
  recent(before: string | null, limit: number): Promise<readonly ContestedAction[]>
  /** Calls back when an action was taken. @returns ends it */
  onChange(listener: () => void): () => void
  /**
   * Takes back everything that followed from this decision or action: strikes, restrictions and what built on them. Doing it twice is the same
   * as once: `appealId` names the occasion.
   *
   * @returns ids of what was restored.
   */
  undo(undoing: {
    readonly about: { readonly type: 'decision' | 'action'; readonly id: string }
    readonly appealId: string
    readonly by: string
  }): Promise<readonly string[]>
}

/** Who has had a hand in a decision, besides what this room knows itself; such as reviewers of the case. */
export interface PeoplePort {
  involvedIn(about: { readonly type: 'decision' | 'action'; readonly id: string }): Promise<readonly string[]>
  /** Whether two accounts are one person, as the identity provider knows them. */
  same(personId: string, otherId: string): Promise<boolean>
}
