import { existsSync, globSync, readFileSync, statSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { z } from 'zod'
import { INSTALLATION, ownProgram, shipped } from './shipped.ts'

const SOURCES = globSync('src/**/*.ts', { cwd: INSTALLATION }).filter((path) => !path.includes('.test.'))
const { files } = z
  .object({ files: z.array(z.string()) })
  .parse(JSON.parse(readFileSync(shipped('package.json'), 'utf8')))

/** Each text that is handed to this function in the sources. */
function givenTo(name: string): string[] {
  const call = new RegExp(String.raw`\b${name}\('([^']+)'\)`, 'g')
  return SOURCES.flatMap((path) => [...readFileSync(join(INSTALLATION, path), 'utf8').matchAll(call)]).map(
    ([, text]) => text ?? '',
  )
}

describe('what ships', () => {
  it('is found from source, and is part of the package', () => {
    const paths = givenTo('shipped')
    expect(paths.length).toBeGreaterThan(10)
    for (const path of paths.filter((one) => !one.startsWith('dist/')))
      expect(existsSync(shipped(path)), path).toBe(true)
    const isPacked = (path: string) =>
      path === 'package.json' || files.some((one) => path === one || path.startsWith(`${one}/`))
    expect(paths.filter((path) => !isPacked(path))).toEqual([])
  })

  it('has as programs of their own what the build finds by its name', () => {
    const paths = givenTo('ownProgram')
    expect(paths.toSorted()).toEqual(
      globSync('**/*-{worker,process}.ts', { cwd: join(INSTALLATION, 'src') })
        .map((path) => path.replace(/\.ts$/, ''))
        .toSorted(),
    )
    for (const path of paths) expect(statSync(ownProgram(path)).isFile(), path).toBe(true)
  })

  it('is looked for from nowhere else: a path beside a source is another one where that is built', () => {
    const besides = SOURCES.filter((path) =>
      /import\.meta\.(?:url|dirname|filename)/.test(readFileSync(join(INSTALLATION, path), 'utf8')),
    )
    expect(besides.toSorted()).toEqual([
      'src/base/shipped.ts',
      'src/cli/console-build.ts', // of a checkout alone
      'src/weights/vault/keys/pkcs11/cryptoki.ts', // from where a package is required
    ])
  })
})
