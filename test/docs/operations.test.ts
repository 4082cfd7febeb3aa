import { readdirSync, readFileSync } from 'node:fs'
import { expect, it } from 'vitest'

const read = (path: string) => readFileSync(new URL(`../../${path}`, import.meta.url), 'utf8')

it('docs/guide/operations.md says of every condition what to do', () => {
  const sources = readdirSync(new URL('../../src/app', import.meta.url)).filter((name) => !name.endsWith('.test.ts'))
  const watched = sources.flatMap((name) =>
    [...read(`src/app/${name}`).matchAll(/\.watch\(\s*'([a-z_]+)'/g)].map(([, code]) => String(code)),
  )
  const told = new Set(
    [...read('docs/guide/operations.md').matchAll(/`([a-z]+(?:_[a-z]+)*)`/g)].map(([, code]) => code),
  )
  expect(watched.length).toBeGreaterThan(8)
  expect(watched.filter((code) => !told.has(code))).toEqual([])
})
