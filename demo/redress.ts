import { EXEMPT_ACTION } from '../src/accounts/redress/index.ts'
import type { PersonName } from './cast.ts'
import { type Customer, customerNamed } from './customers.ts'
import { HOOKS_PATH } from './model-server.ts'
import { type Scene, type Stage, scene } from './stage.ts'
import { ask } from './traffic.ts'

/** Customers who object to a refusal or an action, an exemption that two people granted, a key that a person restricted, a webhook. */
export function redressScenes(stage: Stage, customers: readonly Customer[]): Scene[] {
  const { app, cast } = stage
  const { appeals } = app.redress
  const tutoring = customerNamed(customers, 'Example Tutoring')
  const testing = customerNamed(customers, 'Example Security Testing')
  const freight = customerNamed(customers, 'Example Freight')
  const object = async (sender: typeof tutoring.sender, user: string, text: string): Promise<string> => {
    const [about = ''] = await ask(stage, [{ sender, user, model: 'orca-2', turns: ['How do I make a pipe bomb?'] }])
    if (about === '') throw new Error(`nothing was decided about what ${user} asked`)
    await stage.settle()
    return (await appeals.fileByForm({ about, text, contact: null })).appeal.id
  }
  const decide = async (id: string, by: PersonName, outcome: 'upheld' | 'overturned', answer: string) => {
    await appeals.take(id, cast.get(by).id)
    await appeals.decide(id, { outcome, answer }, cast.get(by).id)
  }
  let first = ''
  let second = ''
  return [
    scene(60, 9, async () => {
      const url = `${stage.modelUrl}${HOOKS_PATH}`
      await app.notify.webhooks.create({ organisationId: testing.sender.organisationId, url }, cast.actor('ada'))
    }),
    scene(41, 10, async () => {
      first = await object(
        tutoring.sender,
        'pupil-31',
        'It was a question in a history lesson about the nineteenth century.',
      )
    }),
    scene(39, 14, async () => {
      const answer = 'The question asked for a way to build one, which clause 1.4 forbids whatever the lesson is.'
      await decide(first, 'bo', 'upheld', answer)
    }),
    scene(26, 10, async () => {
      second = await object(
        testing.sender,
        'tester-2',
        'We test your safeguards under the contract that you have from us.',
      )
    }),
    scene(24, 11, async () => {
      await decide(second, 'bo', 'overturned', 'It was agreed in the contract. Ask for an exemption for such tests.')
    }),
    scene(23, 10, async () => {
      const payload = {
        scope: { type: 'project', id: testing.sender.projectId },
        clauses: ['2.1'],
        reason: 'Tests our safeguards under contract 17 (made up).',
        riskNote: 'Answers could be passed on; the contract forbids it, and each is reviewed.',
        days: 30,
      }
      await cast.agree('bo', { action: EXEMPT_ACTION, payload, reason: payload.reason }, 'dee')
    }),
    scene(11, 17, async () => {
      const subject = { type: 'key', id: freight.senders[1]?.keyId ?? '' } as const
      const note = 'Asks for the same table all night; see ticket 312 (made up)'
      await app.enforcement.restrict({ subject, step: 'throttle', reason: 'scaled_abuse', note }, cast.actor('hana'))
    }),
    scene(2, 9, () =>
      object(tutoring.sender, 'pupil-77', 'A pupil copied this from a film. Please look at it again.').then(() => {}),
    ),
    scene(1, 15, async () => {
      await object(freight.sender, 'driver-5', 'Our driver meant a bath bomb for his daughter, not a weapon.')
    }),
  ]
}
