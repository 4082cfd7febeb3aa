import { readFileSync } from 'node:fs'
import { z } from 'zod'
import { ROUTE_ACTIONS } from '../../src/http/control-plane/route-actions.ts'
import { listActions, ROLES } from '../../src/staff/index.ts'
import { anchor, page, table } from './markdown.ts'

const ABOUT =
  'The API of the control plane. Shapes of what goes in and out: [openapi.json](../../openapi.json), which a server also gives at `/api/v1/openapi.json`. Each route is an *action*; [who may](#who-may) says which roles hold it. *operator*: the operator’s token may as well. *fresh*: within five minutes after a touch of the security key. What customers call is the API of their model’s provider ([refusals.md](../refusals.md), [streaming.md](../streaming.md)) and [`/v1/screen`](../edges/screen.md).'

const Described = z.object({
  paths: z.record(z.string(), z.record(z.string(), z.object({ summary: z.string().default('') }))),
})
/** What hosts ask that open weights: by their own key, not by a session. */
const VAULT_PLANE = '/vault/v1/'
const VAULT_AREA = 'vault, for devices'
const DOCUMENT = new URL('../openapi.json', import.meta.url)

interface Route {
  readonly method: string
  readonly path: string
  readonly summary: string
}

/** docs/guide/reference/http.md */
export function httpPage(): string {
  const routes = described()
  const areas = [...Map.groupBy(routes, ({ path }) => areaOf(path))].sort(([a], [b]) => (a < b ? -1 : 1))
  const index = areas.map(([area, of]) => `[${area}](#${anchor(area)}) (${of.length})`).join(' · ')
  const chapters = areas.map(([area, of]) => {
    const rows = of.map((route) => [`\`${route.method} ${route.path}\``, whoMay(route), route.summary])
    return `## ${area}\n\n${table(['route', 'action', 'what it does'], rows)}`
  })
  return page('HTTP', ABOUT, [index, ...chapters, whoMayWhat()])
}

function described(): Route[] {
  const { paths } = Described.parse(JSON.parse(readFileSync(DOCUMENT, 'utf8')))
  return Object.entries(paths).flatMap(([path, methods]) =>
    Object.entries(methods).map(([method, { summary }]) => ({ method: method.toUpperCase(), path, summary })),
  )
}

function areaOf(path: string): string {
  return path.startsWith(VAULT_PLANE) ? VAULT_AREA : (path.split('/')[3] ?? '')
}

function whoMay({ method, path }: Route): string {
  if (path.startsWith(VAULT_PLANE)) return 'a registered device'
  const route = ROUTE_ACTIONS.get(`${method} ${path.replaceAll(/\{([^}]+)\}/g, ':$1')}`)
  if (route === undefined) throw new Error(`${method} ${path} has no action: nobody may call it`)
  if (route.action === 'open') return 'anybody'
  return `\`${route.action}\`${route.operator ? ', operator' : ''}`
}

function whoMayWhat(): string {
  const rows = listActions().map(({ action, roles, fresh }) => [
    `\`${action}\``,
    roles === 'everyone' ? 'everybody who is signed in' : rolesInWords(roles),
    fresh ? 'fresh' : '',
  ])
  return `## Who may\n\n${table(['action', 'roles', ''], rows)}`
}

/** Most roles are shorter said by who is not among them. */
function rolesInWords(roles: readonly string[]): string {
  const missing = ROLES.filter((role) => !roles.includes(role))
  if (missing.length === 0) return 'every role'
  return missing.length < 3 ? `every role but ${missing.join(', ')}` : roles.join(', ')
}
