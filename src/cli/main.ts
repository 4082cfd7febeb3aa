import { enableCompileCache } from 'node:module'

// Before anything else is loaded: a warm start then skips stripping types and compiling.
enableCompileCache()
const { run } = await import('./program.ts')
process.exitCode = await run(process.argv)
