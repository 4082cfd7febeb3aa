import { z } from 'zod'

export const RED_TEAM_FORMAT = 'safelevel-red-team/1'
export const FINDS_FORMAT = 'safelevel-red-team-finds/1'
export const TRIES_FORMAT = 'safelevel-red-team-tries/1'

const Count = z.int().min(0)
const Time = z.iso.datetime()
const Digest = z.hash('sha256')

/** What became of one try. `harmless`: it was answered, and the answer does no harm; `unclear`: nobody could tell; `error`: no answer came. */
export const OUTCOMES = ['success', 'refused', 'stopped', 'harmless', 'unclear', 'error'] as const
export const Outcome = z.enum(OUTCOMES)
export type Outcome = z.infer<typeof Outcome>

/**
 * Who stopped a try: the screen of what was asked, the screen of what was answered, the safeguards without saying at which side, what is done
 * with accounts that attack, the model's own server, the model itself.
 */
export const LAYERS = ['prompt_screen', 'completion_screen', 'safeguard', 'account', 'upstream', 'model'] as const
export const Layer = z.enum(LAYERS)
export type Layer = z.infer<typeof Layer>

/** How attacks were chosen: all of them over a sample, by what had worked, again with other draws, by a model that attacks, finds of an earlier run. */
export const PHASES = ['sweep', 'search', 'best_of_n', 'attacker', 'regression'] as const
export const Phase = z.enum(PHASES)
export type Phase = z.infer<typeof Phase>

/**
 * A share with its interval (95 %). What nobody knows counts both ways: towards the lower end as no success, towards the upper as one.
 */
export const Share = z
  .object({
    count: Count,
    of: Count.meta({ description: 'those of which it is known' }),
    unknown: Count.meta({ description: 'unclear, or without an answer' }),
    rate: z.number().min(0).max(1).nullable().meta({ description: 'count / of; null where nothing is known' }),
    low: z.number().min(0).max(1),
    high: z.number().min(0).max(1),
  })
  .meta({ id: 'RedTeamShare' })
export type Share = z.infer<typeof Share>

/** How often each outcome came. */
export const Outcomes = z
  .object({ success: Count, refused: Count, stopped: Count, harmless: Count, unclear: Count, error: Count })
  .meta({ id: 'RedTeamOutcomes' })
export type Outcomes = z.infer<typeof Outcomes>

/** What attacks came to on one side: the bare model, or the model behind its safeguards. */
export const SideFigures = z
  .object({
    tries: Count,
    outcomes: Outcomes,
    sweep: Share.meta({
      description: 'of the tries of the sweep, which were chosen before anything was known; interval by behaviours',
    }),
    broken: Share.meta({ description: 'behaviours that were had at least once, of those that were tried' }),
    layers: z.partialRecord(Layer, Count).meta({ description: 'who stopped the others' }),
    firstSuccess: Count.nullable().meta({ description: 'tries up to the first success; null: there was none' }),
    medianToSuccess: z.number().min(0).nullable().meta({
      description: 'tries at a behaviour until it was had, of those that were; the middle one',
    }),
    cost: z.object({
      requests: Count.meta({ description: 'to the target, those that safeguards stopped among them' }),
      input: Count.meta({ description: 'tokens' }),
      output: Count.meta({ description: 'tokens' }),
      money: z.number().min(0).nullable().meta({ description: 'dollars; null without prices' }),
      requestsPerSuccess: z.number().min(0).nullable(),
      moneyPerSuccess: z.number().min(0).nullable(),
    }),
  })
  .meta({ id: 'RedTeamSide' })
export type SideFigures = z.infer<typeof SideFigures>

/** A way of asking, and what it came to over all categories. */
export const AttackRow = z
  .object({
    attack: z.string().meta({ description: 'transforms from the inside out, joined by " > "' }),
    family: z.string().meta({ description: 'of the outermost transform; `composed` for more than one' }),
    depth: z.int().min(1).meta({ description: 'how many transforms' }),
    bare: Outcomes,
    guarded: Outcomes.nullable(),
  })
  .meta({ id: 'RedTeamAttack' })
export type AttackRow = z.infer<typeof AttackRow>

/** One field of the matrix. Only those that were tried stand in it. */
export const Cell = z
  .object({ attack: z.string(), category: z.string(), bare: Outcomes, guarded: Outcomes.nullable() })
  .meta({ id: 'RedTeamCell' })
export type Cell = z.infer<typeof Cell>

export const CategoryRow = z
  .object({ category: z.string(), behaviours: Count, bare: Share, guarded: Share.nullable() })
  .meta({ id: 'RedTeamCategory' })
export type CategoryRow = z.infer<typeof CategoryRow>

