import { plainJson, plainText } from '../../machine/pure.js';

/** A piece of HTML that may be put into a page as it is. */
export class Html {
  constructor(readonly text: string) {}
}

type Part = string | number | Html | null | undefined | false | Part[];

/**
 * A template whose values are escaped, all but other pieces of HTML: text from data can't become markup by accident, and
 * what in it would have a reader see another text is shown.
 */
export function markup(strings: TemplateStringsArray, ...values: Part[]): Html {
  return new Html(strings.map((text, index) => text + written(values[index])).join(''));
}

/** Text of our own files, such as a style sheet: not for anything that came from data. */
export function trusted(text: string): Html {
  return new Html(text);
}

/** JSON for a script element: no text in it can end the element or start a comment. */
export function scriptJson(value: unknown): Html {
  const text = plainJson(value);
  return new Html(text.replace(/[<>&]/g, (c) => `\\u${c.charCodeAt(0).toString(16).padStart(4, '0')}`));
}

function written(part: Part): string {
  if (part === null || part === undefined || part === false) return '';
  if (Array.isArray(part)) return part.map(written).join('');
  if (part instanceof Html) return part.text;
  return escaped(String(part));
}

function escaped(text: string): string {
  return (
    // A statement may have lines, and they harm no page.
    plainText(text, '\t\n\r')
      .replaceAll('&', '&amp;')
      .replaceAll('<', '&lt;')
      .replaceAll('>', '&gt;')
      .replaceAll('"', '&quot;')
      .replaceAll("'", '&#39;')
      // A number and its unit stay on one line.
      .replace(/(\d) (%|ms|s|cores|B|kB|MB|GB)(?![\w])/g, '$1\u00a0$2')
  );
}
