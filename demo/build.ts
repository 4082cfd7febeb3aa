import { systemClock } from '../src/base/clock.ts'
import { readServerFile } from '../src/cli/operator-client.ts'
import { progressBar } from '../src/cli/progress.ts'
import { auditScenes } from './audit.ts'
import { cardScenes } from './cards.ts'
import { concernScenes } from './concerns.ts'
import { controlScenes } from './controls.ts'
import { signUp, visitorKey } from './customers.ts'
import type { DemoFolder } from './folder.ts'
import { incidentScenes } from './incidents.ts'
import { insiderScenes } from './insider.ts'
import { modelScenes } from './models.ts'
import { policyScenes } from './policy.ts'
import { readPrompts } from './prompts.ts'
import { redressScenes } from './redress.ts'
import { RefusalWork } from './refusal.ts'
import { reportScenes } from './reports.ts'
import { reviewScenes } from './review.ts'
import { runbookScenes } from './runbooks.ts'
import { playAll, Stage } from './stage.ts'
import { trafficScenes } from './traffic.ts'
import { trainingScenes } from './training.ts'
import { transparencyScenes } from './transparency.ts'
import { weightScenes } from './weights.ts'

/** For how long Example Labs has been at it: longer than a quarter, so that one at least is over. */
const DAYS = 150
const QUICK_SHARE = 0.1

export interface BuildOptions {
  readonly seed: number
  /** Little traffic, and samples of the suites: as much as a test needs. */
  readonly quick?: boolean
}

/** Builds the demo in its folder, from nothing. What was there of an earlier one goes. */
export async function buildDemo(folder: DemoFolder, { seed, quick = false }: BuildOptions): Promise<void> {
  const startedMs = systemClock.monotonic()
  requireStopped(folder)
  folder.begin(seed)
  process.stderr.write('Building a demo: Example Labs, of which everything is made up, and some months of its life.\n')
  const bar = progressBar('  ', process.stderr, { minTotal: 0, clock: systemClock })
  let key = ''
  {
    await using stage = await Stage.open({ folder, seed, days: DAYS })
    const customers = await signUp(stage.app)
    const refusal = new RefusalWork(stage, { seed, quick })
    const prompts = readPrompts()
    const scenes = [
      ...trainingScenes(stage),
      ...modelScenes(stage),
      ...cardScenes(stage),
      ...trafficScenes(stage, customers, prompts, quick ? QUICK_SHARE : 1),
      ...reviewScenes(stage),
      ...redressScenes(stage, customers),
      ...incidentScenes(stage),
      ...policyScenes(stage),
      ...reportScenes(stage, customers),
      ...concernScenes(stage),
      ...weightScenes(stage),
      ...insiderScenes(stage, seed),
      ...transparencyScenes(stage, DAYS),
      ...controlScenes(stage),
      ...runbookScenes(stage),
      ...auditScenes(stage),
      ...refusal.scenes(stage),
    ]
    await playAll(stage, scenes, (played, of) => bar.show(played, of))
    await stage.settle()
    key = await visitorKey(stage.app)
  }
  bar.clear()
  folder.finish(seed, key)
  process.stderr.write(`Built in ${Math.round((systemClock.monotonic() - startedMs) / 1_000)} s, in ${folder.path}\n`)
}

/** @throws {Error} while the demo that is there is being served: its files would go from under it */
function requireStopped(folder: DemoFolder): void {
  const running = readServerFile(folder.dataDir)
  if (running === null) return
  try {
    process.kill(running.pid, 0)
  } catch {
    return // it ended without a word
  }
  throw new Error(`the demo in ${folder.path} is being served, by process ${running.pid}: stop it first`)
}
