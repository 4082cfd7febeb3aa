import { readPolicyFile } from '../../src/policy/index.ts'
import { testString } from '../../src/screening/index.ts'
import type { Visitor } from '../support/browser.ts'
import type { CustomerPage } from './customers.ts'
import type { ConsoleWorld } from './world.ts'

const TITLE = 'Schools, and what is only flagged'
const OVERLAY = `
overlays:
  - id: school
    title: Schools
    wording: On surfaces for schools some clauses are applied from lower scores.
    surfaces: [school]
    clauses:
      - clause: '5.5'
        prompt: { threshold: 0.2 }
`

/** Pages about the policy, with a draft that was replayed over some traffic and has a fault. */
export async function policyPages(
  { running: { app, url, key } }: ConsoleWorld,
  visitor: Visitor,
  personId: string,
): Promise<CustomerPage[]> {
  for (const label of ['sexual_content', 'sexual_content', 'hate'] as const)
    await fetch(`${url}/v1/chat/completions`, {
      method: 'POST',
      headers: { authorization: `Bearer ${key}`, 'content-type': 'application/json' },
      body: JSON.stringify({ model: 'sandbox-1', messages: [{ role: 'user', content: testString(label) }] }),
    })
  await app.decisions.catchUp()
  const by = { type: 'staff', id: personId } as const
  const document = `${readPolicyFile()}${OVERLAY}`
    .replace('version: 1.1.0', 'version: 1.2.0')
    .replace('Do not ask for or produce pornographic', 'Do not ask for pornographic')
    .replace(/(labels: \[sexual_content\]\s+prompt: \{ threshold: calibrated, action: )refuse/, '$1flag')
  const draft = await app.policyDrafts.create({ title: TITLE, document }, by)
  const { id } = await app.policyReplays.start(draft.id, new Date(app.clock.now() - 3_600_000).toISOString(), by)
  while ((await app.policyReplays.get(id)).state === 'running') await new Promise((resolve) => setTimeout(resolve, 50))
  const faulty = { title: 'With a fault', document: document.replace('severity: extreme', 'severity: dreadful') }
  const broken = await app.policyDrafts.create(faulty, by)
  const at = `/policy/drafts/${draft.id}`
  return [
    { visitor, name: 'policy', path: '/policy', heading: 'Policy' },
    { visitor, name: 'policy-drafts', path: '/policy?tab=drafts', heading: 'Policy' },
    { visitor, name: 'policy-version', path: '/policy/versions/current', heading: /^Policy 1/ },
    { visitor, name: 'policy-compare', path: `/policy/compare?to=${draft.id}`, heading: 'Compare policies' },
    { visitor, name: 'policy-draft', path: `/policy/drafts/${broken.id}`, heading: 'With a fault' },
    { visitor, name: 'policy-replay', path: `${at}?tab=replay`, heading: TITLE },
    { visitor, name: 'policy-shadow', path: `${at}?tab=shadow`, heading: TITLE },
  ]
}
