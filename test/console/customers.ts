import { EXEMPT_ACTION } from '../../src/accounts/redress/index.ts'
import type { Actor } from '../../src/ledger/index.ts'
import type { Visitor } from '../support/browser.ts'
import { MODEL } from '../support/running-app.ts'
import type { ConsoleWorld } from './world.ts'

export interface CustomerPage {
  readonly visitor: Visitor
  readonly name: string
  readonly path: string
  readonly heading: string | RegExp
}

const OPERATOR: Actor = { type: 'operator', id: 'operator' }
const CLAUSES = ['2.1', '3.2', '5.2', '5.3'] as const

/** Pages about customers, with somebody on them who has been throttled, restricted, exempted and heard. */
export async function customerPages(
  { running }: ConsoleWorld,
  administrator: Visitor,
  rso: Visitor,
  rsoId: string,
): Promise<CustomerPage[]> {
  const { app } = running
  const organisation = await app.accounts.createOrganisation({ name: 'Kelp Research' }, OPERATOR)
  const project = await app.accounts.createProject(
    { organisationId: organisation.id, name: 'lab assistant', requestsPerMinute: 600 },
    OPERATOR,
  )
  const made = await app.accounts.createKey({ projectId: project.id, name: 'production' }, OPERATOR)
  const endUserId = app.accounts.endUserId({ organisationId: organisation.id }, 'maria')
  const origin = { endUserId, keyId: made.id, projectId: project.id, organisationId: organisation.id }
  for (const clause of CLAUSES) {
    const decisionId = await ask(running.url, made.key)
    const label = clause === '2.1' ? 'cyber_operations' : 'hate'
    await app.enforcement.strike({ decisionId, ...origin, severity: 'moderate', label, clause }, OPERATOR)
  }
  await app.enforcement.catchUp()
  const key = { type: 'key', id: made.id } as const
  const by = { type: 'staff', id: rsoId } as const
  const note = 'Asked for the same table all night; see the ticket'
  const restricted = await app.enforcement.restrict(
    { subject: key, step: 'restrict', reason: 'scaled_abuse', note },
    by,
  )
  await app.redress.catchUp()
  const { items: automatic } = await app.enforcement.readings.actions({ subjectId: endUserId, limit: 1 })
  const objections: string[] = []
  for (const about of [restricted.id, automatic[0]?.id ?? '']) {
    const text = 'We test our own systems, under a contract that you have.'
    objections.push((await app.redress.appeals.fileByForm({ about, text, contact: null })).appeal.id)
  }
  await app.redress.appeals.take(objections[1] ?? '', rsoId)
  const exemption = {
    scope: { type: 'project' as const, id: project.id },
    clauses: ['2.1'],
    reason: 'Tests its own systems under contract 17.',
    riskNote: 'Answers could be passed on; the contract forbids it.',
    days: 7,
  }
  const asked = { action: EXEMPT_ACTION, payload: exemption, reason: exemption.reason, requester: rsoId }
  const { id } = await app.staff.approvals.request(asked)
  const approvedAt = new Date(app.clock.now()).toISOString()
  const approved = {
    id,
    requester: 'per_first',
    approvers: ['per_second'],
    approvedAt,
    effectiveUntil: null,
    digest: '',
  }
  await app.redress.exemptions.action().execute(exemption, approved)
  const granted = (await app.redress.exemptions.list({ limit: 1 })).items[0]?.id ?? ''
  const url = 'https://kelp.example/safelevel'
  await app.notify.webhooks.create({ organisationId: organisation.id, url }, OPERATOR)
  return [
    { visitor: administrator, name: 'accounts', path: '/accounts', heading: 'Accounts' },
    { visitor: rso, name: 'standing', path: '/accounts?tab=standing', heading: 'Accounts' },
    { visitor: rso, name: 'end-user', path: `/accounts/end_user/${endUserId}`, heading: /End user/ },
    { visitor: rso, name: 'key', path: `/accounts/key/${made.id}`, heading: 'production' },
    { visitor: administrator, name: 'project', path: `/accounts/project/${project.id}`, heading: 'lab assistant' },
    {
      visitor: administrator,
      name: 'organisation',
      path: `/accounts/organisation/${organisation.id}`,
      heading: 'Kelp Research',
    },
    { visitor: rso, name: 'action', path: `/accounts/actions/${restricted.id}`, heading: 'Key restricted' },
    { visitor: rso, name: 'exemptions', path: '/exemptions', heading: 'Exemptions' },
    { visitor: rso, name: 'exemption', path: `/exemptions/${granted}`, heading: /Exemption from/ },
    { visitor: rso, name: 'appeals', path: '/appeals', heading: 'Appeals' },
    { visitor: rso, name: 'appeal-not-mine', path: `/appeals/${objections[0]}`, heading: /Appeal/ },
    { visitor: rso, name: 'appeal', path: `/appeals/${objections[1]}`, heading: /Appeal/ },
    { visitor: administrator, name: 'notices', path: '/notices', heading: 'Notices' },
    { visitor: administrator, name: 'webhooks', path: '/notices?tab=webhooks', heading: 'Notices' },
    { visitor: rso, name: 'coverage', path: '/coverage', heading: 'Coverage' },
  ]
}

/** @returns id of the decision */
async function ask(url: string, key: string): Promise<string> {
  const response = await fetch(`${url}/v1/chat/completions`, {
    method: 'POST',
    headers: { authorization: `Bearer ${key}`, 'content-type': 'application/json' },
    body: JSON.stringify({
      model: MODEL,
      user: 'maria',
      messages: [{ role: 'user', content: 'Why is the sky blue?' }],
    }),
  })
  await response.text()
  return response.headers.get('x-safelevel-decision') ?? ''
}
