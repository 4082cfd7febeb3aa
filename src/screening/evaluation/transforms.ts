import { DISGUISES } from './transforms/disguises.ts'
import { EVASIONS } from './transforms/evasions.ts'
import { SPLITS } from './transforms/splits.ts'
import { type Transform, textTransform } from './transforms/transform.ts'
import { WRAPPERS } from './transforms/wrappers.ts'

/** The text as it is: what every other transform is held against. */
export const PLAIN: Transform = textTransform(
  'plain',
  'as it is',
  (text) => text,
  (text) => text,
)

/** Every way of presenting a request that the robustness suite tries, by family; names are unique. */
export const TRANSFORMS: readonly Transform[] = [PLAIN, ...DISGUISES, ...EVASIONS, ...WRAPPERS, ...SPLITS]
