const NAMES: ReadonlySet<string> = new Set((process.env.SAFELEVEL_TEST_REQUIRE ?? '').split(/[\s,]+/))

/**
 * Whether this run must have a program that tests skip where it isn't installed: a machine that tests every change names them all in
 * SAFELEVEL_TEST_REQUIRE (`go,chromium`), so that one which goes missing fails the run and doesn't shorten it.
 */
export function isRequired(name: string): boolean {
  return NAMES.has(name)
}
