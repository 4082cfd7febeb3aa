import { execFileSync } from 'node:child_process'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { z } from 'zod'

const ROOT = fileURLToPath(new URL('..', import.meta.url))
const FOLDER = 'node_modules/'

const Component = z.looseObject({ name: z.string(), version: z.string(), purl: z.string(), 'bom-ref': z.string() })
const Dependency = z.looseObject({ ref: z.string(), dependsOn: z.array(z.string()).optional() })
const Sbom = z.looseObject({
  bomFormat: z.literal('CycloneDX'),
  metadata: z.looseObject({ component: z.looseObject({ name: z.string(), 'bom-ref': z.string() }) }),
  components: z.array(Component),
  dependencies: z.array(Dependency),
})
type Sbom = z.infer<typeof Sbom>

const Lock = z.object({
  packages: z.record(z.string(), z.looseObject({ dev: z.boolean().optional(), version: z.string().optional() })),
})

/**
 * What Safelevel ships of others' work, as CycloneDX JSON by npm itself: every package that an installation without development tools brings, from the
 * lockfile, with versions, licences and digests.
 *
 * @param withNode whether the program that runs it all ships too, as in the offline bundle
 */
export function makeSbom({ withNode }: { readonly withNode: boolean }): Sbom {
  const args = ['sbom', '--sbom-format=cyclonedx', '--sbom-type=application', '--package-lock-only']
  const printed = execFileSync('npm', args, {
    cwd: ROOT,
    encoding: 'utf8',
    maxBuffer: 64 << 20,
    stdio: ['ignore', 'pipe', 'ignore'],
  })
  const sbom = Sbom.parse(JSON.parse(printed))
  // npm takes the folder's name. With --omit=dev it leaves out what development tools use as well, so that is done here, by the lockfile.
  const { component } = sbom.metadata
  component.name = 'safelevel'
  const shipped = shippedPackages()
  const components = sbom.components.filter(({ purl }) => shipped.has(purl))
  const refs = new Set([component['bom-ref'], ...components.map((each) => each['bom-ref'])])
  const dependencies = sbom.dependencies
    .filter(({ ref }) => refs.has(ref))
    .map(({ dependsOn = [], ...rest }) => ({ ...rest, dependsOn: dependsOn.filter((ref) => refs.has(ref)) }))
  return { ...sbom, components: withNode ? [...components, nodeItself()] : components, dependencies }
}

/** Package URLs of what is no development tool: `pkg:npm/%40hono/node-server@2.1.8`. */
function shippedPackages(): Set<string> {
  const { packages } = Lock.parse(JSON.parse(readFileSync(join(ROOT, 'package-lock.json'), 'utf8')))
  const entries = Object.entries(packages).filter(([path, { dev = false }]) => path.startsWith(FOLDER) && !dev)
  return new Set(
    entries.map(([path, { version }]) => {
      const name = path.slice(path.lastIndexOf(FOLDER) + FOLDER.length)
      return `pkg:npm/${name.replace('@', '%40')}@${version}`
    }),
  )
}

function nodeItself(): z.infer<typeof Component> {
  const installed = readFileSync(join(ROOT, 'node_modules/node/package.json'), 'utf8')
  const { version } = z.object({ version: z.string() }).parse(JSON.parse(installed))
  const purl = `pkg:generic/node@${version}?download_url=https://nodejs.org/dist/v${version}/`
  return { type: 'application', name: 'node', version, purl, 'bom-ref': `node@${version}` }
}

if (import.meta.main) console.log(JSON.stringify(makeSbom({ withNode: false }), null, 2))
