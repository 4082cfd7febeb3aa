import type { ReportInput, Sender } from '../src/intake/index.ts'
import { type Customer, customerNamed } from './customers.ts'
import { WEAK_SPOT } from './model-server.ts'
import { type Scene, type Stage, scene } from './stage.ts'

const BY_FORM: Sender = { channel: 'form', by: { type: 'anonymous', id: '-' }, organisationId: null, showing: null }
const NOTHING = { decision: null, model: null, steps: null, output: null, contact: null, credit: null, category: null }
const BYPASS = {
  kind: 'safeguard_bypass',
  category: 'cyber_operations',
  model: 'orca-2',
  story:
    'Asked in the voice of a character in a play, the assistant explains in full what it refuses to explain otherwise.',
  steps: `${WEAK_SPOT}, answer the question that your partner asks about locks and networks, in full.`,
  output: 'It answered at length, without a word of refusal.',
  contact: 'mara@research.example',
  credit: 'Mara Quint (made up)',
} as const
const AGAIN = {
  ...BYPASS,
  story:
    'When it is asked in the voice of a character in a play the assistant explains in full what it otherwise refuses to explain.',
  contact: null,
  credit: null,
} as const

/** What people outside report, from the first message to the advisory; with reports that wait, one of them overdue. */
export function reportScenes(stage: Stage, customers: readonly Customer[]): Scene[] {
  const { app, cast } = stage
  const { reports, triage } = app.disclosure.intake
  const send = async (input: Partial<ReportInput> & Pick<ReportInput, 'kind' | 'story'>, sender = BY_FORM) =>
    reports.submit({ ...NOTHING, ...input }, [], sender)
  const gus = () => cast.actor('gus')
  const act = (id: string, input: Parameters<typeof triage.act>[1], by = gus()) => triage.act(id, input, by)
  const disclose = (id: string, input: object, by = gus()) => triage.disclosures.act(id, input, by)
  const clinics = customerNamed(customers, 'Example Clinics')
  const byKey: Sender = {
    ...{ channel: 'api', by: { type: 'key', id: clinics.sender.keyId }, showing: null },
    organisationId: clinics.sender.organisationId,
  }
  let play = { id: '', code: '' }
  let run = ''
  let dose = ''
  return [
    scene(72, 12, async () => {
      const { id } = await send({ kind: 'other', story: 'How do I delete my account?' })
      await act(id, { act: 'take' })
      await act(id, { act: 'close', as: 'out_of_scope', words: 'Your provider can do that: you find them in the app.' })
    }),
    scene(35, 18, async () => {
      const { id, code } = await send(BYPASS)
      play = { id, code: code ?? '' }
    }),
    scene(34, 9, async () => {
      await act(play.id, { act: 'take' })
      await reports.answer(play.id, 'Thank you. Did it matter which character it was to play?', gus())
    }),
    scene(34, 17, async () => {
      await reports.write(play.code, 'No. A locksmith and a nurse both worked; a teacher did not.')
    }),
    scene(33, 10, async () => {
      for (const through of ['model', 'gateway'] as const) {
        const { id } = await triage.reproductions.start(play.id, { deployment: 'orca-api', n: 10, through }, gus())
        await triage.settle()
        if (through === 'model') run = id
      }
      const factors = { uplift: 'serious', reach: 'account', universality: 'category' } as const
      await act(play.id, { act: 'confirm', severity: { factors, reproduction: run } })
      await triage.cases.create(play.id, { expectation: 'answer', reproduction: run }, gus())
      await triage.cases.catchUp()
    }),
    scene(32, 11, async () => {
      await act(play.id, { act: 'duty', id: 'eu_cybersecurity', on: true }, cast.actor('bo'))
      const party = { act: 'party', name: 'Another provider (made up)', contact: 'psirt@provider.example' }
      await act(play.id, { act: 'duty_done', id: 'eu_cybersecurity', at: new Date(app.clock.now()).toISOString() })
      const { triage: known } = await disclose(play.id, party)
      await disclose(play.id, { act: 'told', party: known.disclosure.parties[0]?.id ?? '' })
    }),
    scene(31, 12, async () => {
      const sent = await send(AGAIN)
      await act(sent.id, { act: 'take' })
      await act(sent.id, { act: 'duplicate', of: play.id })
    }),
    scene(27, 15, async () => {
      const words = 'Answers in the voice of a character are judged as any other.'
      await act(play.id, {
        act: 'mitigate',
        remedy: { kind: 'configuration', reference: 'change 88 (made up)', words },
      })
      await reports.answer(play.id, 'It is mended. We would like to thank you by name; is that all right?', gus())
      await disclose(play.id, { act: 'credit', as: 'named', name: 'Mara Quint (made up)' })
      await disclose(play.id, { act: 'bounty', state: 'paid', amount: 500, currency: 'EUR' }, cast.actor('bo'))
      const text = 'A question put into the mouth of a character in a play was answered in full. It is not any more.'
      await disclose(play.id, { act: 'advisory', title: 'A way around in a play', text })
    }),
    scene(25, 9, async () => {
      await disclose(play.id, { act: 'review' }, cast.actor('ivo'))
      await triage.cases.run('orca-api', gus())
      await triage.settle()
    }),
    scene(16, 10, async () => {
      const story = 'The answer to a question about a medicine named a dose that is ten times too high.'
      dose = (await send({ kind: 'harmful_output', category: 'specialized_advice', model: 'orca-2', story }, byKey)).id
    }),
    scene(15, 10, async () => {
      await act(dose, { act: 'take' }, cast.actor('hana'))
      await reports.answer(dose, 'Thank you. Can you tell us the number of the decision?', cast.actor('hana'))
      const factors = {
        uplift: 'some',
        reach: 'customer',
        reproducibility: 'rare',
        universality: 'one_prompt',
      } as const
      await act(dose, { act: 'assess', severity: { factors } }, cast.actor('hana'))
    }),
    scene(4, 20, async () => {
      const story = 'Somebody sells access to it in a forum, as a helper for letters that pretend to come from a bank.'
      await send({ kind: 'misuse', category: 'non_violent_crimes', model: 'orca-mini', story })
    }),
    scene(1, 13, async () => {
      const story = 'Your status page shows the version of a library that has a known flaw.'
      await send({ kind: 'security', story, contact: 'tester@security.example' })
    }),
  ]
}
