import { z } from 'zod'

/** A bucket, and where in it something begins. */
export const S3Config = z.strictObject({
  bucket: z.string().min(3).max(63).meta({ description: 'must exist' }),
  prefix: z
    .string()
    .regex(/^([A-Za-z0-9!_.*'()-]+\/)*$/, 'empty, or names that each end with a slash: safelevel/main/')
    .default('')
    .meta({ description: 'begins every key, so that several can share a bucket' }),
  region: z.string().default('us-east-1').meta({ description: 'of the bucket' }),
  endpoint: z
    .url({ protocol: /^https?$/ })
    .optional()
    .meta({ description: 'of storage that is not Amazon’s' }),
  pathStyle: z.boolean().default(false).meta({ description: 'bucket in the path, not in the host name' }),
})
export type S3Config = z.infer<typeof S3Config>
