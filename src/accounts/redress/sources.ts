import { AppError } from '../../base/errors.ts'
import type { Decisions, RecordedDecision } from '../../decisions/index.ts'
import type { Staff } from '../../staff/index.ts'
import type { Enforcement, EnforcementAction } from '../enforcement/index.ts'
import type { ClauseFacts, DecisionSource, EnforcementPort, PeoplePort, PolicyFacts, PolicySource } from './ports.ts'
import type { ContestedAction } from './schema.ts'

/** A policy document, as far as this room reads it. */
interface Document {
  readonly version: string
  readonly title: string
  readonly sections: readonly { readonly clauses: readonly DocumentClause[] }[]
}
interface DocumentClause extends ClauseFacts {
  readonly clauses?: readonly DocumentClause[] | undefined
}

/** The policies of the room that keeps them. */
interface PolicyVersions {
  current(): { readonly digest: string; readonly document: Document }
  /** @throws {AppError} NOT_FOUND */
  version(digest: string): Promise<{ readonly document: Document }>
}

export interface Sources {
  readonly decisions: Pick<Decisions, 'get' | 'list'>
  readonly enforcement: Pick<Enforcement, 'readings' | 'undo' | 'onChange'>
  readonly policies: PolicyVersions
  readonly staff: { readonly people: Pick<Staff['people'], 'get'> }
}

const MOST_INVOLVED = 200

/** What this room asks of the others, in its own terms. */
export function portsOf({ decisions, enforcement, policies, staff }: Sources): {
  readonly decisions: DecisionSource
  readonly enforcement: EnforcementPort
  readonly policies: PolicySource
  readonly people: PeoplePort
} {
  const find = (id: string) => orNull(decisions.get(id))
  const facts = policyFacts(policies)
  const contested = async (action: EnforcementAction): Promise<ContestedAction> =>
    contestedAction(action, action.decisionId === null ? null : await find(action.decisionId), facts.current())
  return {
    policies: facts,
    decisions: { find, refusals: (query) => refusals(decisions, query) },
    enforcement: {
      async describe(id) {
        const action = await orNull(enforcement.readings.action(id))
        return action === null ? null : contested(action)
      },
      async recent(before, limit) {
        const { items } = await enforcement.readings.actions({ before: before ?? undefined, limit })
        return Promise.all(items.map(contested))
      },
      onChange: (listener) => enforcement.onChange(listener),
      async undo({ about, appealId, by }) {
        const { strikes, ended } = await enforcement.undo(about.id, { authority: 'redress', id: appealId, heardBy: by })
        return [...strikes, ...ended]
      },
    },
    people: {
      async involvedIn(about) {
        if (about.type !== 'decision') return []
        const query = { decisionId: about.id, limit: MOST_INVOLVED }
        const [actions, strikes] = await Promise.all([
          enforcement.readings.actions(query),
          enforcement.readings.strikes(query),
        ])
        return [...actions.items, ...strikes.items].flatMap(({ by }) => (by.type === 'staff' ? [by.id] : []))
      },
      async same(personId, otherId) {
        if (personId === otherId) return true
        const [person, other] = await Promise.all([
          orNull(staff.people.get(personId)),
          orNull(staff.people.get(otherId)),
        ])
        return person !== null && person.subject !== null && person.subject === other?.subject
      },
    },
  }
}

/** The newest version is remembered: it is asked for with each request. */
function policyFacts(policies: PolicyVersions): PolicySource {
  let known: PolicyFacts | null = null
  const current = () => {
    const { digest, document } = policies.current()
    if (known?.digest !== digest) known = toFacts(digest, document)
    return known
  }
  return {
    current,
    async find(digest) {
      if (current().digest === digest) return current()
      const found = await orNull(policies.version(digest))
      return found === null ? null : toFacts(digest, found.document)
    },
  }
}

function toFacts(digest: string, { version, title, sections }: Document): PolicyFacts {
  const clauses = new Map(sections.flatMap((section) => flat(section.clauses)).map((clause) => [clause.id, clause]))
  return { version, digest, title, clause: (id) => clauses.get(id) ?? null, clauses: () => [...clauses.values()] }
}

function flat(clauses: readonly DocumentClause[]): ClauseFacts[] {
  return clauses.flatMap((clause) => [clause, ...flat(clause.clauses ?? [])])
}

/** Refusals and answers that were cut, as one list. */
async function refusals(
  decisions: Sources['decisions'],
  { organisationId, after, limit }: Parameters<DecisionSource['refusals']>[0],
): ReturnType<DecisionSource['refusals']> {
  const page = (outcome: 'refuse' | 'cut') => decisions.list({ organisation: organisationId, outcome, after, limit })
  const [refused, cut] = await Promise.all([page('refuse'), page('cut')])
  const all = [...refused.items, ...cut.items].sort((a, b) => (a.id < b.id ? 1 : -1))
  const items = all.slice(0, limit)
  const more = all.length > limit || refused.next !== null || cut.next !== null
  return { items, next: more ? (items.at(-1)?.id ?? null) : null }
}

function contestedAction(
  action: EnforcementAction,
  decision: RecordedDecision | null,
  current: PolicyFacts,
): ContestedAction {
  const { id, step, subject, organisationId, startedAt, until, clause, label, decisionId, source, by } = action
  const named =
    decision?.policyVersion && decision.policyDigest
      ? { version: decision.policyVersion, digest: decision.policyDigest }
      : { version: current.version, digest: current.digest }
  return {
    id,
    kind: step,
    subject,
    organisationId,
    at: startedAt,
    until,
    clause,
    label,
    policy: clause === null ? null : named,
    decisions: decisionId === null ? [] : [decisionId],
    automatic: source === 'automatic',
    deciders: by.type === 'staff' ? [by.id] : [],
  }
}

async function orNull<T>(found: Promise<T>): Promise<T | null> {
  try {
    return await found
  } catch (error) {
    if (error instanceof AppError && error.code === 'NOT_FOUND') return null
    throw error
  }
}
