import { AppError } from '../base/errors.ts'

/** Where people see to something: a page of the console of the server that was asked. */
export function consolePage(url: string, path: string): string {
  if (!URL.canParse(url)) throw new AppError('UPSTREAM_UNAVAILABLE', `the server has no sound address: ${url}`)
  const page = new URL(path, url)
  // Passkeys need a name.
  if (page.hostname === '127.0.0.1' || page.hostname === '[::1]') page.hostname = 'localhost'
  return page.href
}
