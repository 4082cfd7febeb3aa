export { type CheckedRate, DatasetReport } from './checks/report-schema.ts'
export { Constitution, readConstitution, unfitFor } from './constitution.ts'
export { makeFolder, RowsWriter, readManifest, readRecords, writeFileOf } from './dataset-folder.ts'
export { type Estimate, estimate, type Measured, type Projection, project } from './estimate.ts'
export { EXPORT_FORMATS, type ExportFormat, exportRows, useOf } from './export.ts'
export { type Generation, generateDataset, probe } from './generate.ts'
export { policyJudge } from './judge-texts.ts'
export { PARTS, type PartName, type Plan, type Settings } from './plan.ts'
export { readPrompts } from './prompt-file.ts'
export { reportPage } from './report-page.ts'
export { beginRun, endRun } from './run-file.ts'
export {
  Author,
  DATASET_FILES,
  DATASET_FORMAT,
  DatasetManifest,
  DatasetRecord,
  FLAGS,
  Flag,
  FlagName,
  Prompt,
  Utterance,
} from './schema.ts'
export { rejectedOf, SpotVerdicts, VERDICTS_FILE, VERDICTS_FORMAT, withVerdicts } from './spot-checks.ts'
