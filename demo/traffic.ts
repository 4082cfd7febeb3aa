import { testString } from '../src/screening/index.ts'
import { type Customer, customerNamed, type Sender } from './customers.ts'
import type { Draw } from './draw.ts'
import type { Prompts } from './prompts.ts'
import { type Scene, type Stage, scene } from './stage.ts'

const AT_ONCE = 8
/** Since when there are customers, and from when on they are many. */
const OPEN_DAYS = 92
const BUSY_DAYS = 45
const HOURS = [8, 10.5, 13, 15.5, 18, 21]
/** Of what ordinary people ask. */
const SHARES = { harmful: 0.02, lookalike: 0.3, conversation: 0.03 }

interface Asking {
  readonly sender: Sender
  readonly model: string
  readonly user: string
  readonly turns: readonly string[]
}

/** What customers' users ask through the gateway, day by day: mostly harmless, a few who keep trying, one key that turns bad. */
export function trafficScenes(
  stage: Stage,
  customers: readonly Customer[],
  prompts: Prompts,
  /** 1 = as much as people are shown */
  share: number,
): Scene[] {
  const { draw } = stage
  const scenes: Scene[] = []
  for (let day = OPEN_DAYS; day >= 0; day -= 1) {
    const isBusy = day <= BUSY_DAYS
    // Fewer at weekends, more from week to week.
    const weekend = [0, 6].includes(new Date(Date.now() - day * 86_400_000).getUTCDay())
    const growth = 1 + (BUSY_DAYS - Math.min(day, BUSY_DAYS)) / BUSY_DAYS
    for (const hour of isBusy ? HOURS : [draw.between(8, 20)]) {
      const count = isBusy ? Math.ceil(((weekend ? 2 : 4.5) * growth + draw.between(0, 3)) * share) : draw.between(1, 4)
      const asked = Array.from({ length: count }, () => ordinary(customers, prompts, draw))
      scenes.push(scene(day, hour, () => ask(stage, asked).then(() => {})))
    }
  }
  return [...scenes, ...insistent(stage, customers, prompts), ...restricted(stage, customers)]
}

function ordinary(customers: readonly Customer[], prompts: Prompts, draw: Draw): Asking {
  const lots = customers.flatMap((customer) => Array<Customer>(customer.weight).fill(customer))
  const customer = draw.pick(lots)
  const dice = draw.next()
  const { harmful, lookalike, conversation } = SHARES
  const turns =
    dice < harmful
      ? [draw.pick(prompts.harmful)]
      : dice < harmful + lookalike
        ? [draw.pick(prompts.lookalikes)]
        : dice < harmful + lookalike + conversation
          ? draw.pick(prompts.conversations)
          : [draw.pick(prompts.everyday)]
  return {
    sender: draw.pick(customer.senders),
    model: draw.pick(customer.models),
    user: draw.pick(customer.users),
    turns,
  }
}

/** Two of Example Relay's users who ask again and again for what is refused, and climb the ladder of enforcement by it. */
function insistent({ draw, ...stage }: Stage, customers: readonly Customer[], prompts: Prompts): Scene[] {
  const { sender, users } = customerNamed(customers, 'Example Relay')
  const evenings = [24, 22, 19, 15, 12, 9, 6, 4, 2, 1]
  return evenings.flatMap((day, index) =>
    users.slice(0, 2).flatMap((user, nth) => {
      if ((index + nth) % 2 === 1 && day > 6) return []
      const asked = Array.from({ length: draw.between(1, 3) }, () => ({
        ...{ sender, user, model: 'orca-mini' },
        turns: [draw.pick(prompts.harmful)],
      }))
      return [scene(day, 19 + nth / 2, () => ask({ ...stage, draw } as Stage, asked).then(() => {}))]
    }),
  )
}

/** One case for the desk that only few may see, by the product's harmless test string. */
function restricted(stage: Stage, customers: readonly Customer[]): Scene[] {
  const { sender } = customerNamed(customers, 'Example Cloud')
  const asked = [{ sender, user: 'cloud-user-7', model: 'heron-1', turns: [testString('child_exploitation')] }]
  return [scene(3, 11, () => ask(stage, asked).then(() => {}))]
}

/** Sends them, some at a time. @returns the ids of the decisions, in order; empty where there was none */
export async function ask(
  { server, draw }: Pick<Stage, 'server' | 'draw'>,
  asked: readonly Asking[],
): Promise<string[]> {
  const decisions: string[] = []
  for (let at = 0; at < asked.length; at += AT_ONCE) {
    const batch = asked.slice(at, at + AT_ONCE).map((one) => send(server.publicUrl, one, draw.chance(0.3)))
    decisions.push(...(await Promise.all(batch)))
  }
  return decisions
}

async function send(url: string, { sender, model, user, turns }: Asking, stream: boolean): Promise<string> {
  const messages = turns.flatMap((content, index) => [
    { role: 'user', content },
    ...(index === turns.length - 1 ? [] : [{ role: 'assistant', content: 'Let us look at that step by step.' }]),
  ])
  const response = await fetch(`${url}/v1/chat/completions`, {
    method: 'POST',
    headers: { authorization: `Bearer ${sender.key}`, 'content-type': 'application/json' },
    body: JSON.stringify({ model, user, stream, messages }),
  })
  await response.text()
  return response.headers.get('x-safelevel-decision') ?? ''
}
