/**
 * How rare each pair of neighbouring letters is in English text: row = first, column = second, a to z and then the edge of a word.
 * One digit in base 62 per pair: three times the bits of surprise, less nine. Written by training/letters/build.ts.
 */
export const LETTER_PAIRS: readonly string[] = [
  'YJGIXOIRIXMDIAXKbDEBLJQUJVD',
  'KWYZGdffMThJbaKdkNRWKeijMoN',
  'FcOaFdgFJkKKbdEYcKSFKejkQhJ',
  'JWXPDYTYGZdSVUJZfNMYLTZhQh9',
  'EQGDHLLSLZTFHBNKOABGRJNIMW6',
  'LeccJLgkIkfOgfGinKYOMjfmTmE',
  'KbdaGdRKKiiQXNMXmKQUNjfoSjD',
  'EbaTAdgeFkgUVTGahOVLPicfPiE',
  'INEHHIIaVbOGI9DMVIDCTIgTcOG',
  'SkjiOflmYikkkhQhlhViPnapnmX',
  'RdebIcYZLgfWbPVcmbPaWhboYmI',
  'GWUKDPWeFjTFTXHQlXLMLSUiIgD',
  'FNYYEVdfIjdWMXIIkbNcNfflNlG',
  'HYHCFMCUIWOPTNHTbXFCNPaaMZ9',
  'PNKJQFMUNTOHFAKJfBJHDKHTSYD',
  'HcZWGYcNLjfHWcHMmGPLMehgQlI',
  'fmmjooongnkanlnnlhmjKnmnnoW',
  'FTMKAQNXEhNNKLERhMHHLOVhJfA',
  'KYKXDUaIFhOPQTHJXVGCIZQfPi8',
  'FXQZCUY9BheOSWDQeGHKJbObJb8',
  'LOKNKVNUMhYHLHYLkFFHfaiZXbI',
  'LhciEkhkImieggOgnfZiZjlncnR',
  'IecdIejIHlbVgPKcmRRZekYofkJ',
  'QiTjTilcQnmgehdNmieOYlmdapN',
  'TVWWNbaiSihURUHPnXNSYfaldZB',
  'TjklOlkeTokfjjXlonkgZlimaaR',
  '8DBDECGDALKFCFBCNDA7GJCSGQz',
]
