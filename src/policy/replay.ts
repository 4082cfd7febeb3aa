import { z } from 'zod'
import { type Assessment, isLabel, LABELS, type Label } from '../screening/index.ts'
import { type DecisionInput, effectOf, type PolicyDecision } from './decide.ts'
import { SIDES, type Side } from './document.ts'
import type { Policy } from './policy.ts'

/** What a replay needs to know of one side of a recorded decision. */
export interface ReplaySide {
  /** Highest score per label; one that is absent was below the floor, or its label was not judged. */
  readonly scores: Readonly<Record<string, number>>
  readonly unevaluated: readonly string[]
  readonly testString: boolean
  readonly reason: string | null
}

/** A recorded decision, as the room of decisions streams them. */
export interface ReplayRow {
  readonly id: string
  readonly organisation: string | null
  readonly surface: string | null
  /** Of the customer, at the time. */
  readonly tier?: string | null
  readonly prompt: ReplaySide | null
  readonly completion: ReplaySide | null
}

const Direction = z.object({
  newlyRefused: z.int().nonnegative(),
  newlyAllowed: z.int().nonnegative(),
  newlyRevised: z.int().nonnegative().default(0).meta({ description: 'revised, and refused or allowed before' }),
  otherClause: z.int().nonnegative().meta({ description: 'refused or revised as before, under another clause' }),
  newlyFlagged: z.int().nonnegative(),
  noLongerFlagged: z.int().nonnegative(),
})
export type ReplayCounts = z.infer<typeof Direction>

const Sample = z.object({
  decision: z.string(),
  side: z.enum(SIDES),
  change: z.enum(['newlyRefused', 'newlyAllowed', 'newlyRevised', 'otherClause']),
  label: z.string().nullable(),
  before: z.string().nullable().meta({ description: 'clause that refused it; null = allowed' }),
  after: z.string().nullable(),
})
export type ReplaySample = z.infer<typeof Sample>

/** What a draft would have decided otherwise than the policy in force, over recorded decisions. */
export const ReplayReport = z
  .object({
    current: z.object({ version: z.string(), digest: z.string() }),
    draft: z.object({ version: z.string(), digest: z.string() }),
    decisions: z.int().nonnegative().meta({ description: 'recorded decisions read' }),
    judged: z.int().nonnegative().meta({ description: 'of them those with a judgement, which could be replayed' }),
    refusedNow: z.int().nonnegative(),
    refusedThen: z.int().nonnegative().meta({ description: 'by the draft' }),
    revisedNow: z.int().nonnegative().default(0).meta({ description: 'to be revised, and in no way refused' }),
    revisedThen: z.int().nonnegative().default(0).meta({ description: 'by the draft' }),
    totals: Direction,
    byCategory: z.array(Direction.extend({ label: z.string() })).meta({ description: 'most changed first' }),
    byCustomer: z
      .array(Direction.extend({ organisation: z.string(), decisions: z.int() }))
      .meta({ description: 'most changed first, at most 100; the rest under `other`' }),
    samples: z.array(Sample).meta({ description: 'at most 10 of each kind of change in each category' }),
    unknown: z
      .object({
        floor: z.number().meta({ description: 'scores below it were not recorded' }),
        belowFloor: z.array(z.string()).meta({ description: 'side and label where a policy acts below the floor' }),
        decisionsBelowFloor: z.int().meta({ description: 'decisions in which such a score may be missing' }),
        words: z.boolean().meta({ description: 'a policy looks for words, which are not recorded with decisions' }),
        media: z.int().meta({ description: 'decisions about images, sound or files, taken as they were' }),
      })
      .meta({ description: 'what can’t be known from what was recorded' }),
  })
  .meta({ id: 'ReplayReport' })
export type ReplayReport = z.infer<typeof ReplayReport>

export interface ReplayOptions {
  readonly current: Policy
  readonly draft: Policy
  /** Scores below it were not recorded. */
  readonly floor: number
  /** Called now and then with the number of rows read. */
  readonly onProgress?: (rows: number) => void
  readonly signal?: AbortSignal
}

const PROGRESS_EVERY = 1_000
const SAMPLES_EACH = 10
const MAX_CUSTOMERS_KEPT = 10_000
const MAX_CUSTOMERS_SHOWN = 100
const OTHER = 'other'

/**
 * Decides every row twice from its recorded scores, by the policy in force and by the draft, and counts what differs. Both are asked the
 * same, so a difference is the draft's doing and not that of a classifier or an earlier version. In constant memory.
 *
 * @throws whatever the rows throw, and the signal's reason when it fires.
 */
