import { pitchOf } from '../attacks/pitch.ts'
import type { Behaviour } from '../behaviours.ts'
import type { Attacker, Tried } from './attacker.ts'
import type { Attempted, Planned } from './attempt.ts'
import type { Campaign } from './campaign.ts'

const SHARE = 0.3
const ITERATIONS = 5
/** Conversations with the attacker at once. */
const AT_ONCE = 8
/** So many times in a row without a usable message, and it is left alone. */
const MOST_SILENT = 24

interface Story {
  readonly behaviour: Behaviour
  readonly before: Tried[]
  isOver: boolean
}

/** Each behaviour that still holds gets up to five messages of the model that attacks, each of which knows what came of those before. */
export async function attackerPhase(campaign: Campaign): Promise<'all_found' | null> {
  const { attacker } = campaign.deps
  if (attacker === null) return null
  const holding = campaign.unbroken.filter(({ objective }) => objective === 'harm')
  const room = { left: Math.floor(campaign.plan.budget * SHARE), silent: 0 }
  for (let at = 0; at < holding.length && room.left > 0 && room.silent < MOST_SILENT; at += AT_ONCE) {
    const stories = holding
      .slice(at, at + AT_ONCE)
      .map((behaviour): Story => ({ behaviour, before: [], isOver: false }))
    for (let iteration = 0; iteration < ITERATIONS; iteration++) {
      if (!(await told(campaign, attacker, stories, room))) break
    }
  }
  return campaign.unbroken.length === 0 ? 'all_found' : null
}

/** One message more in each story. @returns whether there can be another */
async function told(
  campaign: Campaign,
  attacker: Attacker,
  stories: readonly Story[],
  room: { left: number; silent: number },
): Promise<boolean> {
  const running = stories.filter(({ isOver }) => !isOver)
  if (running.length === 0) return false
  const messages = await Promise.all(running.map(({ behaviour, before }) => attacker.next(behaviour, before)))
  const planned: { readonly story: Story; readonly message: string; readonly plan: Planned }[] = []
  for (const [n, story] of running.entries()) {
    const message = messages[n] ?? null
    room.silent = message === null ? room.silent + 1 : 0
    if (message === null) story.isOver = true
    else planned.push({ story, message, plan: plannedOf(campaign, story.behaviour, message) })
  }
  const queue = planned.map(({ plan }) => plan)
  const before = campaign.left
  const done = await campaign.round(() => queue.shift() ?? null, room.left)
  room.left -= before - campaign.left
  for (const [n, { story, message }] of planned.entries()) note(story, message, done[n])
  return done.length > 0 && done.length === planned.length
}

function plannedOf(campaign: Campaign, behaviour: Behaviour, message: string): Planned {
  const id = 'written by a model'
  const attack = {
    kind: 'written',
    id,
    family: 'attacker',
    depth: 1,
    pitch: pitchOf(message, behaviour.system),
  } as const
  return { phase: 'attacker', behaviour, attack, draw: campaign.nextDraw(id, behaviour) }
}

function note(story: Story, text: string, done: Attempted | undefined): void {
  if (done === undefined) return
  const { judged, text: answer } = done.heard.guarded ?? done.heard.bare
  story.before.push({ text, outcome: judged.outcome, score: judged.score, answer })
  story.isOver = judged.outcome === 'success'
}
