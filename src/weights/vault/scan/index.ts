export { Known, type KnownCopy, type KnownFile } from './known.ts'
export { SCAN_DEFAULTS, type ScanOptions, type ScanProgress, scanForWeights } from './scan.ts'
export { ScanFinding, ScanGap, ScanSummary, WeightFormat } from './schema.ts'
