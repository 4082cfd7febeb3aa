import { cliPage } from './cli.ts'
import { configurationPage } from './configuration.ts'
import { errorsPage } from './errors.ts'
import { httpPage } from './http.ts'
import { ledgerEventsPage } from './ledger-events.ts'
import { metricsPage } from './metrics.ts'

/** Where they are kept. */
export const REFERENCE = new URL('../guide/reference/', import.meta.url)

/** Each page of docs/guide/reference by its name, made anew from what runs. */
export const PAGES: Readonly<Record<string, () => string | Promise<string>>> = {
  'cli.md': cliPage,
  'configuration.md': configurationPage,
  'errors.md': errorsPage,
  'http.md': httpPage,
  'ledger-events.md': ledgerEventsPage,
  'metrics.md': metricsPage,
}
