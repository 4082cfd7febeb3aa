import { readdirSync, readFileSync } from 'node:fs'
import { describe, expect, it } from 'vitest'
import { PAGES, REFERENCE } from '../../docs/reference/pages.ts'

describe('docs/guide/reference', () => {
  it.each(Object.entries(PAGES))('%s says what the code says (npm run reference writes it)', async (name, make) => {
    expect(readFileSync(new URL(name, REFERENCE), 'utf8')).toBe(await make())
  })

  it('has no page besides', () => {
    expect(readdirSync(REFERENCE).sort()).toEqual(Object.keys(PAGES).sort())
  })
})
