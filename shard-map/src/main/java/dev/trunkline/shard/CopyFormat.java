package dev.trunkline.shard;

/** How the rows of a COPY are written, each with PostgreSQL's usual delimiters and quotes. */
public enum CopyFormat {
  TEXT,
  CSV,
  /** The first line is the names of the columns. */
  CSV_WITH_HEADER,
  BINARY
}
