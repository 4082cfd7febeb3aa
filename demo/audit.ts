import { hash, randomBytes } from 'node:crypto'
import { type AuditSampleView, commitmentTo, type NewAuditSample } from '../src/audit/index.ts'
import { isConcealed } from '../src/http/control-plane/concealed.ts'
import type { PersonName } from './cast.ts'
import { instant, type Scene, type Stage, scene } from './stage.ts'

const SECRET_BYTES = 24
/** Of the entries that were drawn, counted from 0: the one that is not as it should be. */
const DEVIATES = 11
const DEVIATION = 'Who sent it had not agreed to the usage policy until eleven days later (made up).'

/** An internal audit: two samples of the ledger, one closed and one under way, and what its auditor asked to be shown. */
export function auditScenes(stage: Stage): Scene[] {
  return [...sampleScenes(stage), ...requestScenes(stage)]
}

function sampleScenes({ app, cast }: Stage): Scene[] {
  const { samples } = app.audit
  const kit = cast.get('kit').id
  const drawn = async (order: Omit<NewAuditSample, 'commitment'>) => {
    const secret = randomBytes(SECRET_BYTES).toString('base64url')
    const { id } = await samples.order({ ...order, commitment: commitmentTo(secret) }, cast.actor('kit'), isConcealed)
    return await samples.draw(id, { secret }, cast.actor('kit'))
  }
  const examine = async ({ id, entries }: Pick<AuditSampleView, 'id' | 'entries'>, from: number, to: number) => {
    for (const [offset, entry] of entries.slice(from, to).entries()) {
      const deviates = from + offset === DEVIATES
      const finding = deviates ? { verdict: 'exception' as const, words: DEVIATION } : { verdict: 'ok' as const }
      await samples.examine(id, entry, finding, kit)
    }
  }
  const half = ({ entries }: Pick<AuditSampleView, 'entries'>) => Math.ceil(entries.length / 2)
  let decisions: Pick<AuditSampleView, 'id' | 'entries'> = { id: '', entries: [] }
  let agreed = decisions
  return [
    scene(22, 10, async () => {
      decisions = await drawn({
        title: 'Whoever sends requests has agreed to the usage policy, and each decision names its version',
        population: { name: 'decisions', from: iso(instant(92, 0)), until: iso(instant(23, 0)) },
        sizing: { kind: 'attribute', confidence: 0.9, tolerableRate: 0.12, expectedRate: 0.02 },
      })
    }),
    scene(21, 14, () => examine(decisions, 0, half(decisions))),
    scene(19, 10, () => examine(decisions, half(decisions), decisions.entries.length)),
    scene(18, 15, async () => {
      const words =
        'One organisation had its key before it had agreed, which the plan allows for. Agreement is now asked for first (made up).'
      await samples.close(decisions.id, { words }, kit)
    }),
    scene(6, 10, async () => {
      agreed = await drawn({
        title: 'Who agreed to a request is somebody else than who made it, and holds the role that it takes',
        population: { name: 'approvals', from: iso(instant(140, 0)), until: iso(instant(7, 0)) },
        sizing: { kind: 'fixed', size: 10 },
      })
    }),
    scene(2, 11, () => examine(agreed, 0, half(agreed))),
  ]
}

/** One request that was accepted, one whose answer was sent back, one that waits for judgement, one whose time is nearly up. */
function requestScenes({ app, cast, clock }: Stage): Scene[] {
  const { requests } = app.audit
  const kit = cast.get('kit').id
  const inDays = (days: number) => iso(clock.now() + days * 86_400_000)
  const ask = (
    days: number,
    about: { title: string; text: string } & ({ control: string } | { owner: 'administrator' }),
  ) => requests.ask({ ...about, dueAt: inDays(days) }, cast.actor('kit'))
  const by = (who: PersonName) => ({ person: cast.get(who).id, roles: cast.get(who).roles })
  let disks = ''
  let leavers = ''
  let policy = ''
  return [
    scene(30, 10, async () => {
      const text =
        'Of all machines that hold code or results: which disks are encrypted, and how you know. As of today.'
      disks = (await ask(14, { title: 'Inventory of encrypted disks', text, control: 'SEC-22' })).id
    }),
    scene(28, 16, async () => {
      const document = { what: 'Inventory, 212 machines (made up)', digest: hash('sha256', 'a made-up inventory') }
      const text = 'All of them but two, which are in a cupboard without network and are to be scrapped (made up).'
      await requests.answer(disks, { text, controls: ['SEC-22'], documents: [document] }, by('dee'))
    }),
    scene(27, 11, async () => {
      await requests.accept(disks, { words: 'Seen, together with the two in the cupboard (made up).' }, kit)
    }),
    scene(16, 10, async () => {
      const text = 'Who left in the last half-year, when they told you, and when their roles here ended.'
      leavers = (await ask(21, { title: 'People who left', text, owner: 'administrator' })).id
    }),
    scene(12, 15, async () => {
      await requests.answer(leavers, { text: 'Three people left in spring, one in summer (made up).' }, by('ada'))
    }),
    scene(10, 9, async () => {
      await requests.giveBack(leavers, { words: 'It names neither the days, nor when their roles ended.' }, kit)
    }),
    scene(12, 10, async () => {
      const text = 'The contract, or the letter, by which somebody from outside is to look at security, and when.'
      await ask(13.5, { title: 'The review from outside that is booked', text, control: 'SEC-32' })
    }),
    scene(8, 10, async () => {
      const text = 'Which version of the policy is in force, since when, and which two people published it.'
      policy = (await ask(14, { title: 'The usage policy in force', text, control: 'DEP-06' })).id
    }),
    scene(3, 17.5, async () => {
      const published = await app.controls.entries.last('policy.published')
      const entries = published === null ? [] : [published.entry]
      const text = 'The one with the overlay for schools. I asked for it and Bo agreed; the entry says the rest.'
      await requests.answer(policy, { text, entries, controls: ['DEP-06'] }, by('femi'))
    }),
  ]
}

function iso(ms: number): string {
  return new Date(ms).toISOString()
}
