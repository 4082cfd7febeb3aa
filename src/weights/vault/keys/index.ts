export { LocalKeyProvider } from './local-provider.ts'
export { type PassphraseSource, readPassphrase } from './open.ts'
