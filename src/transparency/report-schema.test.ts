import { expect, it } from 'vitest'
import { reportSchema } from './report-schema.ts'

it('is published as docs/schemas has it; UPDATE_SCHEMAS=1 writes it anew', async () => {
  const text = `${JSON.stringify(reportSchema(), null, 2)}\n`
  const path = new URL('../../docs/schemas/transparency-report.v1.json', import.meta.url)
  if (process.env.UPDATE_SCHEMAS === '1') {
    const { writeFileSync } = await import('node:fs')
    writeFileSync(path, text)
  }
  const { readFileSync } = await import('node:fs')
  expect(readFileSync(path, 'utf8')).toBe(text)
})
