/** ISO 639-3 codes, which Apertium uses, to ISO 639-1, which the web uses: [639-3, 639-1, English name]. */
const LANGUAGES = [
  ['afr', 'af', 'Afrikaans'],
  ['ara', 'ar', 'Arabic'],
  ['arg', 'an', 'Aragonese'],
  ['bel', 'be', 'Belarusian'],
  ['ben', 'bn', 'Bengali'],
  ['bre', 'br', 'Breton'],
  ['bul', 'bg', 'Bulgarian'],
  ['cat', 'ca', 'Catalan'],
  ['ces', 'cs', 'Czech'],
  ['cym', 'cy', 'Welsh'],
  ['dan', 'da', 'Danish'],
  ['deu', 'de', 'German'],
  ['ell', 'el', 'Greek'],
  ['eng', 'en', 'English'],
  ['epo', 'eo', 'Esperanto'],
  ['est', 'et', 'Estonian'],
  ['eus', 'eu', 'Basque'],
  ['fas', 'fa', 'Persian'],
  ['fin', 'fi', 'Finnish'],
  ['fra', 'fr', 'French'],
  ['gle', 'ga', 'Irish'],
  ['glg', 'gl', 'Galician'],
  ['heb', 'he', 'Hebrew'],
  ['hin', 'hi', 'Hindi'],
  ['hrv', 'hr', 'Croatian'],
  ['hun', 'hu', 'Hungarian'],
  ['ind', 'id', 'Indonesian'],
  ['isl', 'is', 'Icelandic'],
  ['ita', 'it', 'Italian'],
  ['jpn', 'ja', 'Japanese'],
  ['kaz', 'kk', 'Kazakh'],
  ['kor', 'ko', 'Korean'],
  ['lit', 'lt', 'Lithuanian'],
  ['lav', 'lv', 'Latvian'],
  ['mkd', 'mk', 'Macedonian'],
  ['mlt', 'mt', 'Maltese'],
  ['msa', 'ms', 'Malay'],
  ['nld', 'nl', 'Dutch'],
  ['nno', 'nn', 'Norwegian Nynorsk'],
  ['nob', 'nb', 'Norwegian Bokmål'],
  ['oci', 'oc', 'Occitan'],
  ['pol', 'pl', 'Polish'],
  ['por', 'pt', 'Portuguese'],
  ['ron', 'ro', 'Romanian'],
  ['rus', 'ru', 'Russian'],
  ['slk', 'sk', 'Slovak'],
  ['slv', 'sl', 'Slovenian'],
  ['spa', 'es', 'Spanish'],
  ['sqi', 'sq', 'Albanian'],
  ['srd', 'sc', 'Sardinian'],
  ['srp', 'sr', 'Serbian'],
  ['swe', 'sv', 'Swedish'],
  ['tat', 'tt', 'Tatar'],
  ['tur', 'tr', 'Turkish'],
  ['ukr', 'uk', 'Ukrainian'],
  ['urd', 'ur', 'Urdu'],
  ['vie', 'vi', 'Vietnamese'],
  ['zho', 'zh', 'Chinese'],
] as const;

const SHORT: ReadonlyMap<string, string> = new Map(LANGUAGES.map(([long, short]) => [long, short]));
const NAMES: ReadonlyMap<string, string> = new Map(LANGUAGES.map(([, short, name]) => [short, name]));

export interface Language {
  /** Two letters where there are such, else three. */
  readonly code: string;
  /** What follows the language, in lower case: `us` of `en-US` and of `eng_US`. */
  readonly variant: string;
}

/** Reads a language tag of the web (`en-US`) or of Apertium (`eng_US`). */
export function parseLanguage(tag: string): Language {
  const [code = '', ...variant] = tag.toLowerCase().split(/[-_]/);
  return { code: SHORT.get(code) ?? code, variant: variant.join('-') };
}

/** English name of a two-letter code, where the table has it. */
export function languageName(code: string): string | undefined {
  return NAMES.get(code);
}

export function namedLanguages(): readonly string[] {
  return [...NAMES.keys()];
}
