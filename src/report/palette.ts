/**
 * Every colour of the report by what it is for, on a light page and on a dark one. The baseline is always the neutral
 * colour, the split always the accent; both from a palette safe for colour-blind eyes.
 */
const PALETTE = {
  page: { light: '#ffffff', dark: '#14171b' },
  panel: { light: '#ffffff', dark: '#1a1e23' },
  raised: { light: '#f6f7f9', dark: '#20252b' },
  line: { light: '#dfe3e8', dark: '#343b43' },
  text: { light: '#1b1f24', dark: '#e8eaed' },
  muted: { light: '#57606a', dark: '#a5adb7' },
  grid: { light: '#e9ecef', dark: '#2b3138' },
  band: { light: '#f1f3f5', dark: '#22272e' },
  baseline: { light: '#6b7280', dark: '#a3abb5' },
  split: { light: '#0072b2', dark: '#56b4e9' },
  replica: { light: '#c77c02', dark: '#e69f00' },
  target: { light: '#a8470a', dark: '#f0a06a' },
  'on-bar': { light: '#ffffff', dark: '#14171b' },
  'on-replica': { light: '#1b1f24', dark: '#14171b' },
  met: { light: '#006b4f', dark: '#5fd0a9' },
  'met-back': { light: '#e3f4ee', dark: '#17352c' },
  missed: { light: '#a8470a', dark: '#f0a06a' },
  'missed-back': { light: '#fdeee3', dark: '#3b2618' },
  other: { light: '#57606a', dark: '#a5adb7' },
  'other-back': { light: '#eef0f2', dark: '#2a3037' },
  invalid: { light: '#8f2d69', dark: '#e79cc6' },
  'invalid-back': { light: '#fae8f2', dark: '#3a1f30' },
  zone: { light: '#b9e0d3', dark: '#1f5b49' },
  beyond: { light: '#e0f1ec', dark: '#1b3a31' },
};

export type Colour = keyof typeof PALETTE;
/** A colour as a chart's data names it: which one it is on a page is known where it is drawn. */
export type NamedColour = `@${Colour}`;
export type Colours = Record<Colour, string>;

export function coloursOf(page: 'light' | 'dark'): Colours {
  return Object.fromEntries(Object.entries(PALETTE).map(([name, each]) => [name, each[page]])) as Colours;
}

/** A colour where the page's style or a picture in it names one. */
export const css = (colour: Colour) => `var(--${colour})`;

/** The colours as CSS variables. Paper is light. */
export function paletteRules(): string {
  const variables = (page: 'light' | 'dark') =>
    `:root{${Object.entries(coloursOf(page))
      .map(([name, colour]) => `--${name}:${colour}`)
      .join(';')}}`;
  return `${variables('light')}\n@media screen and (prefers-color-scheme:dark){${variables('dark')}}`;
}
