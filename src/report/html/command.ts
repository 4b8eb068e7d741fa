import { type Html, markup } from './markup.js';

/** A command to be copied, on lines of its own, whose words are whole unless one is longer than a line. */
export function commandBlock(command: string | undefined): Html | false {
  if (command === undefined) return false;
  // The program and what it is to do are one: what names it as it is called looks for both.
  const [program, name, ...options] = command.split(' ');
  const words = [`${program} ${name}`, ...options];
  return markup`<code class="command">${words.map((word, index) => markup`${index > 0 && ' '}<span>${word}</span>`)}</code>`;
}
