import { mkdirSync, mkdtempSync, realpathSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { environmentOf, readablePaths } from './vault-run-options.ts'

let folder: string
beforeAll(() => {
  folder = realpathSync(mkdtempSync(join(tmpdir(), 'safelevel-run-options-')))
  for (const name of ['code', 'keys', 'data/keys']) mkdirSync(join(folder, name), { recursive: true })
  writeFileSync(join(folder, 'keys/device.key'), '')
  symlinkSync(join(folder, 'keys'), join(folder, 'link'))
})
afterAll(() => rmSync(folder, { recursive: true, force: true }))

describe('readablePaths', () => {
  const secrets = () => [join(folder, 'keys/device.key'), join(folder, 'data')]

  it('takes folders of one’s own', () => {
    expect(readablePaths([join(folder, 'code'), `${folder}/code/../code/`], secrets())).toEqual([
      join(folder, 'code'),
      join(folder, 'code'),
    ])
  })

  it.each(['/', '/etc', '/proc', '/dev', '/tmp', '/usr', '/home/..'])('refuses %s', (path) => {
    expect(() => readablePaths([path], secrets())).toThrow(/--with takes/)
  })

  it.each(['keys', 'keys/device.key', 'data', 'data/keys', '.'])(
    'refuses what holds a secret, or lies in it: %s',
    (name) => {
      expect(() => readablePaths([join(folder, name)], secrets())).toThrow(/device key or the data folder/)
    },
  )

  it('is not led to one by a link', () => {
    expect(() => readablePaths([join(folder, 'link')], secrets())).toThrow(/real path/)
  })
})

describe('environmentOf', () => {
  const env = { LANG: 'C', SAFELEVEL_TOKEN: 'secret', HOME: '/root' }

  it('passes on what is named', () => {
    expect(environmentOf(['LANG', 'A=b=c', 'EMPTY='], env)).toEqual({ LANG: 'C', A: 'b=c', EMPTY: '' })
  })

  it.each([
    'MISSING',
    'a b=c',
    '=x',
    '1A=b',
    'SAFELEVEL_TOKEN',
    'SAFELEVEL_URL=x',
    'DATABASE_URL=x',
    'HOME=/x',
    'WEIGHTS=/x',
    'A=b\0c',
  ])('refuses %j', (text) => {
    expect(() => environmentOf([text], env)).toThrow(/--env/)
  })
})
