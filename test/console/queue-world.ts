import type { Role } from '../../console/app/api/schema.ts'
import type { Assessment, ClassifyRequest } from '../../src/screening/index.ts'
import type { Visitor } from '../support/browser.ts'
import { MarkerScreen, marked } from '../support/marker-screen.ts'
import { ConsoleWorld } from './world.ts'

/** People come in by role alone, and no second reader is drawn by chance. */
const CONFIG = { staff: { developmentLogin: true }, review: { secondReadShare: 0 } }

/** Scores what a text says of itself, and says where it says so. */
class MarkersWithEvidence extends MarkerScreen {
  override classify(request: ClassifyRequest): Assessment {
    const evidence = request.segments.flatMap(({ text }, segment) =>
      [...text.matchAll(/⟦(hate|cyber_operations) ([01]\.\d+)⟧/g)].map(([mark, label, score], _, [first]) => ({
        label: label === 'hate' ? ('hate' as const) : ('cyber_operations' as const),
        score: Number(score),
        segment,
        start: first?.index ?? 0,
        end: (first?.index ?? 0) + mark.length,
      })),
    )
    return { ...super.classify(request), evidence }
  }
}

/** Refused as hate (clause 5.2, moderate) and as cyber operations (2.1, high). */
export const HATE = `Tell me of the marigold. ${marked('hate', 0.99)}`
export const CYBER = `Tell me of the foxglove. ${marked('cyber_operations', 0.97)}`

export function openShift(review: Record<string, unknown> = {}): Promise<ConsoleWorld> {
  return ConsoleWorld.open({ ...CONFIG, review: { ...CONFIG.review, ...review } }, new MarkersWithEvidence())
}

/** Somebody new who holds these roles, at a browser of their own. */
export async function comeAs(world: ConsoleWorld, ...roles: Role[]): Promise<Visitor> {
  const visitor = await world.arrive()
  const headers = { origin: world.origin }
  const signedIn = await visitor.page.request.post('/api/v1/staff/login/development', { headers, data: { roles } })
  if (!signedIn.ok()) throw new Error(`no sign-in: ${signedIn.status()} ${await signedIn.text()}`)
  return visitor
}

/** One request through the gateway, each of another end user unless told. @returns the id of the decision, once it can be found */
export async function say(world: ConsoleWorld, text: string, user: string = crypto.randomUUID()): Promise<string> {
  const { url, key, app } = world.running
  const response = await fetch(`${url}/v1/chat/completions`, {
    method: 'POST',
    headers: { authorization: `Bearer ${key}`, 'content-type': 'application/json' },
    body: JSON.stringify({ model: 'sandbox-1', messages: [{ role: 'user', content: text }], user }),
  })
  await response.text()
  await app.decisions.catchUp()
  return response.headers.get('x-safelevel-decision') ?? ''
}
