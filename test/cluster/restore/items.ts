/** A table with two rows, as pg_dump writes it in SQL. */
export const ITEMS = `
CREATE TABLE public.item (id integer PRIMARY KEY, name text);
COPY public.item (id, name) FROM stdin;
1\tone
2\ttwo
\\.
`;
