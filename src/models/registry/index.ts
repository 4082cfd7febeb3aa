export { Extrapolation } from './lines.ts'
export { Registry, type RegistryDeps } from './registry.ts'
export {
  Checkpoint,
  CheckpointId,
  CurveFamily,
  Deployment,
  Elicitation,
  ElicitationGain,
  Flops,
  Loss,
  ModelLine,
  Name,
  NewCheckpoint,
  NewDeployment,
  NewElicitation,
  NewModel,
  NewRun,
  Run,
  Sha256,
  Surface,
  When,
  Words,
} from './schema.ts'
