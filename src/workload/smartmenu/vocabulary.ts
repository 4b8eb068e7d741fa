/** Words that menus are made of. Searches use the same ones, so they find something. */

export const STYLES = [
  'grilled',
  'spicy',
  'crispy',
  'roasted',
  'smoked',
  'creamy',
  'steamed',
  'glazed',
  'braised',
  'pickled',
  'toasted',
  'fried',
  'marinated',
  'stuffed',
  'baked',
  'seared',
] as const;

export const MAINS = [
  'ramen',
  'burger',
  'pizza',
  'curry',
  'salmon',
  'chicken',
  'tofu',
  'lamb',
  'risotto',
  'tacos',
  'noodles',
  'salad',
  'soup',
  'shrimp',
  'duck',
  'dumplings',
  'beef',
  'halloumi',
  'gnocchi',
  'falafel',
  'trout',
  'pancakes',
  'lasagne',
  'paella',
] as const;

export const SIDES = [
  'rice',
  'fries',
  'kimchi',
  'coleslaw',
  'spinach',
  'mushrooms',
  'peanuts',
  'mango',
  'feta',
  'olives',
  'ginger',
  'basil',
  'avocado',
  'lentils',
  'sesame',
  'chilli',
  'lemon',
  'yoghurt',
  'pumpkin',
  'walnuts',
] as const;

export const SECTIONS = ['starters', 'mains', 'sides', 'desserts', 'drinks'] as const;

/** Restaurants are spread over the cities in turn, so that cities are of similar size. */
export const CITIES = [
  'Aarhus',
  'Bologna',
  'Cork',
  'Dresden',
  'Evora',
  'Faro',
  'Ghent',
  'Haarlem',
  'Innsbruck',
  'Jena',
  'Krakow',
  'Lyon',
] as const;

export const CUISINES = [
  'asian',
  'italian',
  'mexican',
  'levantine',
  'french',
  'vegan',
  'indian',
  'grill',
] as const;
