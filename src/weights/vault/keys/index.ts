export { LocalKeyProvider } from './local-provider.ts'
export { KeyProviderConfig, openKeyProvider, type PassphraseSource, readPassphrase } from './open.ts'
export type { KeyProvider } from './provider.ts'
