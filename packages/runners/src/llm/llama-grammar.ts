import { reasonOf } from '../interruption.ts';
import { RunError } from '../runner.ts';
import type { ResponseFormat } from './engine.ts';
import { grammarSchema, INTEGER_DIGITS } from './grammar-schema.ts';
import type { LlamaGrammar, LlamaGrammarState, LlamaModel, LoadedLlama, Token } from './llama-binding.ts';

/** Any JSON object, without space that a model could go on with for ever. */
const JSON_OBJECT = String.raw`root ::= object
value ::= object | array | string | number | "true" | "false" | "null"
object ::= "{" ws ( string ":" ws value ( "," ws string ":" ws value )* )? ws "}"
array ::= "[" ws ( value ( "," ws value )* )? ws "]"
string ::= "\"" ( [^"\\\x7F\x00-\x1F] | "\\" ( ["\\/bfnrt] | "u" [0-9a-fA-F]{4} ) )* "\""
number ::= "-"? ( "0" | [1-9] [0-9]{0,15} ) ( "." [0-9]{1,15} )? ( [eE] [-+]? [0-9]{1,2} )?
ws ::= ( " " | "\n" [ \t]{0,20} )?
`;
/** How node-llama-cpp lets a schema's text end, for models that do not end by themselves. The grammar ends them here. */
const TRAILING_LINES = String.raw` "\n\n\n\n" [\n]*`;
/** How it writes numbers: an integer may be 1e-3, and an exponent leads beyond all that programs can read. */
const EXPONENT = String.raw` ([eE] [-+]? ("0" | [1-9] [0-9]{0,15}))?`;
const INTEGER = String.raw`"-"? ("0" | [1-9] [0-9]{0,15})${EXPONENT}`;

interface GrammarOptions extends LoadedLlama {
  readonly model: LlamaModel;
  readonly format: ResponseFormat;
  /** Tokens of the answer that there are already. */
  readonly made: readonly Token[];
}

/** An answer's end is the token for it: without one nothing would be allowed at the end of a grammar. */
export function canFollowGrammar({ tokens }: LlamaModel): boolean {
  return tokens.eos !== null;
}

/**
 * What still may follow in an answer of this form.
 *
 * @throws {RunError} INVALID_INPUT when the schema asks for what a grammar cannot promise, ENGINE_FAILED
 *   when the tokens that are there already do not keep to the form
 */
export async function createGrammarState(options: GrammarOptions): Promise<LlamaGrammarState> {
  const { llama, module, model, made } = options;
  if (!canFollowGrammar(model)) throw new RunError('ENGINE_FAILED', 'This model cannot keep to a form of answer');
  const grammar = await createGrammar(options);
  const state = new module.LlamaGrammarEvaluationState({ model, grammar });
  try {
    for (const token of made) llama._bindings.AddonSampler.acceptGrammarEvaluationStateToken(state._state, token);
  } catch (error) {
    throw new RunError('ENGINE_FAILED', 'The answer to go on with does not keep to its form', { cause: error });
  }
  return state;
}

function mended(grammar: string): string {
  return grammar
    .replace(TRAILING_LINES, '')
    .replaceAll(INTEGER, `"-"? ("0" | [1-9] [0-9]{0,${INTEGER_DIGITS - 1}})`)
    .replaceAll(EXPONENT, ' ([eE] [-+]? [0-9]{1,2})?');
}

async function createGrammar({ llama, format }: GrammarOptions): Promise<LlamaGrammar> {
  if (format.type === 'json_object') return llama.createGrammar({ grammar: JSON_OBJECT });
  try {
    const { grammar } = await llama.createGrammarForJsonSchema(grammarSchema(format.schema));
    return await llama.createGrammar({ grammar: mended(grammar) });
  } catch (error) {
    if (error instanceof RunError) throw error;
    throw new RunError('INVALID_INPUT', `response_format.schema is not one to follow: ${reasonOf(error)}`, {
      cause: error,
    });
  }
}
