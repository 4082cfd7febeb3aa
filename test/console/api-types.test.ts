import { readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { describe, expect, it } from 'vitest'
import { generateTypes } from '../../console/app/api/generate.ts'

const at = (path: string) => fileURLToPath(new URL(`../../${path}`, import.meta.url))
const document = (schemas: object, paths: object = {}) => JSON.parse(JSON.stringify({ components: { schemas }, paths }))

describe('the types of the API', () => {
  it('are those of docs/openapi.json: vitest run test/console/api-types.test.ts -u', async () => {
    const types = generateTypes(JSON.parse(readFileSync(at('docs/openapi.json'), 'utf8')))
    await expect(types).toMatchFileSnapshot(at('console/app/api/schema.ts'))
  })

  it.each([
    [{ type: 'string' }, 'string'],
    [{ enum: ['a', "b'c"] }, "'a' | 'b\\'c'"],
    [{ type: ['string', 'null'] }, 'string | null'],
    [{ type: 'array', items: { $ref: '#/components/schemas/Y' } }, '(Y)[]'],
    [
      { type: 'object', properties: { a: { type: 'integer' }, 'b-c': { const: true } }, required: ['a'] },
      "{ a: number; 'b-c'?: true | undefined }",
    ],
    [{ type: 'object', additionalProperties: { type: 'number' } }, '{ [name: string]: number }'],
    [{ anyOf: [{ type: 'null' }, { type: 'string' }] }, 'null | string'],
    [{}, 'unknown'],
  ])('writes %j', (schema, type) => {
    expect(generateTypes(document({ X: schema }))).toContain(`export type X = ${type}\n`)
  })

  it('writes a route with what it takes and gives', () => {
    const operation = {
      parameters: [
        { in: 'path', name: 'id', required: true, schema: { type: 'string' } },
        { in: 'query', name: 'limit', schema: { type: 'integer' } },
      ],
      responses: { 200: { content: { 'application/json': { schema: { type: 'boolean' } } } }, default: {} },
    }
    const written = generateTypes(document({}, { '/a/{id}': { get: operation, delete: { responses: { 204: {} } } } }))
    expect(written).toContain(
      "'GET /a/{id}': {\n    params: { id: string }\n    query: { limit?: number | undefined }\n    response: boolean\n",
    )
    expect(written).toContain("'DELETE /a/{id}': {\n    response: undefined\n")
  })

  it('refuses a schema that it does not know', () => {
    expect(() => generateTypes(document({ X: { type: 'strange' } }))).toThrow('no type is known')
  })
})
