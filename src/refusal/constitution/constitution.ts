import { hash } from 'node:crypto'
import { readFileSync } from 'node:fs'
import { parseDocument } from 'yaml'
import { z } from 'zod'
import { AppError } from '../../base/errors.ts'
import { shipped } from '../../base/shipped.ts'
import { canonicalJson } from '../../ledger/index.ts'
import { allClauses, type PolicyDocument } from '../../policy/index.ts'
import { ConstitutionDocument, type Example, type Principle } from './document.ts'
import type { PromptKind } from './schema.ts'

/** Far above what people write, far below what could trouble the parser. */
const MAX_CHARACTERS = 512 * 1024

/** A principle that answers to harmful prompts are revised by. */
export type Revising = Principle & { readonly critique: string; readonly revision: string }

/** The principles of one version, immutable. */
export class Constitution {
  readonly document: ConstitutionDocument
  /** Hex SHA-256 of the document as RFC 8785 JSON: comments and layout change nothing. */
  readonly digest: string
  readonly #byId: ReadonlyMap<string, Principle>

  private constructor(document: ConstitutionDocument) {
    this.document = document
    this.digest = hash('sha256', canonicalJson(document))
    this.#byId = new Map(document.principles.map((one) => [one.id, one]))
  }

  /**
   * Reads a constitution; hostile input is bounded and refused.
   *
   * @param yamlText the YAML document @param source what errors call it
   * @throws {AppError} REQUEST_INVALID naming what is wrong in it
   */
  static load(yamlText: string, source = 'the constitution'): Constitution {
    if (yamlText.length > MAX_CHARACTERS) throw invalid(source, `is longer than ${MAX_CHARACTERS} characters`)
    const yaml = parseDocument(yamlText, { prettyErrors: true, version: '1.2' })
    const [fault] = [...yaml.errors, ...yaml.warnings]
    if (fault !== undefined) throw invalid(source, `is no sound YAML: ${fault.message.split('\n')[0]}`)
    const parsed = ConstitutionDocument.safeParse(plain(yaml, source))
    if (!parsed.success) throw invalid(source, `is invalid:\n${z.prettifyError(parsed.error)}`)
    const faults = faultsOf(parsed.data)
    if (faults.length > 0) throw invalid(source, faults.join('; '))
    return new Constitution(parsed.data)
  }

  get version(): string {
    return this.document.version
  }

  get examples(): readonly Example[] {
    return this.document.examples
  }

  /** @throws {AppError} NOT_FOUND */
  principle(id: string): Principle {
    const found = this.#byId.get(id)
    if (found === undefined) throw new AppError('NOT_FOUND', `the constitution has no principle ${id}`)
    return found
  }

  /** What is drawn from for prompts of a kind. */
  for(kind: PromptKind): readonly Principle[] {
    return this.document.principles.filter(({ prompts }) => prompts.includes(kind))
  }

  /** What answers to harmful prompts are revised by. */
  get revising(): readonly Revising[] {
    return this.document.principles.flatMap((one) => revisingOf(one) ?? [])
  }
}

/** The principle with what revising needs; null where it has none. */
export function revisingOf(principle: Principle): Revising | null {
  const { critique, revision } = principle
  return critique === undefined || revision === undefined ? null : { ...principle, critique, revision }
}

/**
 * What doesn't fit the policy, one line each: clauses that it hasn't, clauses that forbid what a classifier can find and that no principle
 * serves, and kinds of prompts without any principle.
 */
export function unfitFor(constitution: Constitution, policy: PolicyDocument): string[] {
  const clauses = allClauses(policy)
  const known = new Set(clauses.map(({ id }) => id))
  const { principles } = constitution.document
  const served = new Set(principles.filter(({ prompts }) => prompts.includes('harmful')).flatMap((one) => one.clauses))
  return [
    ...principles.flatMap((one) =>
      one.clauses.filter((id) => !known.has(id)).map((id) => `principle ${one.id}: the policy has no clause ${id}`),
    ),
    ...clauses
      .filter(({ id, effect, labels }) => effect === 'prohibit' && (labels ?? []).length > 0 && !served.has(id))
      .map(({ id, title }) => `clause ${id} (${title}) has no principle`),
    ...(constitution.for('helpful').length === 0 ? ['no principle asks whether an answer helps'] : []),
    ...(constitution.revising.length === 0 ? ['no principle says how an answer is revised'] : []),
  ]
}

/** Path of the constitution that ships with Safelevel. */
export function builtInConstitutionPath(): string {
  return shipped('policies/constitution.yaml')
}

/** @throws {AppError} REQUEST_INVALID when it can't be read or is none */
export function readConstitution(path: string = builtInConstitutionPath()): Constitution {
  let text: string
  try {
    text = readFileSync(path, 'utf8')
  } catch (cause) {
    throw new AppError('REQUEST_INVALID', `${path} can't be read`, { cause })
  }
  return Constitution.load(text, path)
}

/** Aliases would let a short text become a huge one. */
function plain(yaml: ReturnType<typeof parseDocument>, source: string): unknown {
  try {
    return yaml.toJS({ maxAliasCount: 0 })
  } catch (cause) {
    throw new AppError('REQUEST_INVALID', `${source} has aliases: each principle says its own words`, { cause })
  }
}

function faultsOf({ principles, examples }: ConstitutionDocument): string[] {
  const ids = new Set<string>()
  const twice = principles
    .filter(({ id }) => ids.has(id) || !ids.add(id))
    .map(({ id }) => `two principles are called ${id}`)
  const revising = new Set(principles.flatMap((one) => (revisingOf(one) === null ? [] : one.id)))
  const strange = examples
    .filter(({ principle }) => !revising.has(principle))
    .map(
      ({ principle }) => `an example names ${principle}, and no principle of that name has a critique and a revision`,
    )
  return [...twice, ...strange]
}

function invalid(source: string, what: string): AppError {
  return new AppError('REQUEST_INVALID', `${source} ${what}`)
}
