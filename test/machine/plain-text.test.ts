import fc from 'fast-check';
import { expect, it } from 'vitest';
import { plainJson, plainText } from '../../src/machine/plain-text.js';
import { steeringIn } from '../steering.js';

const texts = fc.string({
  unit: fc.oneof(
    fc.constantFrom(...'\u001b\u0007\u009b\u0085\u007f\n\r\t\u0000\u202e\u2066\u200f\u061c\\"'),
    fc.string(),
  ),
});

it('shows what would steer a terminal or turn a text around, as in source code', () => {
  expect(plainText('a\u001b[2Jb\u0007\u009d0;c\u007f')).toBe('a\\x1b[2Jb\\x07\\x9d0;c\\x7f');
  expect(plainText('one\r\ntwo\tthree\u0000')).toBe('one\\r\\ntwo\\tthree\\x00');
  expect(plainText('\u202egnp.exe\u2066 \u061c\u200f')).toBe('\\u202egnp.exe\\u2066 \\u061c\\u200f');
});

it('leaves every other script as it is, and the layout that is asked for', () => {
  const words = 'größe Ελλάδα שלום سلام 日本 🚲 a\u200db −1 …';
  expect(plainText(words)).toBe(words);
  expect(plainText('one\n\ttwo\u001b', '\n\t')).toBe('one\n\ttwo\\x1b');
});

it('lets nothing through that steers, whatever the text', () => {
  fc.assert(
    fc.property(texts, (text) => {
      expect(steeringIn(plainText(text), '')).toBeNull();
      expect(steeringIn(plainJson({ [text]: text }), '')).toBeNull();
      expect(steeringIn(plainJson([text], 2))).toBeNull();
    }),
  );
});

it('writes JSON of the same value', () => {
  fc.assert(
    fc.property(texts, (text) => {
      expect(JSON.parse(plainJson({ text }))).toEqual({ text });
      expect(JSON.parse(plainJson({ text }, 2))).toEqual({ text });
    }),
  );
});
