import { type Html, markup } from './markup.js';

/** A part of the page with a heading, reachable from the list at its top. */
export interface Section {
  id: string;
  title: string;
  body: Html;
}

export function sectionOf({ id, title, body }: Section): Html {
  return markup`<section id="${id}" aria-labelledby="${id}-title"><h2 id="${id}-title">${title}</h2>${body}</section>`;
}