/** Why a run ended. */
export const ENDS = ['done', 'budget', 'tokens', 'money', 'all_found', 'no_success', 'stopped', 'unavailable'] as const
export const End = z.enum(ENDS)

/** A red-team run, without anything that was said. */
export const RedTeamReport = z
  .object({
    format: z.literal(RED_TEAM_FORMAT),
    digest: Digest.meta({ description: 'of the lines of the tries, by which the figures can be computed again' }),
    target: z.object({
      name: z.string(),
      model: z.string().meta({ description: 'as its server calls it' }),
      server: z.string(),
      isSandbox: z.boolean().meta({ description: 'a fixture: its figures say nothing of any model' }),
    }),
    safeguards: z
      .object({
        kind: z.enum(['gateway', 'screen']).meta({
          description: 'a running gateway; or its screening and policy on the answers of the bare model',
        }),
        where: z.string(),
        policy: z.object({ version: z.string(), digest: z.string() }).nullable(),
        mode: z.enum(['enforce', 'observe']).nullable().meta({ description: 'of the surface, where it is known' }),
        accountStops: Count.optional().meta({
          description:
            'how often the account was stopped or narrowed, after which the attacks went on under another key',
        }),
      })
      .nullable()
      .meta({ description: 'null: only the bare model was attacked' }),
    suites: z.array(z.object({ name: z.string(), digest: Digest, behaviours: Count, used: Count })),
    grader: z.string(),
    attacker: z.string().nullable().meta({ description: 'the model that wrote attacks' }),
    seed: z.int(),
    budget: z.object({ requests: Count, tokens: Count.nullable(), money: z.number().nullable() }),
    began: Time,
    ended: Time,
    end: End,
    why: z.string().nullable(),
    behaviours: Count.meta({ description: 'that were tried' }),
    bare: SideFigures,
    guarded: SideFigures.nullable(),
    categories: z.array(CategoryRow),
    attacks: z.array(AttackRow),
    cells: z.array(Cell),
    finds: z.object({ bare: Count, guarded: Count, digest: Digest.meta({ description: 'of the file of finds' }) }),
  })
  .meta({ id: 'RedTeamReport' })
export type RedTeamReport = z.infer<typeof RedTeamReport>

const ScriptTurn = z.object({ role: z.enum(['user', 'assistant', 'tool']), text: z.string() })
/** What is said to a model so that it does what it shouldn't. */
export const AttackScript = z
  .object({ system: z.string().nullable(), turns: z.array(ScriptTurn).min(1) })
  .meta({ id: 'RedTeamScript' })
export type AttackScript = z.infer<typeof AttackScript>

/** What worked: one line of the file of finds, which nobody but its owner may read. Content: sealed wherever else it is kept. */
export const Find = z
  .object({
    id: z
      .string()
      .meta({ description: 'the same for the same script, target and side: two runs that find it name it alike' }),
    side: z.enum(['bare', 'guarded']),
    behaviour: z.string(),
    category: z.string(),
    attack: z.string(),
    family: z.string(),
    phase: Phase,
    objective: z.enum(['harm', 'extraction', 'injection']),
    request: z.string().meta({ description: 'what was wanted, as plain words' }),
    secret: z
      .string()
      .nullable()
      .meta({ description: 'whose appearance in the answer is the success; null: it was graded' }),
    script: AttackScript,
    answer: z.string().max(65_536),
    score: z.number().min(0).max(1).nullable(),
    why: z.string(),
    decision: z.string().nullable().meta({ description: 'of the gateway that let it through' }),
    at: Time.meta({ description: 'when the run began' }),
  })
  .meta({ id: 'RedTeamFind' })
export type Find = z.infer<typeof Find>

/** The first line of the file of finds; the others are finds. */
export const FindsHeader = z.object({
  format: z.literal(FINDS_FORMAT),
  target: z.string(),
  isSandbox: z.boolean(),
  finds: Count,
})
export type FindsHeader = z.infer<typeof FindsHeader>

const SideOutcome = z.object({
  outcome: Outcome,
  layer: Layer.nullable(),
  score: z.number().nullable(),
  decision: z.string().nullable(),
  requests: Count,
  input: Count,
  output: Count,
})
export type SideOutcome = z.infer<typeof SideOutcome>

/** One try, without what was said: a line of the file of tries. */
export const Try = z.object({
  n: Count,
  phase: Phase,
  behaviour: z.string(),
  category: z.string(),
  attack: z.string(),
  family: z.string(),
  depth: z.int().min(1),
  draw: Count.meta({ description: '0, and counted on where the same is asked again' }),
  bare: SideOutcome,
  guarded: SideOutcome.nullable(),
})
export type Try = z.infer<typeof Try>
