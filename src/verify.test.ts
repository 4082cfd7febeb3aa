import { readdirSync, readFileSync } from 'node:fs'
import { expect, it } from 'vitest'
import { parseVkey, verifyDisclosure, verifyLog } from './verify.ts'

it('depends on nothing, so that a browser can load it as it is', () => {
  const folder = new URL('./ledger/tlog/', import.meta.url)
  const files = readdirSync(folder).filter((name) => name.endsWith('.ts') && !name.endsWith('.test.ts'))
  const imports = files.flatMap((name) => {
    const source = readFileSync(new URL(name, folder), 'utf8')
    expect(source, name).not.toMatch(/\b(require|import)\(/)
    return [...source.matchAll(/^(?:import|export|\}).* from '([^']+)'$/gm)].map((match) => match[1] ?? '')
  })
  expect(imports.length).toBeGreaterThan(40)
  expect(imports.filter((specifier) => !/^\.\/[a-z0-9-]+\.ts$/.test(specifier))).toEqual([])
})

it('offers what a verifier needs', () => {
  for (const exported of [parseVkey, verifyDisclosure, verifyLog]) expect(exported).toBeTypeOf('function')
})
