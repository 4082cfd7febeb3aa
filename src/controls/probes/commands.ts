/** Commands that several findings name, whole; what whoever runs them has to fill in stands in capitals. */
export const DECLARE = 'safelevel release declare DEPLOYMENT --checkpoint MODEL/CHECKPOINT --serves NAME'
export const LINT_POLICY = 'safelevel policy lint FILE'
export const PUT_WEIGHTS = 'safelevel vault put PATH --model MODEL --version CHECKPOINT'
export const RECORD_CHECKPOINT = 'safelevel checkpoint record --model MODEL --checkpoint NAME --flops FLOPS'
export const SET_BUDGET = 'safelevel vault budgets set --kind KIND --at-once BYTES --per-day BYTES'

/** @param checkpoint `model/checkpoint`; null where nothing says which */
export function openAssessment(checkpoint: string | null = null): string {
  return `safelevel eval open --checkpoint ${checkpoint ?? 'MODEL/CHECKPOINT'} --suite SUITE`
}
