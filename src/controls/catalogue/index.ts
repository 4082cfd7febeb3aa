export { Catalogue, type FamilyGroup, loadCatalogue, type RegimeRow, readCatalogue } from './catalogue.ts'
export { goneBy } from './lint.ts'
export {
  Control,
  ControlId,
  DOCUMENTS,
  FAMILIES,
  type Family,
  type Lineage,
  MODES,
  POLICIES,
  Profile,
  REGIMES,
  type Regime,
  type RegimeText,
} from './schema.ts'
