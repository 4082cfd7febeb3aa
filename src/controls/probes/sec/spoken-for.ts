import type { Probe } from '../../probe.ts'
import { attested, record } from '../findings.ts'
import type { World } from '../world.ts'

/** What lies outside of this product: nothing goes on until the people who answer for it have said so, and lately. */
const SPOKEN_FOR: readonly { readonly control: string; readonly missing: string }[] = [
  { control: 'SEC-05', missing: 'nobody has said that the security of suppliers was reviewed' },
  { control: 'SEC-27', missing: 'nobody has said that somebody outside has validated security (SOC 2 or the like)' },
  { control: 'SEC-28', missing: 'nobody has said that vulnerabilities of the systems here are looked for and mended' },
  { control: 'SEC-32', missing: 'nobody has said that security was reviewed from outside' },
  { control: 'SEC-33', missing: 'nobody has said that controls were looked at again since the organisation changed' },
  { control: 'SEC-34', missing: 'nobody has said that the fuller list of measures is published' },
]

const MOST_ACCEPTED = 3

/** What people said makes it hold, or not. What an auditor has accepted about it stands beside that, and makes nothing hold by itself. */
export function spokenForProbes(world: Pick<World, 'attestations' | 'audit'>): Probe[] {
  return SPOKEN_FOR.map(({ control, missing }) => ({
    control,
    async look() {
      const accepted = (await world.audit.requests.accepted(control)).slice(0, MOST_ACCEPTED)
      return await attested(
        world,
        control,
        missing,
        accepted.map(({ id }) => record('evidence_request', id)),
      )
    },
  }))
}
