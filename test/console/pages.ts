import { testString } from '../../src/screening/index.ts'
import type { Visitor } from '../support/browser.ts'
import { cardPages } from './card-pages.ts'
import { customerPages } from './customers.ts'
import { modelPages } from './model-pages.ts'
import { EarlierClock, HISTORY_DAYS, MODELS_CONFIG, modelHistory } from './models-world.ts'
import { policyPages } from './policy-pages.ts'
import { queuePages } from './queue-pages.ts'
import { refusalHistory } from './refusal-world.ts'
import { reportPages } from './report-world.ts'
import { ConsoleWorld } from './world.ts'

export interface ShownPage {
  /** Of its picture. */
  readonly name: string
  /** Opens it, ready to be looked at. */
  show(): Promise<Visitor>
}

/** A world in which models have a history, for `shownPages`: it begins months ago. */
export async function openShown(): Promise<{ readonly world: ConsoleWorld; readonly assessment: string }> {
  const clock = new EarlierClock(HISTORY_DAYS)
  await using resources = new AsyncDisposableStack()
  const world = resources.use(await ConsoleWorld.open(MODELS_CONFIG, undefined, clock))
  const history = await modelHistory(world, clock)
  resources.move()
  return { world, ...history }
}

/** Every page, with something on it; what a page needs to be worth a look is made here. */
export async function shownPages({ world, assessment }: Awaited<ReturnType<typeof openShown>>): Promise<ShownPage[]> {
  const setup = await world.running.app.staff.enrolment.issueSetup()
  const guest = await world.arrive()
  await guest.page.goto(`/setup#${setup?.token}`)
  await guest.page.getByLabel('Your name').waitFor()
  const stranger = await world.arrive()
  const fresh: ShownPage[] = [{ name: 'setup', show: async () => guest }, page(stranger, 'login', '/login', 'Sign in')]
  const second = await world.arrive()
  await second.page.goto(`/setup#${setup?.token}`)
  await second.page.getByLabel('Your name').fill('Ada Okafor')
  await second.page.getByRole('button', { name: 'Register a security key' }).click()
  await second.page.getByRole('heading', { name: 'Now', exact: true }).waitFor()
  const ada = second
  const bo = await world.invite(ada, 'Bo Lindqvist')
  await world.askForRole(ada, 'Bo Lindqvist', /Responsible Scaling/, 'Answers for the policy from this week on')
  await ada.page.getByText('is Responsible Scaling Officer now').waitFor()
  await world.askForRole(ada, 'Bo Lindqvist', /^Policy editor/, 'Writes it as well, for now')
  await ada.page.getByText('is Policy editor now').waitFor()
  await world.invite(ada, 'Cem Aydın')
  await ada.page.goto('/people')
  await ada.page.getByRole('button', { name: 'End it now' }).click()
  await ada.page.getByRole('button', { name: 'End it', exact: true }).click()
  await ada.page.getByText('The bootstrap has ended').waitFor()
  await world.askForRole(ada, 'Cem Aydın', /^CISO/, 'Takes over security; contract signed on Monday')
  await ada.page.getByRole('heading', { name: 'Who agrees' }).waitFor()
  const approval = new URL(ada.page.url()).pathname
  const boId = await idOf(bo)
  await ask(world)
  const policy = await policyPages(world, bo, boId)
  const customers = await customerPages(world, ada, bo, boId)
  const work = await queuePages(world, bo)
  const models = await modelPages(world, bo, boId, assessment)
  const reports = await reportPages(world, bo, boId)
  const cards = await cardPages(world, bo, boId)
  const refusal = await refusalHistory(world.running.app)
  await world.running.app.controls.look()
  await world.running.app.controlEvidence.reports.compile({ kind: 'rso' }, { type: 'operator', id: 'operator' })
  return [
    ...fresh,
    page(bo, 'now', '/', 'Now'),
    page(ada, 'people', '/people', 'People'),
    page(bo, 'person', `/people/${boId}`, 'Bo Lindqvist'),
    page(bo, 'approvals', '/approvals', 'Approvals'),
    page(bo, 'approval', approval, 'Give a role'),
    page(ada, 'account', '/account', 'My account'),
    page(bo, 'refusal', '/refusal', 'Refusal'),
    page(bo, 'refusal-evaluation', `/refusal/evaluations/${refusal.evaluation}`, /^Refusals of/),
    page(bo, 'red-team', `/refusal/red-team/${refusal.run}`, /^Red team against/),
    page(bo, 'refusal-dataset', `/refusal/datasets/${refusal.dataset}?row=0`, /^Dataset/),
    page(bo, 'refusal-comparison', `/refusal/comparisons/${refusal.comparison}`, /→/),
    page(bo, 'controls', '/controls', 'Controls'),
    page(bo, 'control', '/controls/EVL-02', /^EVL-02 /),
    page(bo, 'calendar', '/controls/calendar', 'Calendar'),
    page(bo, 'control-reports', '/controls/reports', 'Reports on commitments'),
    page(bo, 'insider', '/insider', 'Insider'),
    page(ada, 'watched', '/watched', 'What is watched'),
    page(bo, 'ledger', '/ledger', 'Ledger'),
    page(bo, 'ledger-entry', '/ledger/5', /\./),
    ...work,
    ...[...policy, ...customers, ...models, ...reports, ...cards].map(({ visitor, name, path, heading }) =>
      page(visitor, name, path, heading),
    ),
  ]
}

function page(visitor: Visitor, name: string, path: string, heading: string | RegExp): ShownPage {
  return {
    name,
    async show() {
      await visitor.page.goto(path)
      await visitor.page.getByRole('heading', { level: 1, name: heading }).waitFor()
      await visitor.page.locator('[aria-busy=true]').first().waitFor({ state: 'detached' })
      await visitor.page.waitForLoadState('networkidle')
      return visitor
    },
  }
}

async function idOf(visitor: Visitor): Promise<string> {
  const response = await visitor.page.request.get('/api/v1/staff/session')
  const { person } = await response.json()
  return person.id
}

/** Some traffic, of which some is refused, and one round of canaries: something to count. */
async function ask({ running: { url, controlUrl, key, app } }: ConsoleWorld): Promise<void> {
  const harmful = ['cyber_operations', 'cyber_operations', 'chemical', 'hate'] as const
  const harmless = ['How do I bake bread?', 'Why is the sky blue?', 'What is a prime?', 'Who was Ada Lovelace?']
  for (const question of [...harmless, ...harmless, ...harmful.map(testString)])
    await fetch(`${url}/v1/chat/completions`, {
      method: 'POST',
      headers: { authorization: `Bearer ${key}`, 'content-type': 'application/json' },
      body: JSON.stringify({ model: 'sandbox-1', messages: [{ role: 'user', content: question }] }),
    })
  await fetch(`${controlUrl}/api/v1/canaries`, {
    method: 'POST',
    headers: { authorization: `Bearer ${app.operatorToken}` },
  })
}
