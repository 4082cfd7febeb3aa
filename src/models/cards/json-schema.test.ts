import { readFileSync, writeFileSync } from 'node:fs'
import { Ajv2020 } from 'ajv/dist/2020.js'
import { describe, expect, it } from 'vitest'
import { cardJsonSchema } from './index.ts'

const FILE = new URL('../../../docs/schemas/model-card.v1.json', import.meta.url)

describe('the schema of cards', () => {
  it('is published as docs/schemas/model-card.v1.json (UPDATE_SCHEMAS=1 writes it, biome formats it)', () => {
    const schema = cardJsonSchema()
    if (process.env.UPDATE_SCHEMAS === '1') writeFileSync(FILE, `${JSON.stringify(schema, null, 2)}\n`)
    expect(JSON.parse(readFileSync(FILE, 'utf8'))).toEqual(JSON.parse(JSON.stringify(schema)))
  })

  it('judges as the reader does', () => {
    const validate = new Ajv2020({ strict: false, validateFormats: false }).compile(cardJsonSchema())
    const card = { format: 'safelevel-card/v1', identity: { model: 'm', checkpoint: 'm/c', title: 'T' } }
    expect(validate(card)).toBe(true)
    expect(validate({ ...card, limitations: ['It errs.'], compute: { flops: { value: 1e24 } } })).toBe(true)
    for (const wrong of [
      {},
      { ...card, format: 'safelevel-card/v2' },
      { ...card, unknown: 1 },
      { ...card, deployment: { level: 'ASL-2' } },
      { ...card, evaluations: [{}] },
    ])
      expect(validate(wrong), JSON.stringify(wrong)).toBe(false)
  })
})
