import { mkdirSync, writeFileSync } from 'node:fs'
import { PAGES, REFERENCE } from './pages.ts'

// npm run reference: writes docs/guide/reference anew, page by page.
mkdirSync(REFERENCE, { recursive: true })
for (const [name, make] of Object.entries(PAGES)) {
  writeFileSync(new URL(name, REFERENCE), await make())
  console.log(`docs/guide/reference/${name}`)
}
