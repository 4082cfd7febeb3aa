export type { Admission } from './board.ts'
export { effectOf, type StepBy, standIns, viewOf } from './cases.ts'
export { clocksFrom, ReportingClock } from './clocks.ts'
export { parseScalingConfig, ResponseConfig } from './config.ts'
export {
  DEPLOYMENT_MACHINE,
  diagramOf,
  Machine,
  type MachineDefinition,
  MachineView,
  machineViewOf,
  type Taker,
  type Takers,
  TRAINING_MACHINE,
  tablesOf,
} from './machine/index.ts'
export { Response, type ResponseDeps } from './response.ts'
export {
  Acknowledgement,
  CaseView,
  DrillReport,
  HaltReach,
  HaltTarget,
  Incident,
  IncidentView,
  NewDrill,
  NewEmergency,
  NewEvidence,
  NewHalt,
  NewProfileSwitch,
  NewStep,
  PROCEDURES,
  type ProfileName,
  ProfileSwitch,
  ProfileView,
  ResponseCase,
  Safeguards,
} from './schema.ts'
export { STEP_ACTION, stepAction } from './steps.ts'
export { gatewayModelsOf } from './targets.ts'
