export { type FilterOptions, filterData } from './filter.ts'
export { FINDING_WORDS, filterPage } from './filter-page.ts'
export { FINDINGS, type Finding, type FindingCode, ScreeningReport } from './schema.ts'
