import { readFileSync } from 'node:fs'
import { expect, it } from 'vitest'

const { packages } = JSON.parse(readFileSync(new URL('../../package-lock.json', import.meta.url), 'utf8')) as {
  packages: Record<string, { hasInstallScript?: true }>
}

/**
 * npm runs the scripts of packages that the lockfile marks. That of onnxruntime-node fetches libraries for GPUs from outside the registry: npm 10
 * doesn't read `allowScripts`, and npm 11 warns at every command of the setting in .npmrc by which the script can be told to leave it.
 */
it('has npm run no install script but those that are needed', () => {
  const marked = Object.keys(packages).filter((path) => packages[path]?.hasInstallScript === true)
  expect(marked.sort(), 'take "hasInstallScript" of the others out of package-lock.json').toEqual([
    'node_modules/node',
    'node_modules/pkcs11js',
  ])
})
