import { z } from 'zod'

/** Which commitments an organisation answers for. The catalogue says what each of these asks for. */
export const ControlsConfig = z.strictObject({
  profile: z.enum(['rsp-1.0', 'rsp-2.2', 'rsp-3.4-governance']).default('rsp-2.2').meta({
    description: 'the edition of the policy whose commitments count',
  }),
  overlays: z
    .array(z.enum(['asl3-stretch']))
    .max(1)
    .default([])
    .meta({ description: 'what comes on top of it; `asl3-stretch`: what the sources ask for at the next level only' }),
})
export type ControlsConfig = z.infer<typeof ControlsConfig>
