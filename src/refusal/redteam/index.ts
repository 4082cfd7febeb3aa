export { atOnce } from './at-once.ts'
export { ATTACK_TRANSFORMS } from './attacks/index.ts'
export {
  type Behaviour,
  EXTRACTION_CATEGORY,
  extractionBehaviours,
  INJECTION_CATEGORY,
  injectionBehaviours,
} from './behaviours.ts'
export { controlled } from './controlled.ts'
export { figuresOf, type TokenPrice } from './figures.ts'
export { digestOf, findsFile, readFinds, triesFile, unique } from './files.ts'
export type { Grader } from './judging.ts'
export { type Decided, withLayers } from './layers.ts'
export { redTeamPage } from './report/report-page.ts'
export { FAMILY_WORDS, LAYER_WORDS, redTeamWords } from './report/words.ts'
export {
  AttackRow,
  AttackScript,
  CategoryRow,
  Cell,
  FINDS_FORMAT,
  Find,
  FindsHeader,
  Layer,
  Outcome,
  Outcomes,
  Phase,
  RED_TEAM_FORMAT,
  RedTeamReport,
  Share,
  SideFigures,
  TRIES_FORMAT,
  Try,
} from './schema.ts'
export { ModelAttacker } from './search/attacker.ts'
export type { CampaignDeps, CampaignPlan } from './search/campaign.ts'
export { sampled } from './search/plan.ts'
export { type CampaignEnd, runCampaign } from './search/run.ts'
export { AskedSide, type Manner, type Screen, ScreenedSide, type Side } from './sides.ts'
export { type AllowedTarget, allowedTarget, SANDBOX_TARGET } from './targets.ts'
