import { RECORD_TABLES } from '../../db/index.ts'
import { Records } from '../../journal/index.ts'

/** What the rooms under `weights` keep. */
export const records = new Records(RECORD_TABLES.weights)
