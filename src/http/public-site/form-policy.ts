import type { Context, Hono } from 'hono'

/** What the site allows its pages, and forms that go to the site itself. */
const FORM_POLICY =
  "default-src 'none'; style-src 'self'; img-src 'self'; base-uri 'none'; form-action 'self'; frame-ancestors 'none'"

/** Lets these pages send forms. To be used before whatever sets the general policy, so that it has the last word. */
export function allowForms(site: Hono, paths: readonly string[]): void {
  const allow = async (c: Context, next: () => Promise<void>): Promise<void> => {
    await next()
    c.header('content-security-policy', FORM_POLICY)
  }
  for (const path of paths) site.use(path, allow)
}
