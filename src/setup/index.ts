export { type DoctorOptions, examine } from './doctor.ts'
export type { Finding, FindingLevel } from './finding.ts'
export { faultIn, nextSteps, requireNone, writeFirstConfig } from './init.ts'
export { measure } from './measure.ts'
export { PRESET_WORDS, PRESETS, type Preset, UPSTREAMS, type UpstreamName, type Wishes } from './presets.ts'
export {
  CHARS_PER_TOKEN,
  type Measured,
  REQUEST_MS,
  ROW_BYTES,
  type Sizing,
  sizeOf,
  TARGET_LOAD,
  type Traffic,
} from './size.ts'
