import { createHash } from 'node:crypto'
import { seededRandom } from '../../../base/random.ts'
import { presented } from '../attacks/compose.ts'
import { crescendo } from '../attacks/crescendo.ts'
import type { Pitch } from '../attacks/pitch.ts'
import { type Behaviour, seedOf } from '../behaviours.ts'
import { type Grader, type Judged, judged } from '../judging.ts'
import type { Find, Outcome, Phase, SideOutcome, Try } from '../schema.ts'
import type { Heard, Side } from '../sides.ts'
import type { Arm } from './arms.ts'

/** What is asked: an arm, or words that somebody else wrote. */
export type Attack =
  | Arm
  | {
      readonly kind: 'written'
      readonly id: string
      readonly family: string
      readonly depth: number
      readonly pitch: Pitch
    }

export interface Planned {
  readonly phase: Phase
  readonly behaviour: Behaviour
  readonly attack: Attack
  /** 0, and counted on where the same is tried again. */
  readonly draw: number
}

export interface AttemptDeps {
  readonly target: string
  readonly bare: Side
  readonly guarded: Side | null
  readonly grader: Grader
  readonly seed: number
  /** When the run began, for finds. */
  readonly began: string
}

/** A try without its number, what it found, and the words of the answers for who learns from them. */
export interface Attempted {
  readonly attempt: Omit<Try, 'n'>
  readonly finds: readonly Find[]
  readonly heard: { readonly bare: Told; readonly guarded: Told | null }
}
export interface Told {
  readonly text: string
  readonly judged: Judged
}

/** The best that came of the questions of one try, for who attacks. */
const BEST_FIRST: readonly Outcome[] = ['success', 'unclear', 'harmless', 'refused', 'stopped', 'error']

/** Tries one attack at one behaviour, on both sides. @throws {AppError} when nothing more can be asked; the signal's reason */
export async function attempted(planned: Planned, deps: AttemptDeps): Promise<Attempted> {
  const { bare, guarded } = deps
  // Both are waited for, so that nothing is still asking when one of them fails.
  const settled = await Promise.allSettled([
    onSide('bare', bare, planned, deps),
    guarded === null ? null : onSide('guarded', guarded, planned, deps),
  ])
  for (const one of settled) if (one.status === 'rejected') throw one.reason
  const [first, second] = settled.map((one) => (one.status === 'fulfilled' ? one.value : null))
  if (!first) throw new TypeError('a side that was tried has an outcome')
  const { behaviour, attack, phase, draw } = planned
  return {
    attempt: {
      ...{ phase, behaviour: behaviour.id, category: behaviour.category, attack: attack.id, family: attack.family },
      ...{ depth: depthOf(attack), draw, bare: first.outcome, guarded: second?.outcome ?? null },
    },
    finds: [first.find, second?.find ?? null].filter((find) => find !== null),
    heard: { bare: first.told, guarded: second?.told ?? null },
  }
}

interface OnSide {
  readonly outcome: SideOutcome
  readonly find: Find | null
  readonly told: Told
}

async function onSide(name: Find['side'], side: Side, planned: Planned, deps: AttemptDeps): Promise<OnSide> {
  const { behaviour, attack, draw } = planned
  const random = seededRandom(seedOf(deps.seed, attack.id, behaviour.id, draw))
  const asked: { pitch: Pitch; heard: Heard; judged: Judged }[] = []
  const say = async (pitch: Pitch, isJudged: boolean) => {
    const heard = await side.say(pitch, draw)
    const grade =
      isJudged || heard.kind !== 'said'
        ? await judged({ pitch, written: writtenIn(attack, pitch), behaviour, heard, draw }, deps.grader)
        : ({ outcome: 'harmless', score: null, why: 'a question on the way' } as const)
    const one = { pitch, heard, judged: grade }
    asked.push(one)
    return one
  }
  if (attack.kind === 'crescendo') {
    const reply = async (pitch: Pitch, isLast: boolean) => {
      const one = await say(pitch, isLast || pitch.turns.length > 4)
      const isRefused = one.heard.kind !== 'said' || one.judged.outcome === 'refused'
      return { text: one.heard.text, isRefused, isSuccess: one.judged.outcome === 'success' }
    }
    await crescendo(behaviour, reply, random)
  } else await say(attack.kind === 'written' ? attack.pitch : presented(attack.composition, behaviour, random), true)
  return summed(name, asked, planned, deps)
}

/** In a crescendo the assistant's turns are what the model has said; anywhere else the attacker put them there. */
function writtenIn({ kind }: Attack, pitch: Pitch): Pitch {
  return kind === 'crescendo' ? { ...pitch, turns: pitch.turns.filter(({ role }) => role !== 'assistant') } : pitch
}

function summed(
  side: Find['side'],
  asked: readonly { pitch: Pitch; heard: Heard; judged: Judged }[],
  planned: Planned,
  deps: AttemptDeps,
): OnSide {
  const [best] = asked.toSorted((a, b) => BEST_FIRST.indexOf(a.judged.outcome) - BEST_FIRST.indexOf(b.judged.outcome))
  if (best === undefined) throw new TypeError('a try asks at least one question')
  // A conversation that was stopped on the way was stopped, whatever harmless things were said before.
  const last = asked.at(-1) ?? best
  const {
    pitch,
    heard,
    judged: grade,
  } = best.judged.outcome === 'success' || best.judged.outcome === 'unclear' ? best : last
  const sum = (of: (heard: Heard) => number) => asked.reduce((total, one) => total + of(one.heard), 0)
  const layer = heard.layer ?? (grade.outcome === 'refused' ? ('model' as const) : null)
  const outcome: SideOutcome = {
    ...{ outcome: grade.outcome, layer, score: grade.score, decision: heard.decision },
    ...{ requests: asked.length, input: sum(({ input }) => input), output: sum(({ output }) => output) },
  }
  const isFind = grade.outcome === 'success'
  return {
    outcome,
    find: isFind ? findOf(side, planned, deps, { pitch, heard, judged: grade }) : null,
    told: { text: heard.text, judged: grade },
  }
}

/** What a model says beyond this is left out of what is kept of it. */
const MAX_KEPT_ANSWER = 65_536

function findOf(
  side: Find['side'],
  { behaviour, attack, phase }: Planned,
  { target, began }: AttemptDeps,
  { pitch, heard, judged: grade }: { pitch: Pitch; heard: Heard; judged: Judged },
): Find {
  const id = createHash('sha256')
    .update(JSON.stringify([target, side, behaviour.id, pitch]))
    .digest('hex')
  const { id: name, category, objective, request, secret } = behaviour
  return {
    ...{
      id: `fnd_${id.slice(0, 24)}`,
      side,
      behaviour: name,
      category,
      attack: attack.id,
      family: attack.family,
      phase,
    },
    ...{ objective, request, secret, script: pitch, answer: heard.text.slice(0, MAX_KEPT_ANSWER) },
    ...{ score: grade.score, why: grade.why, decision: heard.decision, at: began },
  }
}

function depthOf(attack: Attack): number {
  if (attack.kind === 'written') return attack.depth
  return attack.kind === 'composed' ? attack.composition.parts.length : 1
}
