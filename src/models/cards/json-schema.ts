import { z } from 'zod'
import { CARD_FORMAT, CARD_SCHEMA_PATH, ModelCard } from './schema.ts'

/** The format as JSON Schema (2020-12), of what may be written: what has a default may be left out. A copy stands in docs/schemas. */
export function cardJsonSchema(): Record<string, unknown> {
  const { $schema, ...schema } = z.toJSONSchema(ModelCard, { io: 'input', target: 'draft-2020-12' })
  return { $schema, $id: CARD_SCHEMA_PATH, title: `Model card, ${CARD_FORMAT}`, ...schema }
}
