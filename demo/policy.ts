import { PUBLISH, readPolicyFile } from '../src/policy/index.ts'
import { type Scene, type Stage, scene } from './stage.ts'

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

/** A second version of the policy that two people published, and a draft that was replayed over the traffic of some weeks. */
export function policyScenes({ app, cast, clock }: Stage): Scene[] {
  const by = () => cast.actor('femi')
  return [
    scene(54, 10, async () => {
      const [version = '', next = ''] = versions(app.policy.version)
      const document = `${readPolicyFile()}${OVERLAY}`.replace(`version: ${version}`, `version: ${next}`)
      const draft = await app.policyDrafts.create({ title: 'Schools', document }, by())
      const reason = 'Schools asked for it'
      const asked = { revision: draft.revision, changelog: reason, effectiveAt: null }
      const payload = await app.policyDrafts.publication(draft.id, asked)
      await cast.agree('femi', { action: PUBLISH, payload, reason }, 'bo')
    }),
    scene(2, 14, async () => {
      const [version = '', next = ''] = versions(app.policy.version)
      const document = `${readPolicyFile()}${OVERLAY}`
        .replace(/^version: .*$/m, `version: ${next}`)
        .replace(/(labels: \[sexual_content\]\s+prompt: \{ threshold: calibrated, action: )refuse/, '$1flag')
      const draft = await app.policyDrafts.create({ title: `After ${version}: what is only flagged`, document }, by())
      const since = new Date(clock.now() - 28 * 86_400_000).toISOString()
      const { id } = await app.policyReplays.start(draft.id, since, by())
      while ((await app.policyReplays.get(id)).state === 'running')
        await new Promise((resolve) => setTimeout(resolve, 50))
    }),
  ]
}

/** `1.1.0` -> itself, and `1.2.0`. */
function versions(version: string): string[] {
  const [major = 1, minor = 0] = version.split('.').map(Number)
  return [version, `${major}.${minor + 1}.0`]
}
