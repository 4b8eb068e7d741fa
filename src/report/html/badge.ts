import type { Badge } from '../words.js';
import { type Html, markup } from './markup.js';

/** A word in its colour and with its shape. */
export function badge({ word, shape, style }: Badge): Html {
  return markup`<span class="badge ${style}"><span aria-hidden="true">${shape}</span> ${word}</span>`;
}
