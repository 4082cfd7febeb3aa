/**
 * With SAFELEVEL_TEST_SEED, a whole number, all properties are tried on the same cases in every run; without it, on new ones in each. A
 * property that fails says its own seed either way.
 */
const given = process.env.SAFELEVEL_TEST_SEED
if (given !== undefined && given !== '') {
  const seed = Number(given)
  if (!Number.isSafeInteger(seed)) throw new Error(`SAFELEVEL_TEST_SEED is no whole number: ${given}`)
  const { configureGlobal } = await import('fast-check')
  configureGlobal({ seed })
}