export async function replay(
  rows: AsyncIterable<ReplayRow> | Iterable<ReplayRow>,
  options: ReplayOptions,
): Promise<ReplayReport> {
  const tally = new Tally(options)
  let read = 0
  for await (const row of rows) {
    tally.add(row)
    if (++read % PROGRESS_EVERY === 0) {
      options.signal?.throwIfAborted()
      options.onProgress?.(read)
    }
  }
  options.onProgress?.(read)
  return tally.report()
}

class Tally {
  readonly #options: ReplayOptions
  readonly #blind: Readonly<Record<Side, readonly Label[]>>
  readonly #totals = noCounts()
  readonly #byCategory = new Map<string, ReplayCounts>()
  readonly #byCustomer = new Map<string, ReplayCounts & { decisions: number }>()
  readonly #samples = new Map<string, ReplaySample[]>()
  #decisions = 0
  #judged = 0
  #refusedNow = 0
  #refusedThen = 0
  #revisedNow = 0
  #revisedThen = 0
  #belowFloor = 0
  #media = 0

  constructor(options: ReplayOptions) {
    this.#options = options
    const blindOn = (side: Side) => [
      ...new Set([...options.current.actsBelow(side, options.floor), ...options.draft.actsBelow(side, options.floor)]),
    ]
    this.#blind = { prompt: blindOn('prompt'), completion: blindOn('completion') }
  }

