declare module 'pgpass' {
  /** Looks a password up in the file that `PGPASSFILE` names, else in `~/.pgpass`; undefined where none fits. */
  export default function pgpass(
    of: { host: string; port: number; database: string; user: string },
    tell: (password: string | undefined) => void,
  ): void;
}
