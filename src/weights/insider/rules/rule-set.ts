import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { type CorrelationPlan, planOf } from './correlation.ts'
import type { Expression } from './expression.ts'
import { AtPath, type RuleFault, RulesInvalid } from './rule-fault.ts'
import { type ReadCorrelation, type ReadRule, readRules } from './rule-reader.ts'
import { type Level, WEIGHTS } from './rule-schema.ts'

/** What is shown of a rule. */
export interface RuleView {
  /** `rule.<name>`: what its signals give as their cause. */
  readonly cause: string
  readonly name: string
  /** UUID, as Sigma has it. */
  readonly id: string
  readonly title: string
  readonly description: string
  readonly level: Level
  /** In nats; 0 = it is only there for correlations. */
  readonly weight: number
  readonly isCertain: boolean
  readonly status: string
  /** MITRE ATT&CK, in capitals: `T1052.001`. */
  readonly techniques: readonly string[]
  readonly falsePositives: readonly string[]
  /** null = a rule about single activities. */
  readonly correlation: string | null
  /** Names of the rules that it correlates. */
  readonly of: readonly string[]
  /** Gives signals of its own. */
  readonly isTold: boolean
  readonly file: string
}

interface Told {
  readonly view: RuleView
  readonly says: string
  readonly about: string | null
}
export type EventRule = Told & { readonly expression: Expression }
export type CorrelationRule = Told & { readonly plan: CorrelationPlan }

export interface RuleText {
  readonly file: string
  readonly text: string
}

const MAX_RULES = 2_000

/** Rules in Sigma's format, read, checked and resolved. */
export class RuleSet {
  readonly rules: readonly EventRule[]
  /** Each after those that it refers to. */
  readonly correlations: readonly CorrelationRule[]

  private constructor(rules: readonly EventRule[], correlations: readonly CorrelationRule[]) {
    this.rules = rules
    this.correlations = correlations
  }

  /**
   * The rules of a folder: its `*.yml` files, in order of their names.
   *
   * @throws {RulesInvalid} with everything that is wrong, each at its file and line; what the file system throws
   */
  static load(folder: string): RuleSet {
    const files = readdirSync(folder)
      .filter((name) => name.endsWith('.yml') && name !== 'coverage.yml')
      .sort()
    return RuleSet.parse(files.map((file) => ({ file, text: readFileSync(join(folder, file), 'utf8') })))
  }

  /** @throws {RulesInvalid} */
  static parse(texts: readonly RuleText[]): RuleSet {
    const read = texts.map(({ file, text }) => ({ file, ...readRules(file, text) }))
    const faults = read.flatMap((one) => one.faults)
    const documents = read.flatMap(({ file, documents }) => documents.map((one) => ({ ...one, file })))
    if (documents.length > MAX_RULES) faults.push({ file: '', line: 1, path: '', says: `more than ${MAX_RULES} rules` })
    faults.push(...twice(documents))
    const correlations = documents.filter((one) => one.is === 'correlation')
    const resolved = new Resolving(documents, correlations)
    faults.push(...resolved.faults)
    if (faults.length > 0) throw new RulesInvalid(faults)
    const rules = documents
      .filter((one) => one.is === 'rule')
      .map((one) => ({ ...toldOf(one, resolved.silent), expression: one.expression }))
    return new RuleSet(
      rules,
      resolved.ordered.map(({ read: one, plan }) => ({ ...toldOf(one, resolved.silent), plan })),
    )
  }

  /** Every rule that gives signals, for people to see. */
  views(): readonly RuleView[] {
    return [...this.rules, ...this.correlations].map(({ view }) => view)
  }
}

type InFile<T> = T & { readonly file: string }
type AnyRead = InFile<ReadRule | ReadCorrelation>

function twice(documents: readonly AnyRead[]): RuleFault[] {
  const seen = new Set<string>()
  const faults: RuleFault[] = []
  for (const { document, place } of documents) {
    for (const [attribute, value] of [
      ['name', document.name],
      ['id', document.id],
    ] as const) {
      if (seen.has(value)) faults.push(place([attribute], 'another rule has it already'))
      seen.add(value)
    }
  }
  return faults
}

/** Puts correlations after what they refer to, by name or id. */
class Resolving {
  readonly ordered: { readonly read: InFile<ReadCorrelation>; readonly plan: CorrelationPlan }[] = []
  /** Rules that are only there for a correlation: unless it says `generate`, they give no signals of their own. */
  readonly silent = new Set<string>()
  readonly faults: RuleFault[] = []
  readonly #names: ReadonlyMap<string, string>
  readonly #correlations: ReadonlyMap<string, InFile<ReadCorrelation>>
  readonly #state = new Map<string, 'open' | 'done'>()

  constructor(all: readonly AnyRead[], correlations: readonly InFile<ReadCorrelation>[]) {
    this.#names = new Map(all.flatMap(({ document: { name, id } }) => [[name, name] as const, [id, name] as const]))
    this.#correlations = new Map(correlations.map((one) => [one.document.name, one]))
    for (const one of correlations) this.#resolve(one)
  }

  #resolve(read: InFile<ReadCorrelation>): void {
    const { document, place } = read
    if (this.#state.has(document.name)) return
    this.#state.set(document.name, 'open')
    const names: string[] = []
    document.correlation.rules.forEach((reference, i) => {
      const path = ['correlation', 'rules', i]
      const name = this.#names.get(reference)
      if (name === undefined) this.faults.push(place(path, 'there is no such rule'))
      else if (this.#state.get(name) === 'open') this.faults.push(place(path, 'it refers to itself'))
      else {
        const other = this.#correlations.get(name)
        if (other !== undefined) this.#resolve(other)
        names.push(name)
        if (!document.correlation.generate) this.silent.add(name)
      }
    })
    this.#state.set(document.name, 'done')
    if (names.length !== document.correlation.rules.length) return
    try {
      this.ordered.push({ read, plan: planOf(document, names) })
    } catch (error) {
      if (!(error instanceof AtPath)) throw error
      this.faults.push(place(error.path, error.message))
    }
  }
}

function toldOf({ document, file, ...read }: AnyRead, silent: ReadonlySet<string>): Told {
  const { name, id, title, description, level, status, tags, falsepositives = [], safelevel } = document
  const correlation = 'correlation' in document ? document.correlation : null
  const isTold = WEIGHTS[level] > 0 && !silent.has(name) && status !== 'deprecated' && status !== 'unsupported'
  return {
    view: {
      ...{ cause: `rule.${name}`, name, id, title, description, level, status, isTold, file },
      ...{ weight: WEIGHTS[level], isCertain: safelevel.certain, falsePositives: falsepositives },
      techniques: tags.flatMap((tag) => /^attack\.(t\d{4}(?:\.\d{3})?)$/.exec(tag)?.[1]?.toUpperCase() ?? []),
      correlation: correlation?.type ?? null,
      of: read.is === 'correlation' && correlation !== null ? correlation.rules : [],
    },
    says: safelevel.says ?? title,
    about: safelevel.about ?? null,
  }
}
