import { z } from 'zod'

/** What people do when something happens. */
export const RunbooksConfig = z.strictObject({
  folder: z.string().min(1).optional().meta({
    description: 'a folder with runbooks of one’s own, `*.yaml`; one with the id of a shipped one stands in its place',
  }),
})
export type RunbooksConfig = z.infer<typeof RunbooksConfig>
