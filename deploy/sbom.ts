import { execFileSync } from 'node:child_process'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { z } from 'zod'

const ROOT = fileURLToPath(new URL('..', import.meta.url))

const Component = z.looseObject({ name: z.string(), version: z.string(), purl: z.string().optional() })
const Sbom = z.looseObject({
  bomFormat: z.literal('CycloneDX'),
  metadata: z.looseObject({ component: Component }),
  components: z.array(Component),
})
type Sbom = z.infer<typeof Sbom>

/**
 * What Safelevel ships of others' work, as CycloneDX JSON by npm itself: every package that an installation without development tools brings, from the
 * lockfile, with versions, licences and digests.
 *
 * @param withNode whether the program that runs it all ships too, as in the offline bundle
 */
export function makeSbom({ withNode }: { readonly withNode: boolean }): Sbom {
  const args = ['sbom', '--sbom-format=cyclonedx', '--sbom-type=application', '--omit=dev', '--package-lock-only']
  const sbom = Sbom.parse(
    JSON.parse(
      execFileSync('npm', args, {
        cwd: ROOT,
        encoding: 'utf8',
        maxBuffer: 64 << 20,
        stdio: ['ignore', 'pipe', 'ignore'],
      }),
    ),
  )
  // npm takes the folder's name.
  sbom.metadata.component.name = 'safelevel'
  if (withNode) {
    const { version } = z
      .object({ version: z.string() })
      .parse(JSON.parse(readFileSync(join(ROOT, 'node_modules/node/package.json'), 'utf8')))
    const purl = `pkg:generic/node@${version}?download_url=https://nodejs.org/dist/v${version}/`
    const node = { type: 'application', name: 'node', version, purl, 'bom-ref': `node@${version}` }
    sbom.components.push(node)
  }
  return sbom
}

if (import.meta.main) console.log(JSON.stringify(makeSbom({ withNode: false }), null, 2))
