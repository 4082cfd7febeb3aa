import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { Clock } from '../base/clock.ts'
import type { Ids } from '../base/ids.ts'
import { silentLog } from '../base/log.ts'
import {
  formatSkey,
  type Misbehaviour,
  misbehaviourBetween,
  openCheckpoint,
  openWitnessed,
  parseSkey,
  parseTrustPolicy,
  parseVkey,
  TlogError,
  type TrustPolicy,
  verifyLog,
  verifyMisbehaviour,
} from '../ledger/index.ts'
import { MemoryLog } from './memory-log.ts'
import { Witness } from './witness.ts'
import { createWitnessKey } from './witness-key.ts'
import { type RunningWitness, startWitness } from './witness-server.ts'
import { WitnessStore } from './witness-store.ts'
import { Witnessing } from './witnessing.ts'

const COMMON = 1_000
const APART = 24

/** What a drill of a split view came to. */
export interface SplitViewDrill {
  readonly vkey: string
  /** A tlog-policy that asks for the drill's witness. */
  readonly policy: string
  readonly steps: readonly { readonly what: string; readonly held: boolean; readonly words: string }[]
  readonly proof: Misbehaviour | null
}

/**
 * Shows two readers two views of one log, as a dishonest operator could, and sees that it comes out: with a log, a key and a witness of its
 * own, that go when it is over.
 */
export async function drillSplitView({ clock, ids }: { clock: Clock; ids: Ids }): Promise<SplitViewDrill> {
  await using resources = new AsyncDisposableStack()
  const scene = await setScene(clock, ids, resources)
  const { first, second, policy, vkey, asking } = scene
  const log = parseVkey(vkey)
  const steps: SplitViewDrill['steps'][number][] = []
  const step = (what: string, held: boolean, words: string) => steps.push({ what, held, words })

  const alone = (await readsAlone(first, vkey)) && (await readsAlone(second, vkey))
  step(
    'each reader alone is content',
    alone,
    'both views verify, signature, tiles and all: without witnesses neither can tell',
  )

  await turn(asking(first))
  const accepted = await accepts(first, asking(first).served(), policy, vkey)
  step(
    'the witness cosigns what it is shown first',
    accepted === null,
    accepted ?? 'the first reader accepts its view, witnessed',
  )

  await turn(asking(second))
  const refused = await accepts(second, asking(second).served(), policy, vkey)
  const problem = asking(second).state().problems[0]?.words ?? 'said nothing'
  step(
    'and refuses the other',
    refused !== null,
    `the witness ${problem}; the second reader refuses its view: ${refused}`,
  )

  const proof = await misbehaviourBetween(first.checkpoint(), { note: second.checkpoint(), tiles: second.tiles }, log)
  const proven = proof !== null && (await verifyMisbehaviour(proof, log)).newer.size === second.size
  step(
    'two readers who compare have the proof',
    proven,
    'two notes under one signature that can’t both be true, and why',
  )
  const honest = await first.append([Buffer.from('one more')]).then(async () => {
    const later = { note: first.checkpoint(), tiles: first.tiles }
    return misbehaviourBetween(scene.firstNote, later, log)
  })
  step('an honest log is not accused', honest === null, 'its own later view gives no such proof')
  return { vkey, policy: scene.policyText, steps, proof }
}

async function setScene(clock: Clock, ids: Ids, resources: AsyncDisposableStack) {
  const name = `drill.invalid/log-${ids.bytes(4).toString('hex')}`
  const signer = await parseSkey(await formatSkey(name, ids.bytes(32)))
  const common = Array.from({ length: COMMON }, () => ids.bytes(32))
  const apart = () => Array.from({ length: APART }, () => ids.bytes(32))
  const first = await MemoryLog.open(signer, [...common, ...apart()])
  const second = await MemoryLog.open(signer, [...common, ...apart()])
  const witness = await runWitness(signer.vkey, clock, ids, resources)
  const policyText = `log ${signer.vkey}\nwitness drill ${witness.vkey} ${witness.server.url}\nquorum drill\n`
  const policy = parseTrustPolicy(policyText)
  const made = new Map<MemoryLog, Witnessing>()
  const asking = (ledger: MemoryLog): Witnessing => {
    const bounds = { intervalMs: 1_000, timeoutMs: 5_000, maxLagMs: 10_000, refreshMs: 300_000 }
    const known = made.get(ledger) ?? new Witnessing({ policy, ledger, clock, log: silentLog, ...bounds })
    made.set(ledger, known)
    return known
  }
  return { first, second, policy, policyText, vkey: signer.vkey, asking, firstNote: first.checkpoint() }
}

async function runWitness(
  vkey: string,
  clock: Clock,
  ids: Ids,
  resources: AsyncDisposableStack,
): Promise<{ vkey: string; server: RunningWitness }> {
  const dir = await mkdtemp(join(tmpdir(), 'safelevel-drill-'))
  resources.defer(() => rm(dir, { recursive: true, force: true }))
  const cosigner = await createWitnessKey(dir, 'drill.invalid/witness', ids)
  const store = new WitnessStore(dir)
  await store.addKey(vkey)
  const witness = new Witness({ cosigner, store, clock, log: silentLog })
  const server = resources.use(await startWitness({ witness, host: '127.0.0.1', port: 0, log: silentLog }))
  return { vkey: cosigner.vkey, server }
}

async function turn(asking: Witnessing): Promise<void> {
  asking.turn()
  await asking.settled()
}

async function readsAlone(view: MemoryLog, vkey: string): Promise<boolean> {
  await verifyLog(view.tiles, await openCheckpoint(view.checkpoint(), parseVkey(vkey)))
  return true
}

/** Why a reader with the trust policy refuses the view; null when it accepts. */
async function accepts(view: MemoryLog, note: string, policy: TrustPolicy, vkey: string): Promise<string | null> {
  try {
    await verifyLog(view.tiles, await openWitnessed(note, policy, parseVkey(vkey)))
    return null
  } catch (error) {
    if (error instanceof TlogError) return error.message
    throw error
  }
}
