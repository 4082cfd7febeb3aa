import { existsSync } from 'node:fs'
import { dirname, extname, join } from 'node:path'
import { pathToFileURL } from 'node:url'

/** The folder of this installation: the nearest above with a `package.json`, whether this runs from source or as it was built. */
export const INSTALLATION = nearestPackage(import.meta.dirname)
/** `.ts` from source, `.js` as built. */
const ENDING = extname(import.meta.filename)
const PROGRAM = join(INSTALLATION, ENDING === '.ts' ? 'src' : 'dist/program')

/**
 * Path of a file or folder that ships beside the program.
 *
 * @param path below the installation, with `/`: `policies/acceptable-use.yaml`
 */
export function shipped(path: string): string {
  return join(INSTALLATION, path)
}

/**
 * A program of ours that runs in a thread or process of its own: as source where this is source, as built where this is built.
 *
 * @param path below `src`, without its ending: `db/pglite-worker`. `deploy/build.ts` finds those that end in `-worker` and `-process`
 * @returns its file URL
 */
export function ownProgram(path: string): URL {
  return pathToFileURL(join(PROGRAM, `${path}${ENDING}`))
}

function nearestPackage(from: string): string {
  for (let folder = from; ; folder = dirname(folder)) {
    if (existsSync(join(folder, 'package.json'))) return folder
    if (folder === dirname(folder)) throw new Error(`no package.json above ${from}: the installation is not whole`)
  }
}
