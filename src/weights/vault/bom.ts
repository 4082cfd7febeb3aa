import type { Json } from '../../base/json.ts'
import { VERSION } from '../../base/version.ts'
import type { VaultFile, VaultVersion } from './schema.ts'

/**
 * What a version consists of, as a CycloneDX 1.6 bill of materials for machine learning.
 *
 * @param files those of its manifest
 * @see https://cyclonedx.org/docs/1.6/json/
 */
export function billOfMaterials(version: VaultVersion, files: readonly VaultFile[]): Json {
  const { id, manifestDigest, receipt, createdAt } = version
  const refs = files.map(({ position }) => `${id}#${position}`)
  return {
    $schema: 'http://cyclonedx.org/schema/bom-1.6.schema.json',
    bomFormat: 'CycloneDX',
    specVersion: '1.6',
    serialNumber: `urn:uuid:${uuidOf(manifestDigest)}`,
    version: 1,
    metadata: {
      timestamp: createdAt,
      tools: { components: [{ type: 'application', name: 'safelevel', version: VERSION }] },
      component: {
        type: 'machine-learning-model',
        'bom-ref': id,
        name: version.model,
        version: version.version,
        properties: [
          { name: 'safelevel:manifest-sha256', value: manifestDigest },
          { name: 'safelevel:size-bytes', value: String(version.sizeBytes) },
          ...(receipt === null ? [] : [{ name: 'safelevel:training-receipt', value: receipt }]),
        ],
      },
    },
    components: files.map((file, i) => ({
      type: 'file',
      'bom-ref': refs[i] ?? '',
      name: file.path,
      hashes: [{ alg: 'SHA-256', content: file.sha256 }],
      properties: [{ name: 'safelevel:size-bytes', value: String(file.sizeBytes) }],
    })),
    dependencies: [{ ref: id, dependsOn: refs }],
  }
}

/** The same for the same manifest: RFC 9562 §5.8, a UUID of our own making. */
function uuidOf(digest: string): string {
  const variant = ((Number.parseInt(digest.charAt(16), 16) & 3) | 8).toString(16)
  return [
    digest.slice(0, 8),
    digest.slice(8, 12),
    `8${digest.slice(13, 16)}`,
    `${variant}${digest.slice(17, 20)}`,
    digest.slice(20, 32),
  ].join('-')
}
