import { systemClock } from '../../src/base/clock.ts'
import { systemIds } from '../../src/base/ids.ts'
import type { BundleDeps } from '../../src/controls/bundle/index.ts'
import { Catalogue, Control } from '../../src/controls/catalogue/index.ts'
import type { ControlView } from '../../src/controls/standing/schema.ts'
import type { LocalLedger } from '../../src/ledger/index.ts'

const about = (id: string, title: string) =>
  Control.parse({
    ...{ id, title, statement: `${title}, always.`, mode: 'gated', owner: 'rso', freshDays: 90 },
    ...{ guidance: 'See to it.', sources: [{ policy: 'rsp-2.2', clause: 'Section 7' }] },
  })

/** Two controls, and a profile that asks for both. */
const SMALL_CATALOGUE = new Catalogue(
  [{ family: 'GOV', title: 'Governance', controls: [about('GOV-01', 'It is so'), about('GOV-02', 'It is not so')] }],
  [
    {
      ...{ id: 'small', kind: 'profile', title: 'Small', statement: 'Two.', from: ['rsp-2.2'], families: ['GOV'] },
      ...{ also: [], without: [], controls: ['GOV-01', 'GOV-02'] },
    },
  ],
)

/** Words that must not leave: somebody's name. */
export const PRIVATE_WORDS = 'Ada Example saw to it'

/** What there is to say of a control that holds because of an entry, or fails. */
export function viewOf(id: string, entry: number | null): ControlView {
  const { title, mode, owner, statement, sources, lineage, mappings, freshDays, guidance } = SMALL_CATALOGUE.control(id)
  const at = '2026-01-01T00:00:00.000Z'
  const until = '2026-03-01T00:00:00.000Z'
  const holds = entry !== null
  return {
    ...{ id, family: 'GOV', title, mode, owner, statement, sources, lineage, mappings, freshDays, guidance },
    ...{ state: holds ? 'holds' : 'fails', says: holds ? 'it is so' : 'it is not so', next: null, since: at },
    evidence: holds ? [{ kind: 'entry', entry, event: 'gateway.decision', at }] : [],
    ...{ attestation: { id: 'cat_1', holds, at, until }, exception: null, inProfile: true, profiles: ['small'] },
    attestations: [
      {
        ...{ id: 'cat_1', control: id, holds, statement: PRIVATE_WORDS, references: [], by: 'usr_1', at, until },
        digest: 'a'.repeat(64),
      },
    ],
    exceptions: [],
    history: [],
  }
}

/** A room that makes bundles over a ledger, of GOV-01, which rests on the entries, and of GOV-02, which fails. */
export function bundleDeps(ledger: LocalLedger, entries: readonly number[] = [0]): BundleDeps {
  const [first = 0, ...more] = entries
  const views = new Map([
    ['GOV-02', viewOf('GOV-02', null)],
    ['GOV-01', viewOf('GOV-01', first)],
  ])
  const evidence = [first, ...more].map((entry) => ({
    ...{ kind: 'entry' as const, entry, event: 'gateway.decision', at: '2026-01-01T00:00:00.000Z' },
  }))
  return {
    controls: {
      config: { profile: 'small', overlays: [] },
      views: async (ids) => {
        const asked = ids.map((id) => views.get(id) ?? viewOf(id, null))
        return { lookedAt: null, controls: asked.map((one) => (one.id === 'GOV-01' ? { ...one, evidence } : one)) }
      },
    },
    catalogue: SMALL_CATALOGUE,
    entries: { last: async () => null },
    ledger,
    witnessing: null,
    organisation: () => 'Example Works',
    clock: systemClock,
    ids: systemIds,
  }
}
