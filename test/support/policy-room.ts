import { type Decisions, RECORDED_SCORE_FLOOR } from '../../src/decisions/index.ts'
import { Drafts, Policies, type PolicyContext, ReplayJobs, readPolicyFile } from '../../src/policy/index.ts'
import { loadScreen } from '../../src/screening/index.ts'

/** The shipped policy as the installation's file, judged with the built-in screen. Polls nothing until it is started. */
export async function openPolicyRoom(context: PolicyContext, decisions: Decisions) {
  const classifier = loadScreen()
  const policies = await Policies.open(context, {
    calibratedThresholds: classifier.thresholds,
    file: { text: readPolicyFile(), path: 'the built-in policy' },
  })
  const stream = (query: { since: string; until: string }) => decisions.stream(query)
  const replays = new ReplayJobs(policies, { stream, scoreFloor: RECORDED_SCORE_FLOOR })
  return { policies, drafts: new Drafts(policies), replays, classifier }
}
