import { RECORD_TABLES } from '../../db/index.ts'
import { Records } from '../../journal/index.ts'

/** What the rooms under `models` keep. */
export const records = new Records(RECORD_TABLES.models)
