/**
 * A path of this console, or undefined: a link to sign in with must not lead to another site afterwards. Browsers read `//evil.example` and
 * `/\\evil.example` as other sites, and drop tabs and line ends on the way.
 */
export function ownPath(to: unknown): string | undefined {
  return typeof to === 'string' && /^\/(?![/\\])[^\t\n\r]*$/.test(to) ? to : undefined
}