  add(row: ReplayRow): void {
    this.#decisions++
    if (row.prompt === null && row.completion === null) return
    this.#judged++
    const scope = { surface: row.surface ?? undefined, tier: row.tier ?? undefined }
    const current = this.#options.current.at(scope)
    const draft = this.#options.draft.at(scope)
    const customer = this.#customer(row.organisation ?? '-')
    customer.decisions++
    const now = new Set<ReturnType<typeof effectOf>>()
    const then = new Set<ReturnType<typeof effectOf>>()
    let missing = false
    for (const side of SIDES) {
      const recorded = row[side]
      if (recorded === null) continue
      if (recorded.reason === 'media') this.#media++
      const input = inputOf(side, recorded)
      const before = current.decide(input)
      const after = draft.decide(input)
      now.add(effectOf(before))
      then.add(effectOf(after))
      missing ||= this.#blind[side].some(
        (label) => recorded.scores[label] === undefined && !recorded.unevaluated.includes(label),
      )
      this.#compare(row.id, side, before, after, customer)
    }
    if (now.has('refuse')) this.#refusedNow++
    else if (now.has('revise')) this.#revisedNow++
    if (then.has('refuse')) this.#refusedThen++
    else if (then.has('revise')) this.#revisedThen++
    if (missing) this.#belowFloor++
  }

  #compare(id: string, side: Side, before: PolicyDecision, after: PolicyDecision, customer: ReplayCounts): void {
    if (before === after) return
    const change = changeOf(before, after)
    if (change !== null) {
      const label = after.label ?? before.label
      const category = this.#category(label ?? '-')
      for (const counts of [this.#totals, category, customer]) counts[change]++
      this.#sample({ decision: id, side, change, label, before: before.clause, after: after.clause })
    }
    if (before.flagged.length > 0 || after.flagged.length > 0) this.#compareFlags(before, after, customer)
  }

  #compareFlags(before: PolicyDecision, after: PolicyDecision, customer: ReplayCounts): void {
    if (after.action === 'allow') {
      for (const { label } of after.flagged) {
        if (before.label === label || before.flagged.some((flag) => flag.label === label)) continue
        for (const counts of [this.#totals, this.#category(label), customer]) counts.newlyFlagged++
      }
    }
    if (before.action === 'refuse') return
    for (const { label } of before.flagged) {
      if (after.label === label || after.flagged.some((flag) => flag.label === label)) continue
      for (const counts of [this.#totals, this.#category(label), customer]) counts.noLongerFlagged++
    }
  }

  /** The first few of each kind: they are spread over the time replayed only as far as changes are rare. */
  #sample(sample: ReplaySample): void {
    const key = `${sample.change} ${sample.label}`
    const kept = this.#samples.get(key) ?? []
    if (kept.length < SAMPLES_EACH) kept.push(sample)
    this.#samples.set(key, kept)
  }

  #category(label: string): ReplayCounts {
    const counts = this.#byCategory.get(label) ?? noCounts()
    this.#byCategory.set(label, counts)
    return counts
  }

  #customer(organisation: string): ReplayCounts & { decisions: number } {
    const isNew = !this.#byCustomer.has(organisation)
    const key = isNew && this.#byCustomer.size >= MAX_CUSTOMERS_KEPT ? OTHER : organisation
    const counts = this.#byCustomer.get(key) ?? { ...noCounts(), decisions: 0 }
    this.#byCustomer.set(key, counts)
    return counts
  }

  report(): ReplayReport {
    const { current, draft, floor } = this.#options
    const byCategory = [...this.#byCategory].map(([label, counts]) => ({ label, ...counts })).sort(mostChanged)
    const changed = [...this.#byCustomer]
      .map(([organisation, counts]) => ({ organisation, ...counts }))
      .sort(mostChanged)
    return {
      current: { version: current.version, digest: current.digest },
      draft: { version: draft.version, digest: draft.digest },
      decisions: this.#decisions,
      judged: this.#judged,
      refusedNow: this.#refusedNow,
      refusedThen: this.#refusedThen,
      revisedNow: this.#revisedNow,
      revisedThen: this.#revisedThen,
      totals: { ...this.#totals },
      byCategory,
      byCustomer: folded(changed),
      samples: [...this.#samples.values()].flat(),
      unknown: {
        floor,
        belowFloor: SIDES.flatMap((side) => this.#blind[side].map((label) => `${side} ${label}`)),
        decisionsBelowFloor: this.#belowFloor,
        words: current.looksForWords || draft.looksForWords,
        media: this.#media,
      },
    }
  }
}

function changeOf(before: PolicyDecision, after: PolicyDecision): ReplaySample['change'] | null {
  const effect = effectOf(after)
  if (effectOf(before) !== effect)
    return effect === 'refuse' ? 'newlyRefused' : effect === 'revise' ? 'newlyRevised' : 'newlyAllowed'
  return before.clause === after.clause ? null : 'otherClause'
}

/**
 * What was known then, as far as it was recorded. What is absent and was judged scored below the floor: it counts as 0. Media that decided
 * is put again; whether there was media that did not decide is not recorded.
 */
function inputOf(side: Side, { scores, unevaluated, testString, reason }: ReplaySide): DecisionInput {
  const given: Partial<Record<Label, number>> = { ...FLOOR_SCORES }
  for (const [label, score] of Object.entries(scores)) if (isLabel(label)) given[label] = score
  const assessment: Assessment = { classifier: 'recorded', scores: given, evidence: [], testString }
  return {
    side,
    assessments: [assessment],
    unavailable: unevaluated.filter(isLabel),
    media: reason === 'media' ? [{ kind: 'media', media: 'file', pointer: '' }] : [],
    testStringAllowed: true,
  }
}

const FLOOR_SCORES: Readonly<Partial<Record<Label, number>>> = Object.fromEntries(LABELS.map((label) => [label, 0]))

function noCounts(): ReplayCounts {
  return { newlyRefused: 0, newlyAllowed: 0, newlyRevised: 0, otherClause: 0, newlyFlagged: 0, noLongerFlagged: 0 }
}

function changesIn(counts: ReplayCounts): number {
  const { newlyRefused, newlyAllowed, newlyRevised, otherClause, newlyFlagged, noLongerFlagged } = counts
  return newlyRefused + newlyAllowed + newlyRevised + otherClause + newlyFlagged + noLongerFlagged
}

function mostChanged(a: ReplayCounts, b: ReplayCounts): number {
  return changesIn(b) - changesIn(a)
}

type Customer = ReplayReport['byCustomer'][number]

/** The most changed by name, the rest together; customers for whom nothing changes are only counted there. */
function folded(customers: readonly Customer[]): Customer[] {
  const shown = customers.filter((c) => c.organisation !== OTHER && changesIn(c) > 0).slice(0, MAX_CUSTOMERS_SHOWN)
  const rest = customers.filter((c) => !shown.includes(c))
  if (rest.length === 0) return shown
  const other: Customer = { organisation: OTHER, decisions: 0, ...noCounts() }
  for (const customer of rest) {
    other.decisions += customer.decisions
    other.newlyRefused += customer.newlyRefused
    other.newlyAllowed += customer.newlyAllowed
    other.newlyRevised += customer.newlyRevised
    other.otherClause += customer.otherClause
    other.newlyFlagged += customer.newlyFlagged
    other.noLongerFlagged += customer.noLongerFlagged
  }
  return [...shown, other]
}
