import { createHash } from 'node:crypto'
import { canonicalJson } from '../../../ledger/index.ts'
import type { Suite } from '../../../models/evaluation/index.ts'
import type { Finding, Probe } from '../../probe.ts'
import { attested, count, entryOf, fails, holds, listed, record, seen, unknown } from '../findings.ts'
import type { World } from '../world.ts'

type SuitesWorld = Pick<World, 'evaluations' | 'entries' | 'attestations'>

/** The numbers of the policy: evaluations trip six times below danger and come every four times. */
const BUFFER = 6
const INTERVAL = 4
const AUTONOMY = { line: 0.5, tries: 10, dollars: 1_000 } as const
const DOMAINS = ['cbrn', 'cyber'] as const
const FREEZE = 'safelevel eval suite FILE'
const NO_SUITES = unknown('no evaluation has been frozen yet', FREEZE)

/** What evaluations are made of: their lines, their budgets, the threats behind them, how they change (EVL-06, 12 to 14, 30). */
export function suiteProbes(world: SuitesWorld): Probe[] {
  return [
    { control: 'EVL-06', look: () => conservative(world) },
    { control: 'EVL-12', look: () => chained(world) },
    { control: 'EVL-13', look: () => autonomy(world, ruled) },
    { control: 'EVL-14', look: () => autonomy(world, budgeted) },
    { control: 'EVL-30', look: () => recorded(world) },
  ]
}

async function conservative(world: SuitesWorld): Promise<Finding> {
  const { buffer, interval } = world.evaluations.cadence
  const next = 'scaling.buffer and scaling.interval in safelevel.yaml'
  const numbers = `evaluations come every ${interval} times of effective compute and are to trip ${buffer} times below danger`
  if (interval > INTERVAL) return fails(`${numbers}: the policy allows ${INTERVAL} times between them at most`, next)
  if (buffer < BUFFER) return fails(`${numbers}: the policy asks for ${BUFFER} times`, next)
  if ((await current(world)).length === 0) return NO_SUITES
  const missing = `${numbers}; nobody has attested that their lines are set as low as that`
  return attested(world, 'EVL-06', missing, [seen(numbers)])
}

async function chained({ evaluations, entries }: SuitesWorld): Promise<Finding> {
  const [suites, threats] = [await evaluations.suites.list(), await evaluations.suites.threats()]
  const evidence = entryOf(await entries.last('evaluations.threat_mapped'))
  if (suites.length === 0 && threats.length === 0)
    return unknown('no threat model is written down yet', 'safelevel eval threat FILE')
  const without = DOMAINS.filter((domain) => !threats.some((one) => one.domain === domain && one.suites.length > 0))
  if (without.length > 0)
    return fails(
      `no threat model leads to an evaluation of ${without.join(' and ')}`,
      'safelevel eval threat FILE',
      evidence,
    )
  const led = new Set(threats.flatMap((one) => one.suites))
  const loose = retained(suites).filter(({ suite }) => !led.has(suite))
  if (loose.length > 0) {
    const names = listed(loose.map(({ suite }) => suite))
    return fails(`no threat model leads to ${names}`, 'safelevel eval threat FILE', evidence)
  }
  return holds(`${count(threats.length, 'threat model')} lead to ${count(led.size, 'evaluation')}`, evidence)
}

async function autonomy(world: SuitesWorld, look: (suite: Suite) => string | null): Promise<Finding> {
  const suites = (await current(world)).filter(({ domain }) => domain === 'autonomy')
  if (suites.length === 0) return unknown('no evaluation of autonomy is frozen', FREEZE)
  const wrong = suites.flatMap((suite) => {
    const why = look(suite)
    return why === null ? [] : [`${suite.suite} ${why}`]
  })
  const about = suites.map(({ suite }) => record('suite', suite))
  if (wrong.length > 0) return fails(listed(wrong, '; '), FREEZE, about)
  return holds(`${listed(suites.map(({ suite }) => suite))}: as the policy has it`, about)
}

function ruled({ rule }: Suite): string | null {
  if (rule.kind !== 'autonomy') return 'counts a rate, not tasks that pass at one try of ten'
  if (rule.line > AUTONOMY.line) return `is met only at ${rule.line * 100} % of its tasks, not at 50 %`
  return rule.tries < AUTONOMY.tries ? `gives a task ${rule.tries} tries, not ten` : null
}

function budgeted({ limits: { budgetPerTry } }: Suite): string | null {
  if (budgetPerTry === null) return 'sets no budget for a try'
  return budgetPerTry < AUTONOMY.dollars ? `gives a try $${budgetPerTry}, not about $${AUTONOMY.dollars}` : null
}

/** Every suite is what the ledger has of it, and each that supersedes another says why. */
async function recorded({ evaluations, entries }: SuitesWorld): Promise<Finding> {
  const suites = await evaluations.suites.list()
  if (suites.length === 0) return NO_SUITES
  const deviations = await evaluations.assessments.deviations()
  const evidence = []
  for (const suite of suites) {
    const entry = await entries.last('evaluations.suite_frozen', suite.suite)
    if (entry === null) return fails(`the ledger has no entry of the suite ${suite.suite}`, FREEZE)
    const event = await entries.event(entry.entry)
    if (event !== null && (event.digests?.suite !== suite.digest || !digestsOf(suite).includes(suite.digest)))
      return fails(
        `the suite ${suite.suite} is not the one that was frozen: its digest differs`,
        FREEZE,
        entryOf(entry),
      )
    if (suite.supersedes !== null && !deviations.some((one) => one.suite === suite.suite))
      return fails(`${suite.suite} supersedes ${suite.supersedes}, and nothing on record says why`, FREEZE)
    evidence.push(...entryOf(entry))
  }
  const changed = suites.filter(({ supersedes }) => supersedes !== null).length
  return holds(
    `${count(suites.length, 'suite')} as frozen, ${count(changed, 'change')} with what, when, why and who`,
    evidence,
  )
}

/** Suites of before a field was added are digested without it. */
function digestsOf({ digest: _, frozenAt: __, frozenBy: ___, ...content }: Suite): string[] {
  const { fileDigest, ...older } = content
  const texts = fileDigest === null ? [content, older] : [content]
  return texts.map((text) => createHash('sha256').update(canonicalJson(text)).digest('hex'))
}

async function current({ evaluations }: SuitesWorld): Promise<Suite[]> {
  return retained(await evaluations.suites.list())
}

/** Those that no other has taken the place of. */
function retained(suites: readonly Suite[]): Suite[] {
  const gone = new Set(suites.map(({ supersedes }) => supersedes))
  return suites.filter(({ suite }) => !gone.has(suite))
}
