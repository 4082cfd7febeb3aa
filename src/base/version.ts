import { readFileSync } from 'node:fs'
import { z } from 'zod'
import { shipped } from './shipped.ts'

/** Version of this installation, from its package.json. */
export const VERSION: string = z
  .object({ version: z.string() })
  .parse(JSON.parse(readFileSync(shipped('package.json'), 'utf8'))).version
