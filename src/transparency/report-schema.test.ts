import { readFileSync, writeFileSync } from 'node:fs'
import { expect, it } from 'vitest'
import { reportSchema } from './report-schema.ts'

const PATH = new URL('../../docs/schemas/transparency-report.v1.json', import.meta.url)

it('is published as docs/schemas has it; UPDATE_SCHEMAS=1 writes it anew', () => {
  const schema: unknown = JSON.parse(JSON.stringify(reportSchema()))
  if (process.env.UPDATE_SCHEMAS === '1') writeFileSync(PATH, `${JSON.stringify(schema, null, 2)}\n`)
  expect(JSON.parse(readFileSync(PATH, 'utf8'))).toEqual(schema)
})
