import { execFileSync, spawnSync } from 'node:child_process'
import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { parse, parseAllDocuments } from 'yaml'
import { parseConfig } from '../../src/base/config.ts'

const root = new URL('../..', import.meta.url).pathname
const read = (path: string) => readFileSync(join(root, 'deploy', path), 'utf8')
const CONFIG = parseConfig({})

interface Probe {
  readonly httpGet: { readonly path: string; readonly port: string }
}
interface Container {
  readonly args?: readonly string[]
  readonly image: string
  readonly ports?: readonly { readonly name: string; readonly containerPort: number }[]
  readonly livenessProbe?: Probe
  readonly readinessProbe?: Probe
  readonly securityContext: {
    readonly readOnlyRootFilesystem: boolean
    readonly capabilities: { readonly drop: readonly string[] }
  }
  readonly volumeMounts: readonly { readonly name: string; readonly mountPath: string }[]
}
interface Manifest {
  readonly kind: string
  readonly metadata: { readonly name: string }
  readonly data?: Record<string, string>
  readonly spec: {
    readonly selector: { readonly matchLabels?: object } & Record<string, unknown>
    readonly ports?: readonly { readonly targetPort: string }[]
    readonly template: {
      readonly metadata: { readonly labels: object }
      readonly spec: {
        readonly terminationGracePeriodSeconds: number
        readonly containers: readonly Container[]
        readonly initContainers: readonly Container[]
        readonly volumes: readonly { readonly name: string }[]
      }
    }
  }
}

describe('deploy/kubernetes', () => {
  const documents = parseAllDocuments(read('kubernetes/safelevel.yaml'), { merge: true })
  const manifests = documents.map((document) => document.toJS() as Manifest)
  const one = (kind: string) => manifests.find((manifest) => manifest.kind === kind)
  const config = parseConfig(parse(one('ConfigMap')?.data?.['safelevel.yaml'] ?? ''))
  const pod = one('Deployment')?.spec.template
  const [container] = pod?.spec.containers ?? []

  it('has no errors of YAML, and a configuration that a server takes', () => {
    expect(documents.flatMap(({ errors }) => errors)).toEqual([])
    expect([config.host, config.ledger.shared]).toEqual(['0.0.0.0', true])
  })

  it('mounts every volume that it uses, and confines every container', () => {
    const volumes = pod?.spec.volumes.map(({ name }) => name)
    for (const each of [...(pod?.spec.containers ?? []), ...(pod?.spec.initContainers ?? [])]) {
      for (const { name } of each.volumeMounts) expect(volumes).toContain(name)
      expect(each.securityContext).toMatchObject({ readOnlyRootFilesystem: true, capabilities: { drop: ['ALL'] } })
    }
    expect(container?.volumeMounts.some(({ mountPath }) => config.keysDir?.startsWith(mountPath))).toBe(true)
  })

  it('asks the paths and ports that there are, and leaves requests their time to end', () => {
    expect(container?.ports?.map(({ containerPort }) => containerPort)).toEqual([config.publicPort, config.controlPort])
    expect([container?.livenessProbe, container?.readinessProbe].map((probe) => probe?.httpGet)).toEqual([
      { path: '/healthz', port: 'control' },
      { path: '/readyz', port: 'control' },
    ])
    expect((pod?.spec.terminationGracePeriodSeconds ?? 0) * 1_000).toBeGreaterThan(config.shutdownGraceMs)
    expect(one('Deployment')?.spec.selector.matchLabels).toEqual(pod?.metadata.labels)
    for (const { spec } of manifests.filter(({ kind }) => kind === 'Service'))
      expect(spec.selector).toEqual(pod?.metadata.labels)
  })
})

describe('deploy/systemd', () => {
  const unit = (name: string) => {
    const lines = read(`systemd/${name}`)
      .split('\n')
      .filter((line) => line !== '' && !line.startsWith('#'))
    for (const line of lines) expect(line).toMatch(/^(\[[A-Z][A-Za-z]+\]|[A-Z][A-Za-z]+=.*)$/)
    return new Map(lines.flatMap((line) => (line.startsWith('[') ? [] : [line.split(/=(.*)/s, 2) as [string, string]])))
  }

  it.each(readdirSync(join(root, 'deploy/systemd')))('%s runs a program of ours by a command that there is', (name) => {
    const command = unit(name).get('ExecStart')
    if (command === undefined) return expect(name).toMatch(/\.timer$/)
    const [program = '', ...args] = command.split(' ')
    expect(existsSync(join(root, program.replace(/^\/opt\/safelevel\//, '')))).toBe(true)
    expect(['serve', 'backup']).toContain(args[0])
    return undefined
  })

  it('stops later than requests may end, and reloads by the signal that is heard', () => {
    const service = unit('safelevel.service')
    expect(Number(service.get('TimeoutStopSec')) * 1_000).toBeGreaterThan(CONFIG.shutdownGraceMs)
    expect(service.get('ExecReload')).toContain('-HUP')
  })

  it.skipIf(spawnSync('systemd-analyze', ['--version']).error !== undefined)('is what systemd itself takes', () => {
    const path = join(root, 'deploy/systemd/safelevel-backup.timer')
    expect(() => execFileSync('systemd-analyze', ['verify', '--man=no', path], { stdio: 'pipe' })).not.toThrow()
  })
})

describe('deploy/proxy', () => {
  const nginx = read('proxy/nginx.conf')

  it('closes every block that it opens, and ends every directive', () => {
    const lines = nginx
      .split('\n')
      .map((line) => line.replace(/#.*$/, '').trim())
      .filter((line) => line !== '')
    for (const line of lines) expect(line).toMatch(/[;{}]$/)
    expect(lines.filter((line) => line.endsWith('{'))).toHaveLength(lines.filter((line) => line === '}').length)
  })

  it.each([
    ['nginx.conf', nginx],
    ['Caddyfile', read('proxy/Caddyfile')],
  ])(
    '%s leads to the ports of the defaults, does not hold streams back, and shows a configuration that is valid',
    (_, text) => {
      for (const port of [CONFIG.publicPort, CONFIG.controlPort]) expect(text).toContain(`127.0.0.1:${port}`)
      expect(text).toMatch(/proxy_buffering off|flush_interval -1/)
      const shown = [...text.matchAll(/^# {3}(\S.*)$/gm)].map(([, line]) => line).join('\n')
      expect(parseConfig(parse(shown)).trustedProxies).toEqual(['127.0.0.1'])
    },
  )

  it('lets bodies in up to what Safelevel takes, so that it says no in the caller’s protocol', () => {
    expect(Number(/client_max_body_size (\d+)m/.exec(nginx)?.[1]) * 1024 * 1024).toBeGreaterThan(
      CONFIG.limits.maxBodyBytes,
    )
  })
})
