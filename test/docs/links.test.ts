import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { dirname, join, normalize } from 'node:path'
import { describe, expect, it } from 'vitest'
import { parse } from 'yaml'
import { parseConfig } from '../../src/base/config.ts'

const root = new URL('../..', import.meta.url).pathname
const DOCUMENTS = [
  ...readdirSync(root).filter((name) => name.endsWith('.md')),
  ...['docs/guide', 'docs/adr'].flatMap((folder) =>
    readdirSync(join(root, folder), { recursive: true, encoding: 'utf8' }).map((name) => `${folder}/${name}`),
  ),
].filter((path) => path.endsWith('.md'))

describe.each(DOCUMENTS)('%s', (path) => {
  const text = readFileSync(join(root, path), 'utf8')

  it('links only to files that are there', () => {
    const targets = [...text.matchAll(/\]\(([^)#\s]+)(?:#[^)]*)?\)/g)].map((match) => match[1] ?? '')
    const files = targets
      .filter((target) => !/^[a-z]+:/.test(target))
      .map((target) => normalize(join(dirname(path), target)))
    expect(files.filter((file) => !existsSync(join(root, file)))).toEqual([])
  })

  it('shows configuration that is valid', () => {
    for (const [, indent = '', block = ''] of text.matchAll(/^( *)```yaml\n(.*?)^ *```/gms)) {
      const yaml = block.replaceAll(new RegExp(`^${indent}`, 'gm'), '')
      expect(() => parseConfig(parse(yaml))).not.toThrow()
    }
  })
})
