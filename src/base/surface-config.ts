import { z } from 'zod'

/** How a surface is served. */
export const SurfaceConfig = z.strictObject({
  mode: z.enum(['enforce', 'observe']).default('enforce').meta({
    description:
      '`observe`: everything is screened and recorded, nothing is refused; for trying Safelevel on live traffic',
  }),
  external: z.boolean().default(false).meta({
    description: 'its models are served by another gateway, which asks `POST /v1/screen` and names this surface',
  }),
})
export type SurfaceConfig = z.infer<typeof SurfaceConfig>

/** `POST /v1/screen`, for answers that other gateways stream. */
export const ScreenConfig = z.strictObject({
  maxSessions: z.int().positive().default(2_000).meta({ description: 'streamed answers that are screened at once' }),
  maxSessionsPerProject: z.int().positive().default(500).meta({ description: 'the same of one project' }),
  sessionIdleMs: z
    .int()
    .min(1_000)
    .default(60_000)
    .meta({ description: 'after which a session from which nothing comes is ended and recorded as unfinished' }),
})

/** Names that point at nothing: a typing error must not leave a surface as it was. */
export function unknownSurfaces(config: {
  readonly surfaces: Readonly<Record<string, SurfaceConfig>>
  readonly models: readonly { readonly surface: string }[]
}): string[] {
  const known = new Set(['api', ...config.models.map(({ surface }) => surface)])
  const own = Object.entries(config.surfaces).filter(([, { external }]) => !external)
  return own.map(([name]) => name).filter((name) => !known.has(name))
}
