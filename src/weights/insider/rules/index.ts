export { RuleEngine, UNKNOWN_PERSON } from './engine.ts'
export { type RuleFault, RulesInvalid } from './rule-fault.ts'
export { LEVELS, type Level, WEIGHTS } from './rule-schema.ts'
export { RuleSet, type RuleText, type RuleView } from './rule-set.ts'
