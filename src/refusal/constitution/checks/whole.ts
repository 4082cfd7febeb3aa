import type { DatasetRecord, Flag, FlagName, Use } from '../schema.ts'
import { NearTexts } from './near.ts'
import { openingsOf } from './openings.ts'
import type { Facts } from './record.ts'

/** How much of one thing a set bears. */
export const LIMITS = {
  /** Share of refusals that may begin alike; below so many answers a share says nothing. */
  stockOpening: 0.2,
  fewAnswers: 20,
  nearPrompt: 0.85,
  nearAnswer: 0.8,
  nearAnswerShare: 0.2,
  evenness: 0.5,
  overRefusal: 0.1,
  harmfulLeft: 0.05,
  pointless: 0.5,
  /** Last revisions' median length against that of first answers. */
  shrunkTo: 0.25,
  failed: 0.05,
} as const

/** For which uses a flag keeps a record out, unless the run says otherwise. */
export const DROPS: Readonly<Record<FlagName, readonly Use[]>> = {
  failed: ['sft', 'preference'],
  left_out: ['sft', 'preference'],
  held_out: ['sft', 'preference'],
  near_duplicate: ['sft', 'preference'],
  unscreened: ['sft', 'preference'],
  harmful_answer: ['sft'],
  harmful_preferred: ['preference'],
  over_refusal: ['sft', 'preference'],
  senseless: ['sft', 'preference'],
  leaks_form: ['sft', 'preference'],
  copies_example: ['sft', 'preference'],
  cut_off: ['sft'],
  undecided: ['preference'],
  unjudged: ['preference'],
  position_bias: [],
  stock_opening: [],
  stock_answer: [],
  short_answer: [],
  unchanged: [],
  pointless_critique: [],
}

export interface Choices {
  /** Flags that keep nothing out in this run. */
  readonly keep: ReadonlySet<FlagName>
  /** Flags that keep a record out of both uses in this run. */
  readonly drop: ReadonlySet<FlagName>
}

/** Flags that only show when all records are known, one list for each. */
export function setFlags(facts: readonly Facts[], ids: readonly string[], heldOut: NearTexts): Flag[][] {
  const stock = stockOpening(facts)
  const prompts = { harmful: new NearTexts(), helpful: new NearTexts() }
  const answers = new NearTexts()
  return facts.map((fact, at) => {
    const id = ids[at] ?? ''
    const flags: Flag[] = []
    const known = fact.prompt === null ? null : heldOut.nearest(fact.prompt, LIMITS.nearPrompt)
    if (known !== null) flags.push({ flag: 'held_out', about: `${known.id}: ${known.likeness.toFixed(2)} alike` })
    const near = nearestOrAdd(prompts[fact.kind], id, fact.prompt, LIMITS.nearPrompt)
    if (near !== null) flags.push({ flag: 'near_duplicate', about: near })
    if (!fact.whole || fact.kind !== 'harmful') return flags
    const same = nearestOrAdd(answers, id, fact.answer, LIMITS.nearAnswer)
    if (same !== null) flags.push({ flag: 'stock_answer', about: same })
    if (fact.opening !== null && fact.opening === stock)
      flags.push({ flag: 'stock_opening', about: 'begins as too many do' })
    return flags
  })
}

/** Only what is like nothing before it is compared with: a set of one text over and over stays cheap. */
function nearestOrAdd(among: NearTexts, id: string, signature: Uint32Array | null, threshold: number): string | null {
  if (signature === null) return null
  const near = among.nearest(signature, threshold)
  if (near === null) among.add(id, signature)
  return near === null ? null : `${near.id}: ${near.likeness.toFixed(2)} alike`
}

function stockOpening(facts: readonly Facts[]): string | null {
  const all = refusalOpenings(facts)
  const { top, answers } = openingsOf(all)
  const [first] = top
  return first !== undefined && answers >= LIMITS.fewAnswers && first.share > LIMITS.stockOpening ? first.opening : null
}

/** How answers to harmful prompts begin. */
export function refusalOpenings(facts: readonly Facts[]): string[] {
  return facts.flatMap(({ kind, opening }) => (kind === 'harmful' && opening !== null ? [opening] : []))
}

/** The record with what keeps it out of each use. */
export function withDrops(record: DatasetRecord, { keep, drop }: Choices): DatasetRecord {
  const names = [...new Set(record.flags.map(({ flag }) => flag))]
  const reasons = (use: Use) => names.filter((name) => drop.has(name) || (!keep.has(name) && DROPS[name].includes(use)))
  const dropped = { sft: reasons('sft'), preference: reasons('preference') }
  return { ...record, dropped }
}

/** Whether a record goes into what is exported. What has no pair, or no answer, never does. */
export function isUsed({ answer, pair, dropped }: DatasetRecord, use: Use): boolean {
  if (dropped[use].length > 0) return false
  return use === 'sft' ? answer !== null : pair !== null && pair.preferred !== null
}
