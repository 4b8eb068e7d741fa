import { type Code, stringOf } from './code-effect.js';
import { shapeOf } from './shape.js';
import { tokensOf } from './tokens.js';

/** Of a statement in a text without literals. */
const START = String.raw`(?:^|;)[\s(]*`;
const CONTROLS_TRANSACTION = new RegExp(
  `${START}(begin|start|commit|end|rollback|abort|savepoint|release|prepare transaction)\\b`,
  'i',
);
const IS_BLOCK = new RegExp(`${START}do\\b`, 'i');
const MAY_DEFINE = new RegExp(`${START}(create|alter|drop|do)\\b`, 'i');

/** What is to be read of a text that is too long to be parsed, or newer than the grammar: hardly ever more than one INSERT. */
export class UnparsedText {
  /** Its words and operators: what is in strings is data, and rows of nothing else are as one. */
  readonly withoutLiterals: string;
  readonly #text: string;

  constructor(text: string) {
    // The server reads no further.
    [this.#text = ''] = text.split('\0', 1);
    this.withoutLiterals = shapeOf(this.#text)
      .replace(/\0./g, '0')
      .replace(/\b(?:null|true|false)\b/gi, '0')
      .replace(/0(?:,0)+/g, '0')
      .replace(/\(0\)(?:,\(0\))+/g, '(0)');
  }

  get controlsTransaction(): boolean {
    return CONTROLS_TRANSACTION.test(this.withoutLiterals);
  }

  get mayDefine(): boolean {
    return MAY_DEFINE.test(this.withoutLiterals);
  }

  /** The code of DO statements and of temporary functions. Any string beside one may be it. */
  get blocks(): Code[] {
    if (!IS_BLOCK.test(this.withoutLiterals) && !/\bpg_temp/i.test(this.withoutLiterals)) return [];
    const language = /\blanguage "?(\w+)/i.exec(this.withoutLiterals)?.[1]?.toLowerCase() ?? 'plpgsql';
    const strings = [...tokensOf(this.#text)].filter(
      ({ kind, text }) => kind === 'literal' && /['$]$/.test(text),
    );
    return strings.map(({ text }) => ({ language, text: stringOf(text) }));
  }
}
