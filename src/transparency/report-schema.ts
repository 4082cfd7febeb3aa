import { z } from 'zod'
import { TransparencyReport } from './schema.ts'

/** The JSON Schema (2020-12) of a transparency report; `docs/schemas/transparency-report.v1.json` holds a copy that tests compare. */
export function reportSchema(): object {
  return { title: 'Safelevel transparency report, version 1', ...z.toJSONSchema(TransparencyReport) }
}
