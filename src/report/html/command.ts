import { type Html, markup } from './markup.js';

/** A command to be copied, on lines of its own, whose words are whole unless one is longer than a line. */
export function commandBlock(command: string | undefined): Html | false {
  if (command === undefined) return false;
  const words = command.split(' ').map((word, index) => markup`${index > 0 && ' '}<span>${word}</span>`);
  return markup`<code class="command">${words}</code>`;
}
