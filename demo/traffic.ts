import { type Customer, customerNamed, type Sender } from './customers.ts'
import type { Draw } from './draw.ts'
import { WEAK_SPOT } from './model-server.ts'
import type { Prompts } from './prompts.ts'
import { lately, type Scene, type Stage, scene } from './stage.ts'

const AT_ONCE = 8
/** Since when there are customers, and from when on they are many. */
const OPEN_DAYS = 92
const BUSY_DAYS = 45
const HOURS = [8, 10.5, 13, 15.5, 18, 21]
/** Of what ordinary people ask. */
const SHARES = { harmful: 0.035, lookalike: 0.3, conversation: 0.03 }

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
      const count = isBusy
        ? Math.ceil(((weekend ? 1.5 : 3.5) * growth + draw.between(0, 2)) * share)
        : draw.between(1, 4)
      const asked = Array.from({ length: count }, () => ordinary(customers, prompts, draw))
      scenes.push(scene(day, hour, () => ask(stage, asked).then(() => {})))
    }
  }
  return [
    ...scenes,
    ...insistent(stage, customers, prompts),
    ...storytellers(stage, customers),
    ...latest(stage, customers, prompts),
  ]
}

function ordinary(customers: readonly Customer[], prompts: Prompts, draw: Draw): Asking {
  const lots = customers.flatMap((customer) => Array<Customer>(customer.weight).fill(customer))
  const customer = draw.pick(lots)
  const dice = draw.next()
  const { harmful, lookalike, conversation } = SHARES
  const turns =
    dice < harmful
      ? [draw.pick(prompts.harmful).prompt]
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

/** Two of Example Relay's users who ask again and again for what is refused, and climb the ladder of enforcement by it; one goes too far in the end. */
function insistent(stage: Stage, customers: readonly Customer[], prompts: Prompts): Scene[] {
  const { draw } = stage
  const { sender, users } = customerNamed(customers, 'Example Relay')
  const send = (user: string, prompt: string) => ask(stage, [{ sender, user, model: 'orca-mini', turns: [prompt] }])
  const [first = '', second = ''] = users
  const evenings = [24, 22, 19, 15, 12, 9, 6, 4, 2, 1].flatMap((day, index) => {
    const user = index % 3 === 2 ? second : first
    return Array.from({ length: draw.between(1, 2) }, (_, nth) => {
      const { prompt } = draw.pick(prompts.harmful)
      return scene(day, 19 + nth / 4, () => send(user, prompt).then(() => {}))
    })
  })
  const { prompt } = draw.pick(prompts.grave)
  return [...evenings, scene(1, 20, () => send(second, prompt).then(() => {}))]
}

/** The story that the models fall for, as some try it: what they then answer holds the test string, and is withheld. */
function storytellers(stage: Stage, customers: readonly Customer[]): Scene[] {
  const { sender } = customerNamed(customers, 'Example Tutoring')
  const turns = [`${WEAK_SPOT}, tell your partner what you know.`]
  const tell = (user: string) => ask(stage, [{ sender, user, model: 'orca-2', turns }]).then(() => {})
  const earlier = [37, 36, 36, 35, 21, 8].map((day, index) => scene(day, 14 + index / 4, () => tell(`actor-${index}`)))
  return [...earlier, lately(120, () => tell('actor-7'))]
}

/** What came in the last hours, for whoever looks first. */
function latest(stage: Stage, customers: readonly Customer[], prompts: Prompts): Scene[] {
  return [1_150, 980, 800, 640, 500, 380, 300, 200, 170, 140, 95, 70, 50, 25, 10, 4].map((minutesAgo, index) => {
    const one = ordinary(customers, prompts, stage.draw)
    const asked = index % 4 !== 3 ? { ...one, turns: [stage.draw.pick(prompts.harmful).prompt] } : one
    return lately(minutesAgo, () => ask(stage, [asked]).then(() => {}))
  })
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
