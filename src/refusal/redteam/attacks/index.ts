import { CARRIERS } from './carriers.ts'
import { ENCODINGS } from './encodings.ts'
import { EXTRACTIONS } from './extraction.ts'
import { FROM_SCREENING } from './from-screening.ts'
import { ROLE_PLAY } from './role-play.ts'
import { MANY_SHOT, PREFILLS } from './shots.ts'
import { NOISES, SUFFIXES } from './suffixes.ts'
import type { Transform } from './transform.ts'
import { TRANSLATIONS } from './translations.ts'

/** Every transform; names are unique. */
export const ATTACK_TRANSFORMS: readonly Transform[] = [
  ...FROM_SCREENING,
  ...ENCODINGS,
  ...ROLE_PLAY,
  ...MANY_SHOT,
  ...TRANSLATIONS,
  ...SUFFIXES,
  ...NOISES,
  ...CARRIERS,
  ...EXTRACTIONS,
  ...PREFILLS,
]
